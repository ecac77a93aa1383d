import { Readable } from 'node:stream';
import type { FrameStreams, RunHead, StreamEncoding } from '@assent/runs';
import { AgUiStreams, type AgUiView } from './ag-ui.stream';
import { KnownContent } from './known.content';

const RUN = { id: 'run', seq: 0, state: 'running' } as unknown as RunHead;
const VIEW: AgUiView = {
  ids: { threadId: 't', runId: 'r' },
  principal: null,
  wait: null,
  after: 0,
  answered: null,
  left: new Set(),
  known: new KnownContent([]),
  messages: null,
  first: [],
  opens: true,
};

describe('the response of AG-UI', () => {
  it('passes the pings of the frame stream on as comments', async () => {
    const unused = {} as never;
    const streams = {
      stream: (_run: unknown, _after: unknown, _types: unknown, encoding: StreamEncoding) =>
        Readable.from([encoding.ping(1), encoding.ping(2)]),
    } as unknown as FrameStreams;
    const { body } = new AgUiStreams(streams, unused, unused, unused, unused).open(RUN, VIEW);
    expect((await body.toArray()).join('')).toBe(': ping\n\n: ping\n\n');
  });
});
