import fc from 'fast-check';
import pino from 'pino';
import { currentTenant, forTenant } from '../database/tenant.context';
import { Sweep } from './sweep';

const SILENT = pino({ level: 'silent' });

/** A pass that lasts until the test ends it. */
class HeldPass {
  failing = 0;
  begun = 0;
  reported: number[] = [];
  tenants: (string | null)[] = [];
  private settle: { resolve: () => void; reject: (error: Error) => void } | null = null;

  readonly sweep = new Sweep(this, SILENT, (failing) => this.reported.push(failing));

  run(): Promise<void> {
    this.begun += 1;
    this.tenants.push(currentTenant());
    return new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
  }

  async end(error?: Error): Promise<void> {
    const { settle } = this;
    this.settle = null;
    if (error) settle?.reject(error);
    else settle?.resolve();
    await turn();
  }

  get isPassing(): boolean {
    return this.settle !== null;
  }
}

/** Lets all resolved promises run their continuations. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a sweep', () => {
  it('joins the pass in progress', async () => {
    const held = new HeldPass();
    const both = Promise.all([held.sweep.pass(), held.sweep.pass()]);
    await held.end();
    await both;
    expect(held.begun).toBe(1);
  });

  it('runs one more pass after any number of wakes during a pass', async () => {
    const held = new HeldPass();
    for (let wakes = 0; wakes < 3; wakes += 1) held.sweep.wake();
    await held.end();
    expect([held.begun, held.isPassing]).toEqual([2, true]);
    await held.end();
    expect([held.begun, held.isPassing]).toEqual([2, false]);
  });

  it('begins a new pass when it is woken in the turn in which a pass ends', async () => {
    const held = new HeldPass();
    const over = held.sweep.pass().then(() => {
      held.sweep.wake();
    });
    await held.end();
    await over;
    expect([held.begun, held.isPassing]).toEqual([2, true]);
  });

  it('works for all tenants when a request of one tenant wakes it', () => {
    const held = new HeldPass();
    forTenant('acme', () => {
      held.sweep.wake();
    });
    expect(held.tenants).toEqual([null]);
  });

  it('counts as failing after three failed passes in a row, until one succeeds', async () => {
    const held = new HeldPass();
    held.failing = 5;
    for (const fails of [true, true, false, true, true, true, true, false]) {
      held.sweep.wake();
      await held.end(fails ? new Error('the database cannot be reached') : undefined);
    }
    expect(held.reported).toEqual([5, 5, 5, 5, 5, 6, 6, 5]);
  });

  it('stops after the pass in progress, and begins none afterwards', async () => {
    const held = new HeldPass();
    held.sweep.wake();
    let isStopped = false;
    const stopped = held.sweep.stop().then(() => {
      isStopped = true;
    });
    held.sweep.wake();
    await turn();
    expect(isStopped).toBe(false);
    await held.end();
    await stopped;
    held.sweep.wake();
    await Promise.all([held.sweep.pass(), held.sweep.stop()]);
    expect(held.begun).toBe(1);
  });

  it('property: passes never overlap, and one begins after every wake', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('wake', 'end', 'fail'), { maxLength: 60 }), async (events) => {
        const held = new HeldPass();
        let wokenAt = 0;
        let time = 0;
        const beginnings: number[] = [];
        const run = held.run.bind(held);
        held.run = () => {
          expect(held.isPassing).toBe(false);
          beginnings.push(time);
          return run();
        };
        for (const event of [...events, 'end', 'end'] as const) {
          time += 1;
          if (event === 'wake') {
            wokenAt = time;
            held.sweep.wake();
          } else {
            await held.end(event === 'fail' ? new Error('failed') : undefined);
          }
        }
        expect(held.isPassing).toBe(false);
        expect(Math.max(0, ...beginnings)).toBeGreaterThanOrEqual(wokenAt);
      }),
      { numRuns: 200 },
    );
  });
});
