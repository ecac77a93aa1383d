import { Inject, Injectable } from '@nestjs/common';
import { Config, LOG, type Log } from '@assent/platform';
import { FamilyRepository } from '../families/family.repository';
import { MemoryDependencies } from '../memory.dependencies';
import { withinMs } from '../recall/within';
import { PriorRepository, type OutcomeScope, type OutcomeTally } from './prior.repository';

/** Outcomes by subject, and the reason if they could not be read. */
export interface OutcomeTallies {
  readonly byKey: ReadonlyMap<string, OutcomeTally>;
  /** A sentence; null: they could be read. */
  readonly problem: string | null;
}

/**
 * Earlier outcomes for planning. It never fails a run: outcomes that cannot be read in time are left out, and the plan
 * says so.
 */
@Injectable()
export class PriorService {
  constructor(
    private readonly priors: PriorRepository,
    private readonly families: FamilyRepository,
    private readonly dependencies: MemoryDependencies,
    private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** By canonical statement. */
  statements(scope: OutcomeScope, keys: readonly string[]): Promise<OutcomeTallies> {
    return this.inTime('statements', this.priors.statements(scope, keys));
  }

  /** By signature of the action, in the family of the goal. @param family as the caller named it */
  actions(scope: OutcomeScope, goal: string, family: string | undefined): Promise<OutcomeTallies> {
    return this.inTime('actions', this.ofFamily(scope, goal, family));
  }

  private async ofFamily(
    scope: OutcomeScope,
    goal: string,
    name: string | undefined,
  ): Promise<ReadonlyMap<string, OutcomeTally>> {
    const { family } = await this.families.of(scope.tenantId, this.dependencies.redact(goal), name);
    return this.priors.actions(scope, family);
  }

  private async inTime(what: string, work: Promise<ReadonlyMap<string, OutcomeTally>>): Promise<OutcomeTallies> {
    const problem = `What earlier runs have found of ${what} could not be read; the plan goes on without.`;
    try {
      const byKey = await withinMs(work, this.config.env.MEMORY_RECALL_MS);
      return byKey === 'late' ? { byKey: new Map(), problem } : { byKey, problem: null };
    } catch (error) {
      this.log.warn({ err: error }, `could not read the outcomes of ${what}; the plan goes on without`);
      return { byKey: new Map(), problem };
    }
  }
}
