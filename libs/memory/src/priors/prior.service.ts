import { Inject, Injectable } from '@nestjs/common';
import { Config, LOG, type Log } from '@assent/platform';
import { FamilyRepository } from '../families/family.repository';
import { MemoryDependencies } from '../memory.dependencies';
import { withinMs } from '../recall/within';
import { PriorRepository, type OutcomeScope, type Outcomes } from './prior.repository';

/** Outcomes, and the reason if they could not be read. */
export interface ReadOutcomes extends Outcomes {
  /** A sentence; null: they could be read. */
  readonly problem: string | null;
}

/** The goal of a run, and its family as the caller named it. */
export interface GoalOfFamily {
  readonly goal: string;
  readonly family?: string | undefined;
}

const PROBLEM = 'The outcomes of earlier runs could not be read; the plan continues without them.';
const NOTHING: ReadOutcomes = { statements: new Map(), actions: new Map(), problem: PROBLEM };

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

  async outcomes(scope: OutcomeScope, goal: GoalOfFamily, statements: readonly string[]): Promise<ReadOutcomes> {
    try {
      const outcomes = await withinMs(this.read(scope, goal, statements), this.config.env.MEMORY_RECALL_MS);
      return outcomes === 'late' ? NOTHING : { ...outcomes, problem: null };
    } catch (error) {
      this.log.warn({ err: error }, 'could not read the outcomes of earlier runs; the plan continues without them');
      return NOTHING;
    }
  }

  private async read(
    scope: OutcomeScope,
    { goal, family }: GoalOfFamily,
    statements: readonly string[],
  ): Promise<Outcomes> {
    const key = await this.families.expressionOf(scope.tenantId, this.dependencies.redact(goal), family);
    return this.priors.outcomes(scope, statements, key);
  }
}
