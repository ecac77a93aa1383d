import { Cached } from './cached';

describe('a cached value', () => {
  const open = (load: () => Promise<number>) => {
    const clock = { ms: 0 };
    const failures: unknown[] = [];
    const cached = new Cached(
      load,
      1_000,
      (thrown) => failures.push(thrown),
      () => clock.ms,
    );
    return { cached, clock, failures };
  };

  it('is loaded once for all callers within its time, and again afterwards', async () => {
    let loads = 0;
    const { cached, clock } = open(() => Promise.resolve((loads += 1)));
    expect(await Promise.all([cached.get(), cached.get()])).toEqual([1, 1]);
    clock.ms = 999;
    expect(await cached.get()).toBe(1);
    clock.ms = 1_000;
    expect(await cached.get()).toBe(2);
  });

  it('keeps its value when a load fails, reports the failure once, and loads again after its time', async () => {
    const answers = [() => Promise.resolve(1), () => Promise.reject(new Error('away')), () => Promise.resolve(3)];
    const { cached, clock, failures } = open(() => answers.shift()?.() ?? Promise.reject(new Error('no more')));
    expect(await cached.get()).toBe(1);
    clock.ms = 1_000;
    expect([await cached.get(), await cached.get()]).toEqual([1, 1]);
    expect(failures).toEqual([new Error('away')]);
    clock.ms = 2_000;
    expect(await cached.get()).toBe(3);
  });

  it('is undefined until a load succeeds', async () => {
    const { cached } = open(() => Promise.reject(new Error('away')));
    expect(await cached.get()).toBeUndefined();
  });
});
