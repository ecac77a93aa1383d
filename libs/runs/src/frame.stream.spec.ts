import { FrameStream, type StreamOptions } from './frame.stream';
import type { FrameFollower, FrameHub } from './frame.hub';
import type { FrameLine } from './frame.line';
import { MemoryFrameLog, lines } from './testing/frame-log';

const RUN = 'run';
const MEGABYTE = 'x'.repeat(1_048_577);
const HOUR_MS = 3_600_000;
/** Frames a replay reads at once. */
const PAGE = 500;

/** Joins a follower as soon as it has what is in the log, and passes on what it is given. */
class OneRunHub {
  followers: FrameFollower[] = [];
  head = 0;

  watch(_runId: string, follower: FrameFollower): () => void {
    this.followers.push(follower);
    return () => {
      this.followers = this.followers.filter((other) => other !== follower);
    };
  }

  join(_runId: string, _follower: FrameFollower, seq: number): boolean {
    return seq >= this.head;
  }

  tail(): number {
    return this.head;
  }

  pass(news: readonly FrameLine[]): void {
    this.head = news.at(-1)?.seq ?? this.head;
    for (const follower of this.followers) follower.deliver(news);
  }
}

describe('FrameStream', () => {
  let log: MemoryFrameLog;
  let hub: OneRunHub;
  let gaps: number;
  let cutOffs: number;

  beforeEach(() => {
    log = new MemoryFrameLog();
    hub = new OneRunHub();
    gaps = 0;
    cutOffs = 0;
  });

  function open(options: Partial<StreamOptions> = {}): FrameStream {
    return new FrameStream(hub as unknown as FrameHub, log, {
      runId: RUN,
      name: 'run run',
      after: 0,
      types: new Set(),
      head: 0,
      ended: false,
      encoding: {
        frame: ({ seq }) => `${seq} `,
        ping: (tail) => `ping-${tail} `,
        gap: (earliest) => `gap-${earliest} `,
        end: (cursor) => `end-${cursor} `,
      },
      maxAgeMs: HOUR_MS,
      onGap: () => (gaps += 1),
      onCutOff: () => (cutOffs += 1),
      ...options,
    });
  }

  /** What a client gets until the stream ends, without the first words. */
  async function allOf(stream: FrameStream): Promise<string[]> {
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    expect(text).toMatch(/^retry: 1000\n: run run\n\n/);
    return text
      .slice(text.indexOf('\n\n') + 2)
      .split(/ |\n+/)
      .filter(Boolean);
  }

  /** Resolves when the replay is through with what there is. */
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it('replays from the cursor, follows live and ends after the terminal frame', async () => {
    log.append(RUN, lines(1, 3));
    hub.head = 3;
    const stream = open({ after: 1, head: 3 });
    const words = allOf(stream);
    await settled();
    hub.pass(lines(4, 5));
    hub.pass(lines(6, 6, 'run.completed'));
    expect(await words).toEqual(['2', '3', '4', '5', '6', 'end-6']);
    expect(hub.followers).toEqual([]);
  });

  it('drops live frames that the replay has already sent', async () => {
    log.append(RUN, lines(1, 3));
    const words = allOf(open({ head: 3 }));
    await settled();
    hub.pass(lines(2, 4));
    hub.pass(lines(5, 5, 'run.failed'));
    expect(await words).toEqual(['1', '2', '3', '4', '5', 'end-5']);
  });

  it('reads on when frames were committed while it read', async () => {
    log.append(RUN, lines(1, 2));
    hub.head = 3;
    const words = allOf(open({ head: 2 }));
    log.append(RUN, lines(3, 3));
    await settled();
    hub.pass(lines(4, 4, 'run.cancelled'));
    expect(await words).toEqual(['1', '2', '3', '4', 'end-4']);
  });

  it.each([0, 1, PAGE - 1, PAGE, 2 * PAGE + 1])(
    'replays a run that ended with frame %i, page by page',
    async (head) => {
      log.append(RUN, [...lines(1, head - 1), ...lines(Math.max(1, head), head, 'run.completed')]);
      const words = await allOf(open({ head, ended: true }));
      expect(words).toEqual([...lines(1, head).map(({ seq }) => String(seq)), `end-${head}`]);
    },
  );

  it('ends at once for a client that has everything of a run that has ended', async () => {
    log.append(RUN, [...lines(1, 1), ...lines(2, 2, 'run.completed')]);
    expect(await allOf(open({ after: 2, head: 2, ended: true }))).toEqual(['end-2']);
  });

  it.each([
    ['some of the frames', 3, ['gap-4', '4', '5', 'end-5']],
    ['all frames', 5, ['gap-6', 'end-5']],
  ])('announces that retention has deleted %s', async (_, deleted, expected) => {
    log.append(RUN, [...lines(1, 4), ...lines(5, 5, 'run.completed')]);
    log.deleteUpTo(RUN, deleted);
    expect(await allOf(open({ head: 5, ended: true }))).toEqual(expected);
    expect(gaps).toBe(1);
  });

  it('sends only the types that the client asked for, and still ends with the run', async () => {
    log.append(RUN, [...lines(1, 2), ...lines(3, 3, 'run.waiting'), ...lines(4, 4, 'run.completed')]);
    const words = await allOf(open({ head: 4, ended: true, types: new Set(['run.waiting']) }));
    expect(words).toEqual(['3', 'end-4']);
  });

  it('reads no further page while the client does not read', async () => {
    log.append(RUN, lines(1, 2 * PAGE));
    const stream = open({ head: 2 * PAGE, encoding: { ...silent(), frame: () => 'x'.repeat(1_000) } });
    stream.read();
    await settled();
    expect(log.reads).toEqual([0]);
    stream.resume();
    await settled();
    expect(log.reads).toEqual([0, PAGE, 2 * PAGE]);
    stream.destroy();
  });

  it('cuts off a client that does not read what happens live', async () => {
    const stream = open({ encoding: { ...silent(), frame: () => MEGABYTE } });
    stream.read();
    await settled();
    hub.pass(lines(1, 1));
    expect([cutOffs, stream.destroyed, hub.followers]).toEqual([1, true, []]);
  });

  it('pings with the seq of the newest frame', async () => {
    const stream = open();
    const words = allOf(stream);
    await settled();
    hub.head = 7;
    stream.ping();
    stream.close();
    expect((await words)[0]).toBe('ping-7');
  });

  it('ends with a pause before the reconnect when the replica goes down', async () => {
    const stream = open();
    const words = allOf(stream);
    await settled();
    stream.close();
    stream.close();
    stream.ping();
    expect((await words).join(' ')).toMatch(/^retry: [12]\d{3}$/);
    expect(hub.followers).toEqual([]);
  });

  it('ends at the first ping beyond its age limit', async () => {
    const stream = open({ maxAgeMs: -1 });
    const words = allOf(stream);
    await settled();
    stream.ping();
    expect((await words).join(' ')).toMatch(/^ping-0 retry: \d+$/);
  });

  it('fails when the log cannot be read', async () => {
    log.failure = new Error('the database cannot be reached');
    await expect(allOf(open())).rejects.toThrow('the database cannot be reached');
    expect(hub.followers).toEqual([]);
  });

  it('stops following when the client has gone', async () => {
    const stream = open();
    stream.resume();
    await settled();
    stream.destroy();
    await settled();
    expect(hub.followers).toEqual([]);
  });
});

function silent(): StreamOptions['encoding'] {
  return { frame: () => '', ping: () => '', gap: () => '', end: () => '' };
}
