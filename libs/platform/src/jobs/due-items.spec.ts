import fc from 'fast-check';
import pino from 'pino';
import { DueItems } from './due-items';

const SILENT = pino({ level: 'silent' });

/** Due items as the database returns them: oldest first. */
class Table {
  readonly ended: string[] = [];
  readonly attempts = new Map<string, number>();
  now = 0;

  constructor(
    private readonly due: string[],
    private readonly broken: ReadonlyMap<string, 'throws' | 'no change' | 'transient'>,
  ) {}

  readonly items = new DueItems<string>(
    {
      find: (limit, except) =>
        Promise.resolve(
          this.due.filter((item) => !this.ended.includes(item) && !except.includes(item)).slice(0, limit),
        ),
      keyOf: (item) => item,
      handle: (item) => {
        this.attempts.set(item, (this.attempts.get(item) ?? 0) + 1);
        const fault = this.broken.get(item);
        if (fault === 'throws') return Promise.reject(new Error('its tree is missing'));
        if (fault === 'transient') return Promise.reject(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
        if (fault === undefined) this.ended.push(item);
        return Promise.resolve(fault === undefined);
      },
    },
    SILENT,
    () => this.now,
  );

  pass(): Promise<void> {
    return this.items.run(new AbortController().signal);
  }

  repair(item: string): void {
    (this.broken as Map<string, unknown>).delete(item);
  }

  remove(item: string): void {
    this.due.splice(this.due.indexOf(item), 1);
  }
}

const named = (count: number) => Array.from({ length: count }, (_, index) => `bad-${index}`);
const allBroken = (items: readonly string[], how: 'throws' | 'no change' | 'transient') =>
  new Map(items.map((item) => [item, how]));

describe('a sweep over due items', () => {
  it.each(['throws', 'no change'] as const)(
    'ends a good item behind more than a batch of items that each %s',
    async (how) => {
      const bad = named(180);
      const table = new Table([...bad, 'good'], allBroken(bad, how));
      await table.pass();
      expect(table.ended).toEqual(['good']);
      expect([...table.attempts.values()]).toEqual(Array.from({ length: 181 }, () => 1));
    },
  );

  it('leaves the next batch to the next pass while connections are lost, and still makes progress', async () => {
    const bad = named(100);
    const table = new Table([...bad, 'good'], allBroken(bad, 'transient'));
    await table.pass();
    expect(table.attempts.size).toBe(50);
    await table.pass();
    await table.pass();
    expect(table.ended).toEqual(['good']);
  });

  it('retries a failing item after pauses that double up to five minutes', async () => {
    const table = new Table(['bad-0'], allBroken(['bad-0'], 'throws'));
    const at: number[] = [];
    for (; table.now < 1_300_000; table.now += 1_000) {
      const before = table.attempts.get('bad-0') ?? 0;
      await table.pass();
      if ((table.attempts.get('bad-0') ?? 0) > before) at.push(table.now / 1_000);
    }
    const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    expect(pauses).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  });

  it('reports an item that failed three times until it succeeds or is not due any more', async () => {
    const table = new Table(['bad-0', 'bad-1'], allBroken(['bad-0', 'bad-1'], 'throws'));
    const reported: number[] = [];
    const pass = async () => {
      await table.pass();
      reported.push(table.items.failing);
      table.now += 300_000;
    };
    for (let count = 0; count < 3; count += 1) await pass();
    table.repair('bad-0');
    await pass();
    table.remove('bad-1');
    await pass();
    expect(reported).toEqual([0, 0, 2, 1, 0]);
    expect(table.ended).toEqual(['bad-0']);
  });

  it('begins no further item after it was told to stop', async () => {
    const stopping = new AbortController();
    const handled: string[] = [];
    const items = new DueItems<string>(
      {
        batch: 3,
        find: () => Promise.resolve(['a', 'b', 'c']),
        keyOf: (item) => item,
        handle: (item) => {
          handled.push(item);
          if (item === 'b') stopping.abort();
          return Promise.resolve(true);
        },
      },
      SILENT,
    );
    await items.run(stopping.signal);
    expect(handled).toEqual(['a', 'b']);
  });

  it('property: one pass ends every good item, at any position, and attempts each bad item once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 300 }), async (goods) => {
        const items = goods.map((isGood, index) => `${isGood ? 'good' : 'bad'}-${index}`);
        const bad = items.filter((item) => item.startsWith('bad'));
        const table = new Table([...items], allBroken(bad, 'throws'));
        await table.pass();
        expect(table.ended).toEqual(items.filter((item) => item.startsWith('good')));
        expect([...table.attempts.values()].every((count) => count === 1)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
