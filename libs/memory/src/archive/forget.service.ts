import { Injectable } from '@nestjs/common';
import { AssentError } from '@assent/contract';
import { MemoryDependencies } from '../memory.dependencies';
import { PlanService } from '../plans/plan.service';
import { ForgetRepository, type PlansOf } from './forget.repository';

/** Maximum number of runs and fragments that are forgotten in one batch. */
const BATCH = 200;

/** What was erased for a run or a person. */
export interface Forgotten {
  readonly runs: number;
  /** Number of fragments that were erased. */
  readonly erased: number;
  /** Number of fragments that other runs also left, from which the run was removed. */
  readonly kept: number;
}

/**
 * Removes a run, or a person, from memory (lessons, merges, distilled lessons, plans, vectors, words) and from the
 * run's own log.
 */
@Injectable()
export class ForgetService {
  constructor(
    private readonly memory: ForgetRepository,
    private readonly plans: PlanService,
    private readonly dependencies: MemoryDependencies,
  ) {}

  /**
   * Idempotent, and resumes after a crash.
   * @throws AssentError invalid unless exactly one of the two is named; conflict, before anything is erased, while a
   * run has not ended
   */
  async forget(
    tenantId: string,
    actor: string,
    { runId, subject }: { readonly runId?: string | undefined; readonly subject?: string | undefined },
  ): Promise<Forgotten> {
    if (runId !== undefined && subject === undefined) return this.run(tenantId, actor, runId);
    if (runId === undefined && subject !== undefined) return this.subject(tenantId, actor, subject);
    throw new AssentError('invalid', 'Name either a runId or a subject. Exactly one of them is required.', {
      pointer: '/runId',
    });
  }

  private async run(tenantId: string, actor: string, runId: string): Promise<Forgotten> {
    await this.requireFinished(tenantId, { runId });
    const forgotten = await this.runs(tenantId, actor, [runId]);
    await this.memory.audit(tenantId, actor, { runId, ...forgotten });
    return forgotten;
  }

  /** Everything that the runs of a subject left, and everything stored for it as an agent. */
  private async subject(tenantId: string, actor: string, subject: string): Promise<Forgotten> {
    await this.requireFinished(tenantId, { subject });
    let total: Forgotten = { runs: 0, erased: 0, kept: 0 };
    await this.erasePlans(tenantId, actor, { agent: subject });
    for (let after: string | null = null; ;) {
      const runIds: string[] = await this.memory.runsOf(tenantId, subject, after, BATCH);
      after = runIds.at(-1) ?? null;
      if (after === null) break;
      const { runs, erased, kept } = await this.runs(tenantId, actor, runIds);
      total = { runs: total.runs + runs, erased: total.erased + erased, kept: total.kept + kept };
    }
    for (;;) {
      const fragmentIds = await this.memory.fragmentsOf(tenantId, subject, BATCH);
      if (fragmentIds.length === 0) break;
      await this.erasePlans(tenantId, actor, { ids: fragmentIds });
      await this.memory.erase(tenantId, fragmentIds);
      total = { ...total, erased: total.erased + fragmentIds.length };
    }
    await this.memory.eraseSearches(tenantId, subject);
    await this.memory.eraseMetaPrompts(tenantId, subject);
    // The subject is not named, because its name must not remain.
    await this.memory.audit(tenantId, actor, { ...total });
    return total;
  }

  private async erasePlans(tenantId: string, actor: string, plans: PlansOf): Promise<void> {
    await this.refusePlans(tenantId, actor, plans);
    await this.memory.erasePlans(tenantId, plans);
  }

  /** An open plan would restore erased text, so it is rejected and its approval withdrawn. */
  private async refusePlans(tenantId: string, actor: string, plans: PlansOf): Promise<void> {
    for (const planId of await this.memory.openPlans(tenantId, plans)) {
      await this.plans.refuse({ tenantId, subject: actor, origin: 'plan' }, planId);
      await this.dependencies.withdrawApproval(tenantId, planId, actor);
    }
  }

  private async requireFinished(
    tenantId: string,
    of: { readonly runId: string } | { readonly subject: string },
  ): Promise<void> {
    const run = await this.memory.unfinished(tenantId, of);
    if (!run) return;
    throw new AssentError(
      'conflict',
      `Run ${run.id} is ${run.state}, and its later writes could not be erased: nothing was. Cancel it with run/cancel or let it end, then forget it.`,
      { pointer: 'runId' in of ? '/runId' : '/subject' },
    );
  }

  private async runs(tenantId: string, actor: string, runIds: readonly string[]): Promise<Forgotten> {
    await this.refusePlans(tenantId, actor, { ids: runIds });
    const reached = await this.memory.reached(tenantId, runIds);
    const erase = reached.filter((fragment) => fragment.erase).map(({ fragmentId }) => fragmentId);
    const keep = reached.filter((fragment) => !fragment.erase).map(({ fragmentId }) => fragmentId);
    await this.erasePlans(tenantId, actor, { ids: [...runIds, ...erase] });
    await this.memory.erase(tenantId, erase);
    await this.memory.strip(tenantId, runIds, keep);
    await this.memory.eraseRuns(tenantId, runIds);
    // One run per transaction, because a run can have very many frames.
    for (const runId of runIds) await this.memory.eraseRunTexts(tenantId, runId);
    return { runs: runIds.length, erased: erase.length, kept: keep.length };
  }
}
