import fc from 'fast-check';
import { newId, sql } from '@assent/platform';
import { FragmentRepository } from '../fragment.repository';
import { recordExperience } from '../learning';
import { PlanService } from '../plans/plan.service';
import { noteRecall } from '../recall/recall.repository';
import { armOf } from '../recall/arm';
import { createTestDatabase } from '../../../../test/support/postgres';
import { MemoryStage } from '../testing/memory-stage';
import { gainOf } from './drift';
import { DriftService } from './drift.service';

describe('the gain of memory', () => {
  it('lies in its interval, turns its sign with the sides, and is not told of too few runs', () => {
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

  it('is measured against the share of runs that was asked for, always the same ones', () => {
    const ids = Array.from({ length: 4_000 }, () => newId());
    const control = ids.filter((id) => armOf(id, 0.05) === 'control');
    expect(control.length / ids.length).toBeGreaterThan(0.03);
    expect(control.length / ids.length).toBeLessThan(0.07);
    expect(control.every((id) => armOf(id, 0.1) === 'control')).toBe(true);
    expect(ids.every((id) => armOf(id, 0) === 'recall')).toBe(true);
  });
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
        await stage.commit(tenantId, 'robot', [
          noteRecall(arm, [newId()]),
          recordExperience({
            ...{
              goal: 'g',
              outcome,
              score: null,
              ending: 'applied',
              action: 'a',
              tool: null,
              path: [],
              metaPromptId: sql`null`,
            },
            ...{ diff: sql`null`, decision: sql`null` },
          }),
        ]);
      }
    }
  };

  it("freezes promotion, takes the agent's plans of the window back, is told once, and thaws when memory helps again", async () => {
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
      ...{ frozen: true, recall: { runs: 30, successes: 5 }, control: { runs: 25, successes: 20 } },
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

  it('is not judged by too few runs', async () => {
    await runs('few', 'recall', 0, 19);
    expect(await stage.get(DriftService).check('few')).toMatch(/too few/);
  });
});
