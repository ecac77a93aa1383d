import type { FrameHub, FrameFollower } from './frame.hub';
import type { FrameLine } from './frame.line';
import { FramePages, type PageRequest } from './frame.pages';
import type { FrameRepository } from './frame.repository';

const TYPES = ['tool.started', 'run.completed'];

const line = (seq: number): FrameLine => ({ seq, type: TYPES[seq - 1] ?? 'tool.output', json: `{"seq":${seq}}` });

describe('a long poll', () => {
  /** Frames in the table. */
  let log: FrameLine[];
  let reads: number[];
  let follower: FrameFollower | undefined;
  let onJoin: () => void;
  let pages: FramePages;

  beforeEach(() => {
    log = [];
    reads = [];
    onJoin = () => undefined;
    const frames = {
      open: (_tenantId: string, _runId: string, after: number, limit: number) => {
        reads.push(after);
        const lines = log.filter(({ seq }) => seq > after).slice(0, limit);
        return Promise.resolve({ tail: log.length, state: 'running', lines });
      },
    };
    const hub = {
      watch: (_runId: string, watcher: FrameFollower) => {
        follower = watcher;
        return () => (follower = undefined);
      },
      join: (_runId: string, _follower: FrameFollower, seq: number) => {
        if (seq < log.length) return false;
        onJoin();
        return true;
      },
    };
    pages = new FramePages(hub as unknown as FrameHub, frames as unknown as FrameRepository);
  });

  const commit = (...seqs: number[]): void => {
    log.push(...seqs.map(line));
    follower?.deliver(seqs.map(line));
  };
  const poll = (changes: Partial<PageRequest> = {}) =>
    pages.page('tenant', 'run', {
      after: 0,
      types: new Set(['run.completed']),
      limit: 10,
      waitMs: 60_000,
      signal: new AbortController().signal,
      ...changes,
    });

  it('reads the log once, however many frames of other types come first', async () => {
    const joined = new Promise<void>((resolve) => (onJoin = resolve));
    const page = poll();
    await joined;
    const again = new Promise<void>((resolve) => (onJoin = resolve));
    commit(1);
    await again;
    commit(2);
    expect(await page).toMatchObject({ lines: [line(2)], cursor: 2, done: true });
    expect(reads).toEqual([0]);
  });

  it('has a frame that arrives before it waits again', async () => {
    const joined = new Promise<void>((resolve) => (onJoin = resolve));
    const page = poll();
    await joined;
    commit(1);
    commit(2);
    expect(await page).toMatchObject({ lines: [line(2)], cursor: 2, done: true });
    expect(reads).toEqual([0]);
  });

  it('keeps what is beyond its limit for its next page', async () => {
    const joined = new Promise<void>((resolve) => (onJoin = resolve));
    const page = poll({ limit: 1 });
    await joined;
    commit(1, 2);
    expect(await page).toMatchObject({ lines: [line(2)], cursor: 2 });
  });

  it('reads the log again when the hub is ahead of it', async () => {
    const missed = line(1);
    const late = poll({ types: new Set(), signal: AbortSignal.timeout(60_000) });
    log.push(missed);
    expect(await late).toMatchObject({ lines: [missed], cursor: 1 });
  });
});
