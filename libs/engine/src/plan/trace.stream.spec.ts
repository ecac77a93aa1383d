import type { NewFrame } from '@assent/contract';
import type { TraceDelta } from '@assent/planner';
import { TraceStream } from './trace.stream';

const lease = { runId: 'r', fence: 1 };
const text = (said: string, channel: TraceDelta['channel'] = 'text', attempt = 1): TraceDelta => ({
  text: said,
  channel,
  attempt,
});

/** Records the frames that would be appended to the log. */
function log(): { written: NewFrame[][]; append: () => Promise<void> } {
  const written: NewFrame[][] = [];
  const append = (...[, frames]: [unknown, readonly NewFrame[]] | []): Promise<void> => {
    written.push([...(frames ?? [])]);
    return Promise.resolve();
  };
  return { written, append };
}

const streamInto = (append: unknown) => new TraceStream({ append } as never, lease, 2);

describe('the stream of what a model says', () => {
  it('joins pieces of one channel, and keeps the order of channels and attempts', async () => {
    const { written, append } = log();
    const stream = streamInto(append);
    for (const piece of [text('a', 'reasoning'), text('b', 'reasoning'), text('c'), text('d', 'text', 2)]) {
      stream.delta(piece);
    }
    await stream.end();
    expect(written.flat()).toEqual([
      { type: 'trace.delta', step: 2, body: { text: 'ab', channel: 'reasoning', attempt: 1 } },
      { type: 'trace.delta', step: 2, body: { text: 'c', channel: 'text', attempt: 1 } },
      { type: 'trace.delta', step: 2, body: { text: 'd', channel: 'text', attempt: 2 } },
    ]);
  });

  it('puts a warning between what was said before and after it', async () => {
    const { written, append } = log();
    const stream = streamInto(append);
    stream.delta(text('a'));
    stream.warn({ budget: 'run.tokens', used: 8, limit: 10 });
    stream.delta(text('b'));
    await stream.end();
    expect(written.flat().map(({ type }) => type)).toEqual(['trace.delta', 'budget.warning', 'trace.delta']);
  });

  it('writes nothing when nothing was said', async () => {
    const { written, append } = log();
    await streamInto(append).end();
    expect(written).toEqual([]);
  });

  it('fails at its end when a piece could not be written', async () => {
    const stream = streamInto(() => Promise.reject(new Error('the lease is lost')));
    stream.delta(text('a'));
    await expect(stream.end()).rejects.toThrow('the lease is lost');
  });
});
