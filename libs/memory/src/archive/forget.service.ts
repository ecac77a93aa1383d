import { Injectable } from '@nestjs/common';
import { AssentError } from '@assent/contract';
import { ForgetRepository } from './forget.repository';

/** Runs and fragments that are forgotten at once. */
const BATCH = 200;

/** What was found of a run or a person. */
export interface Forgotten {
  readonly runs: number;
  /** Fragments of which nothing is left. */
  readonly erased: number;
  /** Fragments that other runs have left too: the run was taken off them. */
  readonly kept: number;
}

/** Takes a run, or a person, out of memory: lessons, what was merged or distilled from them, plans, vectors, words. */
@Injectable()
export class ForgetService {
  constructor(private readonly memory: ForgetRepository) {}

  /**
   * Again finds nothing, and is no error; after a crash again goes on.
   * @throws AssentError invalid unless exactly one of the two is named
   */
  async forget(
    tenantId: string,
    actor: string,
    { runId, subject }: { readonly runId?: string | undefined; readonly subject?: string | undefined },
  ): Promise<Forgotten> {
    if (runId !== undefined && subject === undefined) return this.run(tenantId, actor, runId);
    if (runId === undefined && subject !== undefined) return this.subject(tenantId, actor, subject);
    throw new AssentError('invalid', 'Name a runId or a subject, and only one of them.', { pointer: '/runId' });
  }

  private async run(tenantId: string, actor: string, runId: string): Promise<Forgotten> {
    const forgotten = await this.runs(tenantId, [runId]);
    await this.memory.audit(tenantId, actor, { runId, ...forgotten });
    return forgotten;
  }

  /** Everything that the runs of a subject have left, and all that is kept for it as an agent. */
  private async subject(tenantId: string, actor: string, subject: string): Promise<Forgotten> {
    let total: Forgotten = { runs: 0, erased: 0, kept: 0 };
    for (;;) {
      const runIds = await this.memory.runsOf(tenantId, subject, null, BATCH);
      if (runIds.length === 0) break;
      const { runs, erased, kept } = await this.runs(tenantId, runIds);
      total = { runs: total.runs + runs, erased: total.erased + erased, kept: total.kept + kept };
    }
    for (;;) {
      const fragmentIds = await this.memory.fragmentsOf(tenantId, subject, BATCH);
      if (fragmentIds.length === 0) break;
      await this.memory.erasePlans(tenantId, fragmentIds);
      await this.memory.erase(tenantId, fragmentIds);
      total = { ...total, erased: total.erased + fragmentIds.length };
    }
    await this.memory.eraseMetaPrompts(tenantId, subject);
    // The subject is not named: that it was forgotten must not be what is left of it.
    await this.memory.audit(tenantId, actor, { ...total });
    return total;
  }

  private async runs(tenantId: string, runIds: readonly string[]): Promise<Forgotten> {
    const reached = await this.memory.reached(tenantId, runIds);
    const erase = reached.filter((fragment) => fragment.erase).map(({ fragmentId }) => fragmentId);
    const keep = reached.filter((fragment) => !fragment.erase).map(({ fragmentId }) => fragmentId);
    await this.memory.erasePlans(tenantId, [...runIds, ...erase]);
    await this.memory.erase(tenantId, erase);
    await this.memory.strip(tenantId, runIds, keep);
    await this.memory.eraseRuns(tenantId, runIds);
    return { runs: runIds.length, erased: erase.length, kept: keep.length };
  }
}
