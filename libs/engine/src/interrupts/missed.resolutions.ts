import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ResolutionRepository, type PlannedRun, type UnspreadResolution } from '@assent/planner';
import type { Log } from '@assent/platform';
import type { RunHead } from '@assent/runs';
import { RefutationService } from './refutation.service';

/**
 * Runs of one tenant that began to wait in the same turn of the event loop, and the read of the resolutions that they
 * missed.
 */
interface Batch {
  readonly runs: PlannedRun[];
  readonly missed: ReturnType<ResolutionRepository['resolvedMeanwhile']>;
}

/**
 * Applies resolutions to a run that has just begun to wait and whose plan is older than they are. They were spread only to
 * runs that already waited.
 */
@Injectable()
export class MissedResolutions {
  private readonly batches = new Map<string, Batch>();

  constructor(
    private readonly resolutions: ResolutionRepository,
    private readonly refutations: RefutationService,
  ) {}

  /** Never rejects: the plan is committed, and a reviewer can still reject the chosen action. */
  async apply(run: RunHead, plannedSince: Date, log: Log): Promise<void> {
    try {
      for (const missed of await this.missedBy(run, plannedSince)) {
        const { key, keyTruth, actor, runId: from, source, how } = missed;
        const isOwn = from === run.id;
        const finding = { key, keyTruth, actor, how, from, source: isOwn ? source : ('refutation' as const) };
        await this.refutations.apply(run.tenantId, run.id, { ...finding, byModel: source === 'observation' });
      }
    } catch (error) {
      log.error({ err: error }, 'could not apply the resolutions that the plan of the run missed');
    }
  }

  /** Runs whose commits shared a transaction share the statement. It is sent after they wait. */
  private async missedBy(
    { id, tenantId, workspace, step }: RunHead,
    since: Date,
  ): Promise<readonly UnspreadResolution[]> {
    const batch = this.batches.get(tenantId) ?? this.open(tenantId);
    batch.runs.push({ id, workspace, step, since });
    return (await batch.missed).get(id) ?? [];
  }

  private open(tenantId: string): Batch {
    const runs: PlannedRun[] = [];
    const missed = nextTurn().then(() => {
      this.batches.delete(tenantId);
      return this.resolutions.resolvedMeanwhile(tenantId, runs);
    });
    const batch = { runs, missed };
    this.batches.set(tenantId, batch);
    return batch;
  }
}
