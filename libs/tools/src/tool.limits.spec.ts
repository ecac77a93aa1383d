import { AssentError, type BreakerState } from '@assent/contract';
import { transportFault } from '@assent/platform';
import { ToolLimits, isTransportFault, type LimitSettings } from './tool.limits';

const never = new AbortController().signal;
const fault = () => transportFault('overloaded', 'example.org could not be reached.', { sent: false });
const failing = (error: Error) => () => Promise.reject(error);

/** With `openMs: 0`, a breaker allows the probe at once. */
function limits(changes: Partial<LimitSettings> = {}) {
  const states: (readonly [string, BreakerState])[] = [];
  const settings = { maxConcurrent: 2, maxWaiting: 1, faultsToOpen: 3, openMs: 60_000, retries: 2, firstPauseMs: 1 };
  const all = new ToolLimits((tool, state) => states.push([tool, state]), { ...settings, ...changes });
  return { all, limit: all.of('http.get'), states };
}

/** A call that is in flight until the test ends it. */
function held() {
  let end: (value: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => {
    end = resolve;
  });
  return {
    work: () => ended,
    end: (value: string) => {
      end(value);
    },
  };
}

describe('the circuit breaker of a tool', () => {
  const broken = async (changes: Partial<LimitSettings> = {}) => {
    const made = limits(changes);
    for (let count = 0; count < 3; count += 1) {
      await expect(made.limit.run(never, failing(fault()))).rejects.toMatchObject({ details: { transport: true } });
    }
    return made;
  };

  it('opens after several consecutive transport faults, and reports until when the tool is not called', async () => {
    const { limit, states } = await broken();
    const work = jest.fn();
    const refused = limit.run(never, work);
    await expect(refused).rejects.toMatchObject({
      reason: 'overloaded',
      message: expect.stringMatching(
        /^The other side of http\.get could not be reached 3 times .* until \d{4}-.*Z\. /,
      ) as string,
      details: { tool: 'http.get', breaker: 'open', retryAfterSeconds: 60, sent: false },
    });
    expect([work.mock.calls.length, limit.state, states]).toEqual([
      0,
      'open',
      [
        ['http.get', 'closed'],
        ['http.get', 'open'],
      ],
    ]);
  });

  it('stays closed for other tools', async () => {
    const { all } = await broken();
    expect(await all.of('http.request').run(never, () => Promise.resolve(1))).toBe(1);
    expect(all.of('http.request').state).toBe('closed');
  });

  it.each([
    ['invalid', new AssentError('invalid', 'bad')],
    ['forbidden', new AssentError('forbidden', 'no')],
    ['timeout', new AssentError('timeout', 'slow statement')],
    ['overloaded', new AssentError('overloaded', 'busy', { transport: false })],
    ['internal', new Error('bug')],
  ])('stays closed for other failures: %s', async (_, error) => {
    const { limit, states } = limits();
    for (let count = 0; count < 20; count += 1) await expect(limit.run(never, failing(error))).rejects.toBe(error);
    expect([limit.state, states, isTransportFault(error)]).toEqual(['closed', [['http.get', 'closed']], false]);
  });

  it('counts faults in a row only', async () => {
    const { limit } = limits();
    for (let count = 0; count < 10; count += 1) {
      await expect(limit.run(never, failing(fault()))).rejects.toThrow();
      await limit.run(never, () => Promise.resolve(1));
    }
    expect(limit.state).toBe('closed');
  });

  it('lets one probe through when the time is over, and closes when that succeeds', async () => {
    const { limit, states } = await broken({ openMs: 0 });
    expect(limit.state).toBe('half_open');
    const probe = held();
    const first = limit.run(never, probe.work);
    const work = jest.fn(() => Promise.resolve('second'));
    const second = limit.run(never, work);
    expect([limit.state, work.mock.calls.length]).toEqual(['half_open', 0]);
    probe.end('first');
    expect(await Promise.all([first, second])).toEqual(['first', 'second']);
    expect([limit.state, states.map(([, state]) => state)]).toEqual([
      'closed',
      ['closed', 'half_open', 'half_open', 'closed'],
    ]);
  });

  it('opens again when the probe fails', async () => {
    const { limit } = await broken({ openMs: 0 });
    const error = fault();
    await expect(limit.run(never, failing(error))).rejects.toBe(error);
    expect(limit.state).toBe('half_open');
  });
});

