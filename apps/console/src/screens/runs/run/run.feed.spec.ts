import { AssentGapError, AssentHttpError, type FollowOptions } from '@assent/client';
import type { LogFrame } from './frame.log';
import { RunFeed } from './run.feed';
import { framesOf } from './testing/frames';

const FRAMES = framesOf([
  { type: 'run.started', goal: 'g' },
  { type: 'trace.delta', text: 'a' },
  { type: 'trace.delta', text: 'b' },
  { type: 'run.completed', result: { kind: 'finished', actionId: 'x' } },
  { type: 'memory.recorded', outcome: 'success', learnt: true },
]);

/** A server with these frames. `live`: how many of them a stream brings before it stays open, or `Infinity`. */
function feedOf(script: (options: FollowOptions) => AsyncGenerator<LogFrame, void, undefined>) {
  const pictures: (() => void)[] = [];
  const late: boolean[] = [];
  const asked: number[] = [];
  const changes = { count: 0 };
  const client = {
    batches: async function* (_: string, options: FollowOptions) {
      asked.push(options.after ?? 0);
      for await (const frame of script(options)) yield [frame];
    },
    call: (_: string, { after }: { after: number }) =>
      Promise.resolve({ frames: FRAMES.filter(({ seq }) => seq > after), tail: FRAMES.length }),
    retryNow: () => undefined,
  };
  const feed = new RunFeed(client as never, 'r1', {
    nextPicture: (callback, isBehind) => {
      pictures.push(callback);
      late.push(isBehind);
      return () => void pictures.splice(pictures.indexOf(callback), 1);
    },
    onChange: () => (changes.count += 1),
  });
  const draw = (): void => pictures.splice(0).forEach((callback) => callback());
  return { feed, pictures, late, asked, changes, draw };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('RunFeed', () => {
  it('applies what came together once for each picture, and reads what was added after the end', async () => {
    const { feed, pictures, changes, draw } = feedOf(async function* () {
      for (const frame of FRAMES.slice(0, 4)) yield await Promise.resolve(frame);
    });
    feed.open();
    await settle();
    expect(pictures).toHaveLength(1);
    expect(feed.log.frames).toHaveLength(0);
    draw();
    expect(changes.count).toBe(1);
    expect(feed.log.frames).toEqual(FRAMES);
    expect(feed.status.connection).toBe('ended');
  });

  it('lets pictures wait between the first page and the last one', async () => {
    const pages = [FRAMES.slice(0, 2), FRAMES.slice(2, 4), FRAMES.slice(4)];
    const readers: (() => void)[] = [];
    const { feed, pictures, late, draw } = feedOf(async function* ({ onTail }) {
      for (const page of pages) {
        onTail?.(FRAMES.length);
        yield* page;
        await new Promise<void>((resolve) => readers.push(resolve));
      }
    });
    const next = async (): Promise<void> => {
      readers.splice(0).forEach((resolve) => resolve());
      await settle();
    };
    feed.open();
    await settle();
    draw();
    await next();
    expect(late).toEqual([false, true]);
    await next();
    expect(late).toEqual([false, true, false]);
    expect(pictures).toHaveLength(1);
    draw();
    expect(feed.log.frames).toEqual(FRAMES);
    feed.close();
  });

  it('goes on after the last frame when a paused tab is seen again', async () => {
    const { feed, asked, draw } = feedOf(async function* ({ signal, onConnection, after = 0 }) {
      onConnection?.('live', 0, null);
      yield* FRAMES.slice(after, after + 2);
      await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
    });
    feed.open();
    await settle();
    feed.pause();
    await settle();
    draw();
    expect(feed.status).toMatchObject({ connection: 'paused', error: null });
    feed.open();
    await settle();
    draw();
    expect(asked).toEqual([0, 2]);
    expect(feed.log.frames).toEqual(FRAMES.slice(0, 4));
    feed.close();
  });

  it('says which frames are deleted, how far the server is, and when it tries again', async () => {
    const { feed, draw } = feedOf(async function* ({ signal, onGap, onTail, onConnection }) {
      onGap?.(new AssentGapError({ runId: 'r1' }, 0, 4));
      onTail?.(9);
      onConnection?.('lost', 3, 5_000);
      await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
    });
    feed.open();
    await settle();
    draw();
    expect(feed.status).toEqual({ connection: 'lost', retryAt: 5_000, tail: 9, gap: { from: 1, to: 3 }, error: null });
    feed.close();
  });

  it('goes on behind frames that are deleted', async () => {
    const { feed, draw } = feedOf(async function* ({ onGap }) {
      onGap?.(new AssentGapError({ runId: 'r1' }, 0, 5));
      await Promise.resolve();
    });
    feed.open();
    await settle();
    draw();
    expect(feed.status).toMatchObject({ connection: 'ended', gap: { from: 1, to: 4 } });
    expect(feed.log.first).toBe(5);
  });

  it('stops at an error that stays, until somebody tries again', async () => {
    const error = new AssentHttpError(404, { type: 'about:blank', title: 'Not found', status: 404 });
    const { feed, asked } = feedOf(async function* () {
      yield await Promise.reject(error);
    });
    feed.open();
    await settle();
    expect(feed.status).toMatchObject({ connection: 'failed', error });
    feed.retryNow();
    await settle();
    expect(asked).toEqual([0, 0]);
  });
});
