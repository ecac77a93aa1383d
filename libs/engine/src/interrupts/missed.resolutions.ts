import { Injectable } from '@nestjs/common';
import { ResolutionRepository } from '@assent/planner';
import type { Log } from '@assent/platform';
import type { RunHead } from '@assent/runs';
import { RefutationService } from './refutation.service';

/**
 * Applies resolutions to a run that has just begun to wait and whose plan is older than they are. They were spread only to
 * runs that already waited.
 */
@Injectable()
export class MissedResolutions {
  constructor(
    private readonly resolutions: ResolutionRepository,
    private readonly refutations: RefutationService,
  ) {}

  /** Never rejects: the plan is committed, and a reviewer can still reject the chosen action. */
  async apply(run: RunHead, plannedSince: Date, log: Log): Promise<void> {
    try {
      for (const missed of await this.resolutions.resolvedMeanwhile(run, plannedSince)) {
        const { key, keyTruth, actor, runId: from, source, how } = missed;
        const isOwn = from === run.id;
        const finding = { key, keyTruth, actor, how, from, source: isOwn ? source : ('refutation' as const) };
        await this.refutations.apply(run.tenantId, run.id, { ...finding, byModel: source === 'observation' });
      }
    } catch (error) {
      log.error({ err: error }, 'could not apply the resolutions that the plan of the run missed');
    }
  }
}
