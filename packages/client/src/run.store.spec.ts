import type { Frame } from '@assent/contract';
import { eventually } from '@assent/test-support/eventually';
import { AssentGapError } from './errors';
import type { FollowOptions } from './log.follower';
import { RunStore } from './run.store';

const COUNT = 10_000;

function frame(seq: number): Frame {
  return { runId: 'r', seq, at: 'now', type: 'trace.delta', step: 1, clientTraceId: null, text: 'x' };
}

describe('the store of a run', () => {
  it('notifies its listeners once for many frames, and shows a gap', async () => {
    const gap = new AssentGapError({ runId: 'r' }, 0, 5);
    const store = new RunStore(async function* ({ onGap, onTail }: FollowOptions) {
      onGap?.(gap);
      onTail?.(COUNT);
      for (let seq = 5; seq <= COUNT; seq += 1) yield await Promise.resolve([frame(seq)]);
    });
    let calls = 0;
    const leave = store.subscribe(() => (calls += 1));
    await eventually('the last frame', () => store.getSnapshot().seq === COUNT);
    expect(store.getStatus()).toMatchObject({ gap, tail: COUNT });
    expect(calls).toBeLessThan(COUNT / 10);
    expect(store.getSnapshot()).toBe(store.getSnapshot());
    leave();
  });

  it('says why it failed, and goes on from its frames for the next subscriber', async () => {
    const cursors: (number | undefined)[] = [];
    const error = new Error('refused');
    const store = new RunStore(async function* ({ after }: FollowOptions) {
      cursors.push(after);
      yield await Promise.resolve([frame((after ?? 0) + 1)]);
      if (cursors.length === 1) throw error;
    });
    const leave = store.subscribe(() => undefined);
    await eventually('the failure', () => store.getStatus().connection === 'failed');
    expect(store.getStatus().error).toBe(error);
    leave();
    const leaveAgain = store.subscribe(() => undefined);
    await eventually('the second frame', () => store.getSnapshot().seq === 2);
    expect(cursors).toEqual([0, 1]);
    leaveAgain();
  });

  it('closes its connection when nobody is subscribed any more, and is idle', async () => {
    const signals: AbortSignal[] = [];
    const store = new RunStore(async function* ({ signal, onConnection }: FollowOptions) {
      if (signal) signals.push(signal);
      onConnection?.('live', 0, null);
      yield [frame(1)];
      await new Promise((resolve) => signal?.addEventListener('abort', resolve));
    });
    const leave = store.subscribe(() => undefined);
    await eventually('a live connection', () => store.getStatus().connection === 'live');
    leave();
    await eventually('the end of the connection', () => signals[0]?.aborted);
    expect(store.getStatus().connection).toBe('idle');
    expect(store.getSnapshot().seq).toBe(1);
  });
});