describe('a probe that hangs', () => {
  it('does not delay others after it was given up', async () => {
    const { limit } = limits({ openMs: 0, faultsToOpen: 1, maxConcurrent: 2 });
    await expect(limit.run(never, failing(fault()))).rejects.toThrow();
    const controller = new AbortController();
    const hanging = held();
    const probe = limit.runAbandoning(controller.signal, false, hanging.work);
    controller.abort(new AssentError('timeout', 'too late'));
    await expect(probe).rejects.toThrow('too late');
    expect(await limit.run(never, () => Promise.resolve('next'))).toBe('next');
    hanging.end('nobody hears this');
  });
});

describe('the bulkhead of a tool', () => {
  it('limits concurrent and waiting calls, and refuses the rest', async () => {
    const { all, limit } = limits();
    const [first, second] = [held(), held()];
    const running = [limit.run(never, first.work), limit.run(never, second.work)];
    const third = jest.fn(() => Promise.resolve('third'));
    const waiting = limit.run(never, third);
    await expect(limit.run(never, third)).rejects.toMatchObject({
      reason: 'overloaded',
      message: '2 calls of http.get are under way and 1 wait already. Nothing was done; try again in a moment.',
      details: { tool: 'http.get', sent: false },
    });
    expect(await all.of('http.request').run(never, () => Promise.resolve('other'))).toBe('other');
    expect(third).not.toHaveBeenCalled();
    first.end('first');
    expect(await waiting).toBe('third');
    second.end('second');
    expect(await Promise.all(running)).toEqual(['first', 'second']);
  });

  it('does not begin a call that was given up while it waited, and serves those behind it', async () => {
    const { limit } = limits({ maxConcurrent: 1, maxWaiting: 2 });
    const first = held();
    const running = limit.run(never, first.work);
    const controller = new AbortController();
    const work = jest.fn();
    const given = limit.run(controller.signal, work);
    const behind = limit.run(never, () => Promise.resolve('behind'));
    controller.abort(new Error('given up'));
    first.end('first');
    await expect(given).rejects.toThrow('given up');
    expect([await running, await behind, work.mock.calls.length]).toEqual(['first', 'behind', 0]);
  });
});

describe('calls that are made again', () => {
  it('are tried again after transport faults, a few times', async () => {
    const { limit } = limits({ faultsToOpen: 9 });
    const work = jest
      .fn()
      .mockRejectedValueOnce(fault())
      .mockRejectedValueOnce(fault())
      .mockResolvedValue('third time');
    expect(await limit.runAbandoning(never, true, work)).toBe('third time');
    const hopeless = jest.fn(failing(fault()));
    await expect(limit.runAbandoning(never, true, hopeless)).rejects.toMatchObject({ details: { transport: true } });
    expect([work.mock.calls.length, hopeless.mock.calls.length]).toEqual([3, 3]);
  });

  it('are not tried again after anything else, nor once they were given up, nor when the breaker has opened', async () => {
    const { limit } = limits({ faultsToOpen: 1 });
    const wrong = jest.fn(failing(new AssentError('invalid', 'bad')));
    await expect(limit.runAbandoning(never, true, wrong)).rejects.toMatchObject({ reason: 'invalid' });
    const controller = new AbortController();
    const given = jest.fn(() => {
      controller.abort();
      return Promise.reject(new AssentError('timeout', 'late'));
    });
    await expect(limit.runAbandoning(controller.signal, true, given)).rejects.toMatchObject({ reason: 'timeout' });
    const opening = jest.fn(failing(fault()));
    await expect(limit.runAbandoning(never, true, opening)).rejects.toMatchObject({ details: { breaker: 'open' } });
    expect([wrong.mock.calls.length, given.mock.calls.length, opening.mock.calls.length]).toEqual([1, 1, 1]);
  });
});
