import fc from 'fast-check';
import { newId, sql } from '@assent/platform';
import { FragmentRepository } from '../fragment.repository';
import { PlanService } from '../plans/plan.service';
import { noteRecall } from '../recall/recall.repository';
import { armOf } from '../recall/recall.service';
import { createTestDatabase } from '@assent/test-support/postgres';
import { MemoryStage, experience } from '../testing/memory-stage';
import { doesHarm, gainOf } from './drift';
import { DriftService } from './drift.service';

describe('the gain of memory', () => {
  it('lies in its interval, changes sign when the sides are swapped, and is not reported for too few runs', () => {
    const side = fc
      .tuple(fc.integer({ min: 1, max: 500 }), fc.nat())
      .map(([runs, lot]) => ({ runs, successes: lot % (runs + 1) }));
    fc.assert(
      fc.property(side, side, (recall, control) => {
        const gain = gainOf(recall, control, 20);
        if (recall.runs < 20 || control.runs < 20) return expect(gain).toBeNull();
        const back = gainOf(control, recall, 20);
        if (!gain || !back) throw new Error('it must be told');
        expect(gain.lower).toBeLessThanOrEqual(gain.mean);
        expect(gain.upper).toBeGreaterThanOrEqual(gain.mean);
        expect(gain.lower).toBeGreaterThanOrEqual(-1 - 1e-9);
        expect(gain.upper).toBeLessThanOrEqual(1 + 1e-9);
        expect(back.mean).toBeCloseTo(-gain.mean, 12);
        expect(back.lower).toBeCloseTo(-gain.upper, 12);
      }),
    );
  });

  it('is measured against the configured share of runs, which is stable per run id', () => {
    const ids = Array.from({ length: 4_000 }, () => newId());
    const control = ids.filter((id) => armOf(id, 0.05) === 'control');
    expect(control.length / ids.length).toBeGreaterThan(0.03);
    expect(control.length / ids.length).toBeLessThan(0.07);
    expect(control.every((id) => armOf(id, 0.1) === 'control')).toBe(true);
    expect(ids.every((id) => armOf(id, 0) === 'recall')).toBe(true);
  });
});

/**
 * 500 runs of a memory worth `gain`, judged after every 25.
 * @returns how many checks judged, and how many froze
 */
function simulate(gain: number, base: number, random: () => number): { windows: number; frozen: number } {
  const sides = { recall: { runs: 0, successes: 0 }, control: { runs: 0, successes: 0 } };
  let [windows, frozen] = [0, 0];
  for (let run = 1; run <= 500; run += 1) {
    const side = random() < 0.2 ? sides.control : sides.recall;
    side.runs += 1;
    if (random() < (side === sides.recall ? base + gain : base)) side.successes += 1;
    if (run % 25 > 0 || gainOf(sides.recall, sides.control, 20) === null) continue;
    windows += 1;
    if (doesHarm(sides.recall, sides.control, 20)) frozen += 1;
  }
  return { windows, frozen };
}

describe('freezing, simulated with the default share of control runs', () => {
  it.each([0.5, 0.6, 0.7])(
    'does not stop a memory worth ten points, and stops one that costs ten, at a base rate of %s',
    (base) => {
      let state = 500;
      const random = () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
      const streams = (gain: number) => Array.from({ length: 600 }, () => simulate(gain, base, random));
      const good = streams(0.1);
      const bad = streams(-0.1);
      const sum = (of: readonly number[]) => of.reduce((total, value) => total + value, 0);
      expect(sum(good.map(({ frozen }) => frozen)) / sum(good.map(({ windows }) => windows))).toBeLessThanOrEqual(0.02);
      expect(bad.filter(({ frozen }) => frozen > 0).length / bad.length).toBeGreaterThanOrEqual(0.8);
    },
  );
});

describe('drift', () => {
  let stage: MemoryStage;

  beforeAll(async () => {
    stage = await MemoryStage.open(createTestDatabase, { MEMORY_DRIFT_ROLLBACK: 'on', MEMORY_DRIFT_WINDOW: '200' });
  });
  afterAll(() => stage.close());

  const runs = async (
    tenantId: string,
    arm: 'recall' | 'control',
    successes: number,
    failures: number,
  ): Promise<void> => {
    for (const [outcome, count] of [
      ['success', successes],
      ['failure', failures],
    ] as const) {
      for (let run = 0; run < count; run += 1) {
        await stage.commit(tenantId, 'robot', [noteRecall(arm, [newId()]), experience({ outcome })]);
      }
    }
  };

  it("freezes promotion, reverts the agent's plans of the window, reports it once, and ends when memory helps again", async () => {
    const tenantId = 'drifting';
    const drift = stage.get(DriftService);
    await runs(tenantId, 'recall', 5, 25);
    await runs(tenantId, 'control', 20, 5);
    const memoryRunId = newId();
    const plan = await stage
      .get(PlanService)
      .apply(
        { tenantId, subject: 'system:memory', origin: 'distilled' },
        { planId: newId(), ops: [{ op: 'add', text: 'Bad advice', verified: true, rationale: 'r' }], memoryRunId },
      );
    expect(await drift.check(tenantId)).toMatch(/frozen, 1 plans/);
    expect(await drift.check(tenantId)).toMatch(/stays frozen/);
    expect((await stage.get(PlanService).get(tenantId, plan.planId)).state).toBe('reverted');
    expect(await drift.get(tenantId)).toMatchObject({
      frozen: true,
      recall: { runs: 30, successes: 5 },
      control: { runs: 25, successes: 20 },
    });
    // Two runs that agree are not enough while it is frozen.
    await stage.learn(tenantId, 'robot', 'New lesson', 3);
    const [lesson] = await stage.get(FragmentRepository).list(tenantId, { status: 'staged' }, null, 5);
    expect(lesson?.text).toBe('New lesson');
    const told = await stage.database.query(
      sql`select action from audit_log where tenant_id = ${tenantId} and action = 'memory.drift'`,
    );
    expect(told).toHaveLength(1);
    await runs(tenantId, 'recall', 150, 0);
    await runs(tenantId, 'control', 0, 25);
    expect(await drift.check(tenantId)).toMatch(/goes on again/);
    expect((await drift.get(tenantId)).frozen).toBe(false);
  });

  it('is a series over the window: parts of equally many runs, oldest first', async () => {
    const tenantId = 'series';
    await runs(tenantId, 'recall', 0, 10);
    await runs(tenantId, 'recall', 40, 0);
    await runs(tenantId, 'control', 5, 20);
    await runs(tenantId, 'recall', 25, 0);
    const { recall, control, series, window } = await stage.get(DriftService).get(tenantId);
    expect({ window, recall, control }).toEqual({
      window: 200,
      recall: { runs: 75, successes: 65 },
      control: { runs: 25, successes: 5 },
    });
    const sides = series.map((part) => [part.recall, part.control].map((side) => [side.runs, side.successes]));
    // Parts of 40 runs, counted from the newest.
    expect(sides).toEqual([
      [
        [20, 10],
        [0, 0],
      ],
      [
        [30, 30],
        [10, 5],
      ],
      [
        [25, 25],
        [15, 0],
      ],
    ]);
    const times = series.flatMap(({ from, to }) => [from, to]);
    expect(times).toEqual([...times].sort());
    expect(series.map(({ gain }) => gain)).toEqual([null, null, null]);
  });

  it('is not judged on too few runs', async () => {
    await runs('few', 'recall', 0, 19);
    expect(await stage.get(DriftService).check('few')).toMatch(/too few/);
  });
});
