import { Latest } from './latest';

describe('Latest', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  function record() {
    const seen: unknown[] = [];
    const latest = new Latest<string>(
      60,
      (result) => seen.push(result),
      (error) => seen.push(error),
    );
    return { seen, latest };
  }

  it('runs one job for changes within the pause', async () => {
    const { seen, latest } = record();
    const first = jest.fn(() => Promise.resolve('first'));
    latest.run(first);
    await jest.advanceTimersByTimeAsync(59);
    latest.run(() => Promise.resolve('second'));
    await jest.advanceTimersByTimeAsync(60);
    expect(first).not.toHaveBeenCalled();
    expect(seen).toEqual(['second']);
  });

  it('aborts the older job and drops its result, even when it comes last', async () => {
    const { seen, latest } = record();
    let finishOlder: (result: string) => void = () => undefined;
    const older = new Promise<string>((resolve) => (finishOlder = resolve));
    let isAborted = false;
    latest.run((signal) => {
      signal.addEventListener('abort', () => (isAborted = true));
      return older;
    });
    await jest.advanceTimersByTimeAsync(60);
    latest.run(() => Promise.resolve('newer'));
    expect(isAborted).toBe(true);
    await jest.advanceTimersByTimeAsync(60);
    finishOlder('older');
    await jest.advanceTimersByTimeAsync(0);
    expect(seen).toEqual(['newer']);
  });

  it('reports a failure of the newest job, and nothing after it was stopped', async () => {
    const { seen, latest } = record();
    const failure = new Error('refused');
    latest.run(() => Promise.reject(failure));
    await jest.advanceTimersByTimeAsync(60);
    latest.run(() => Promise.resolve('late'));
    latest.stop();
    await jest.advanceTimersByTimeAsync(60);
    expect(seen).toEqual([failure]);
  });
});
