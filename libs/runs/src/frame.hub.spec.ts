import fc from 'fast-check';
import { Counter, Gauge, Histogram } from 'prom-client';
import { FrameHub } from './frame.hub';
import { StreamMetrics } from './stream.metrics';
import { MemoryFrameLog, RecordingFollower, lines } from './testing/frame-log';

const RUN = 'run';
/** Every follower looks at the table this often without a hint. */
const POLL_MS = 1_000;
/** Frames the hub reads at once. */
const PAGE = 1_000;

const unregistered = (name: string) => ({ name, help: name, registers: [] });

describe('FrameHub', () => {
  let log: MemoryFrameLog;
  let warnings: string[];
  let notified: string[];
  /** What another replica's NOTIFY calls. */
  let hint: (runIds: readonly string[]) => void;
  let hub: FrameHub;

  beforeEach(() => {
    jest.useFakeTimers();
    log = new MemoryFrameLog();
    warnings = [];
    notified = [];
    const notifier = {
      onHint: (listener: typeof hint) => (hint = listener),
      notify: (runId: string) => notified.push(runId),
    };
    const metrics = new StreamMetrics(
      new Gauge(unregistered('open')),
      new Counter(unregistered('opened')),
      new Counter(unregistered('gaps')),
      new Counter(unregistered('cut_off')),
      new Histogram(unregistered('lag')),
    );
    hub = new FrameHub(log, notifier, metrics, { warn: (_: object, text: string) => warnings.push(text) } as never);
    hub.onModuleInit();
  });
  afterEach(() => {
    hub.close();
    jest.useRealTimers();
  });

  /** A follower that has read the log up to this seq. */
  function follow(seq: number): RecordingFollower {
    const follower = new RecordingFollower();
    hub.watch(RUN, follower);
    expect(hub.join(RUN, follower, seq)).toBe(true);
    return follower;
  }

  /** What another replica commits: it is in the table, and a hint may come. */
  function commitElsewhere(first: number, last: number): void {
    log.append(RUN, lines(first, last));
  }

  it('passes on what this replica commits without reading it, and hints the other replicas', async () => {
    const follower = follow(0);
    hub.publish(RUN, () => lines(1, 3));
    expect(follower.seqs).toEqual([1, 2, 3]);
    expect(notified).toEqual([RUN]);
    expect(hub.tail(RUN)).toBe(3);
    await jest.advanceTimersByTimeAsync(POLL_MS);
    expect(follower.seqs).toEqual([1, 2, 3]);
  });

  it('hints the other replicas of a run that nobody follows here, and makes no lines of it', () => {
    const make = jest.fn(() => lines(1, 1));
    hub.publish(RUN, make);
    expect(make).not.toHaveBeenCalled();
    expect(notified).toEqual([RUN]);
    expect(hub.tail(RUN)).toBe(0);
  });

  it('reads what others commit when it is hinted', async () => {
    const follower = follow(2);
    commitElsewhere(1, 4);
    hint([RUN, 'a run that nobody follows']);
    await jest.advanceTimersByTimeAsync(0);
    expect(follower.seqs).toEqual([3, 4]);
  });

  it('finds what others commit within a second when the hint is lost', async () => {
    const follower = follow(0);
    commitElsewhere(1, 2);
    await jest.advanceTimersByTimeAsync(POLL_MS);
    expect(follower.seqs).toEqual([1, 2]);
  });

  it('reads the missing frames before it passes on a frame that does not join on', async () => {
    const follower = follow(0);
    commitElsewhere(1, 2);
    log.append(RUN, lines(3, 3));
    hub.publish(RUN, () => lines(3, 3));
    expect(follower.seqs).toEqual([]);
    await jest.advanceTimersByTimeAsync(0);
    expect(follower.seqs).toEqual([1, 2, 3]);
  });

  it('passes on each frame once when a commit and a read overlap', () => {
    const follower = follow(0);
    hub.publish(RUN, () => lines(1, 2));
    hub.publish(RUN, () => lines(1, 4));
    hub.publish(RUN, () => lines(2, 3));
    expect(follower.seqs).toEqual([1, 2, 3, 4]);
  });

  it('reads a long backlog page by page', async () => {
    const follower = follow(0);
    commitElsewhere(1, PAGE + 5);
    hint([RUN]);
    await jest.advanceTimersByTimeAsync(0);
    expect(follower.seqs).toEqual(lines(1, PAGE + 5).map(({ seq }) => seq));
  });

  it('sends a follower that has less than the others back to the log', () => {
    follow(5);
    const late = new RecordingFollower();
    hub.watch(RUN, late);
    expect(hub.join(RUN, late, 4)).toBe(false);
    hub.publish(RUN, () => lines(6, 6));
    expect(late.seqs).toEqual([]);
    expect(hub.join(RUN, late, 6)).toBe(true);
  });

  it('sends a follower back to the log for what was committed while it read', () => {
    const follower = new RecordingFollower();
    hub.watch(RUN, follower);
    hub.publish(RUN, () => lines(1, 1));
    expect(hub.join(RUN, follower, 0)).toBe(false);
    expect(hub.join(RUN, follower, 1)).toBe(true);
  });

  it('logs a failed read and finds the frames with the next poll', async () => {
    const follower = follow(0);
    commitElsewhere(1, 1);
    log.failure = new Error('the database cannot be reached');
    hint([RUN]);
    await jest.advanceTimersByTimeAsync(0);
    expect([follower.seqs, warnings.length]).toEqual([[], 1]);
    log.failure = new Error('the database is still away');
    await jest.advanceTimersByTimeAsync(POLL_MS);
    expect([follower.seqs, warnings.length]).toEqual([[], 2]);
    await jest.advanceTimersByTimeAsync(POLL_MS);
    expect(follower.seqs).toEqual([1]);
  });

  it('forgets a run with its last follower', () => {
    const follower = new RecordingFollower();
    const unwatch = hub.watch(RUN, follower);
    expect(hub.join(RUN, follower, 0)).toBe(true);
    expect(hub.followers).toBe(1);
    unwatch();
    hub.publish(RUN, () => lines(1, 1));
    expect([follower.seqs, hub.followers, hub.tail(RUN)]).toEqual([[], 0, 0]);
  });

  it('ends its followers when the replica goes down, and later ones at once', async () => {
    const before = follow(0);
    hub.beforeApplicationShutdown();
    const after = new RecordingFollower();
    hub.watch(RUN, after);
    await jest.advanceTimersByTimeAsync(0);
    expect([before.isClosed, after.isClosed]).toEqual([true, true]);
  });

  it('gives every follower all frames in order, whichever replica commits and whichever hints are lost', async () => {
    const commits = fc.array(
      fc.record({ size: fc.integer({ min: 1, max: 4 }), how: fc.constantFrom('here', 'hinted', 'lost', 'joined') }),
      { maxLength: 30 },
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(commits, async (all) => {
        run += 1;
        const runId = `run-${run}`;
        const followers: { from: number; follower: RecordingFollower }[] = [];
        let head = 0;
        for (const { size, how } of all) {
          if (how === 'joined') {
            const follower = new RecordingFollower();
            hub.watch(runId, follower);
            // It has read the log as far as it goes now; the hub may know less.
            if (hub.join(runId, follower, head)) followers.push({ from: head, follower });
            continue;
          }
          const committed = lines(head + 1, head + size);
          log.append(runId, committed);
          head += size;
          if (how === 'here') hub.publish(runId, () => committed);
          if (how === 'hinted') hint([runId]);
          await jest.advanceTimersByTimeAsync(0);
        }
        await jest.advanceTimersByTimeAsync(POLL_MS);
        for (const { from, follower } of followers) {
          const seqs = follower.seqs.filter((seq) => seq > from);
          expect(seqs).toEqual(lines(from + 1, head).map(({ seq }) => seq));
        }
      }),
    );
  });
});
