import { useState } from 'preact/hooks';
import { Button } from './button';
import { Copy } from './copy';
import { curlOf, type CurlRequest } from './curl';
import { Dialog } from './dialog';
import { Spelled } from './spelled';
import { PARTS } from './texts';

/** What the page shows, for people who go on in a terminal. */
export function Raw({ curl, json }: { readonly curl?: CurlRequest; readonly json?: unknown }) {
  const [shown, setShown] = useState<'curl' | 'json' | null>(null);
  return (
    <span class="raw">
      {curl && (
        <Button tone="quiet" small onClick={() => setShown('curl')}>
          {PARTS.raw.curl}
        </Button>
      )}
      {json !== undefined && (
        <Button tone="quiet" small onClick={() => setShown('json')}>
          {PARTS.raw.json}
        </Button>
      )}
      <Dialog
        wide
        open={shown !== null}
        title={shown === 'curl' ? PARTS.raw.curlTitle : PARTS.raw.jsonTitle}
        onClose={() => setShown(null)}
      >
        {shown === 'curl' && <p class="muted">{PARTS.raw.curlHint}</p>}
        {shown === 'curl' && curl && <Code text={curlOf(curl, window.location.origin)} />}
        {shown === 'json' && <Code text={JSON.stringify(json ?? null, null, 2)} />}
      </Dialog>
    </span>
  );
}

/** A block of code with a button that copies it. */
export function Code({ text, label = '' }: { readonly text: string; readonly label?: string }) {
  return (
    <div class="code">
      <Copy text={text} label={label} />
      <pre tabIndex={0}>
        <Spelled text={text} />
      </pre>
    </div>
  );
}
