import { Inject, Injectable } from '@nestjs/common';
import { LOG, Sweeper, isTransient, type Log, type Sweep } from '@assent/platform';
import { ResolutionRepository, TreeRepository, resolutionKey, type UnspreadResolution } from '@assent/planner';
import { waitingRuns } from '@assent/runs';
import { RefutationService } from './refutation.service';

const EVERY_MS = 2_000;

/**
 * Spreads resolutions of one run to the waiting runs of the same workspace with the same assumption. The rows record which
 * resolutions are left to spread, so another replica finishes the work of a dead one.
 */
@Injectable()
export class RefutationSweep {
  private readonly sweep: Sweep;

  constructor(
    private readonly resolutions: ResolutionRepository,
    private readonly trees: TreeRepository,
    private readonly refutations: RefutationService,
    sweeper: Sweeper,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.sweep = sweeper.items<UnspreadResolution>({
      name: 'resolutions',
      everyMs: EVERY_MS,
      find: (limit, except) => resolutions.unspread(limit, except),
      keyOf: resolutionKey,
      handle: (resolution) => this.spread(resolution),
    });
  }

  /** Starts a pass at once after a resolution. */
  wake(): void {
    this.sweep.wake();
  }

  /** @throws the first transient failure, after every run was attempted */
  private async spread(resolution: UnspreadResolution): Promise<boolean> {
    const { tenantId, workspace, key, keyTruth, actor, runId: from, source, how } = resolution;
    const byModel = source === 'observation';
    const finding = { key, keyTruth, actor, how, source: 'refutation' as const, from, byModel };
    const transient: unknown[] = [];
    for (const runId of await this.trees.waitingOn(waitingRuns(tenantId, workspace), key)) {
      if (runId === from) continue;
      try {
        const changed = await this.refutations.apply(tenantId, runId, finding);
        this.log.info({ runId, from, changed }, 'spread a resolution to a waiting run');
      } catch (error) {
        if (isTransient(error)) transient.push(error);
        else
          this.log.error({ err: error, runId, from }, 'could not spread a resolution to a run; the run keeps waiting');
      }
    }
    if (transient.length > 0) throw transient[0];
    await this.resolutions.markSpread(resolution);
    return true;
  }
}
