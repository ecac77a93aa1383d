import { lineOf } from './connection.words';
import type { FeedStatus } from './run.feed';

const LIVE: FeedStatus = { connection: 'live', retryAt: null, tail: 28, gap: null, error: null };

describe('lineOf', () => {
  it.each<[Partial<FeedStatus>, object]>([
    [{}, { kind: 'live', seq: 28 }],
    [{ tail: 1_228 }, { kind: 'behind', missing: 1_200 }],
    [
      { connection: 'connecting', tail: 1_228 },
      { kind: 'behind', missing: 1_200 },
    ],
    [{ connection: 'connecting' }, { kind: 'loading' }],
    [
      { connection: 'lost', retryAt: 12_100 },
      { kind: 'lost', seq: 28, inSeconds: 3 },
    ],
    [
      { connection: 'lost', retryAt: 9_000 },
      { kind: 'lost', seq: 28, inSeconds: 0 },
    ],
    [{ connection: 'ended' }, { kind: 'ended', seq: 28 }],
    [{ connection: 'paused' }, { kind: 'paused' }],
    [
      { connection: 'failed', error: 'x' },
      { kind: 'failed', seq: 28, error: 'x' },
    ],
  ])('%j', (change, expected) => {
    expect(lineOf({ ...LIVE, ...change }, 28, 10_000)).toEqual(expected);
  });
});
