import { Injectable } from '@nestjs/common';
import { ResolutionRepository } from '@assent/planner';
import type { Work } from '../work';
import { RefutationService } from './refutation.service';

/**
 * Tells a run that has just begun to wait what was settled while it made its plan: whoever spread that looked at waiting
 * runs only, and did not find it.
 */
@Injectable()
export class Latecomers {
  constructor(
    private readonly resolutions: ResolutionRepository,
    private readonly refutations: RefutationService,
  ) {}

  /** Never rejects: the plan is committed, and whoever decides on it can still be told by hand. */
  async tell({ run, plannedSince, log }: Work): Promise<void> {
    if (!plannedSince) return;
    try {
      for (const settled of await this.resolutions.settledMeanwhile(run.id, run.step, plannedSince)) {
        const { key, keyTruth, actor, runId: from, source } = settled;
        const isOwn = from === run.id;
        const finding = { key, keyTruth, actor, from, source: isOwn ? source : ('refutation' as const) };
        await this.refutations.tell(run.tenantId, run.id, { ...finding, byModel: source === 'observation' });
      }
    } catch (error) {
      log.error({ err: error }, 'the run could not be told what was settled while it made its plan');
    }
  }
}
