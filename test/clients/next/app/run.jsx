'use client';
import { AssentClient } from '@assent/client';
import { AssentProvider, useRun } from '@assent/client/react';

const client = new AssentClient({ url: 'http://127.0.0.1:8080', credential: 'key' });

export function Run({ initialFrames }) {
  return (
    <AssentProvider client={client}>
      <Goal initialFrames={initialFrames} />
    </AssentProvider>
  );
}

function Goal({ initialFrames }) {
  return <h1>{useRun('r1', { initialFrames }).goal}</h1>;
}
