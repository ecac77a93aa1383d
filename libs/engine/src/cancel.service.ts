import { Injectable } from '@nestjs/common';
import { AssentError, frame, type Principal, type RunState } from '@assent/contract';
import { endApprovals, voidDiffs } from '@assent/approvals';
import { cancelQuestions } from '@assent/planner';
import { RunCommits, RunRepository, holdCancelled, type RunChange, type RunHead } from '@assent/runs';
import { cancelClientCalls } from '@assent/tools';
import { EngineMetrics } from './engine.metrics';
import { EngineService } from './engine.service';
import { PendingRequests } from './pending.requests';

/** Ends a run on request. */
@Injectable()
export class CancelService {
  constructor(
    private readonly runs: RunRepository,
    private readonly commits: RunCommits,
    private readonly engine: EngineService,
    private readonly requests: PendingRequests,
    private readonly metrics: EngineMetrics,
  ) {}

  /**
   * Idempotent: a run that has ended already answers with its state.
   * @throws AssentError not_found
   */
  async cancel(principal: Principal, runId: string, reason: string | null): Promise<RunState> {
    const run = await this.runs.findHead(principal.tenantId, runId);
    if (!run) throw runNotFound(runId);
    const cancelled = await this.commits.afterOthers(runId, () => this.change(principal, run, reason));
    if (!cancelled) return (await this.runs.findHead(principal.tenantId, runId))?.state ?? run.state;
    this.engine.drop(runId);
    this.metrics.committed(cancelled);
    return cancelled.state;
  }

  /** Read under the lock of the run: what was answered a moment ago is not cancelled as well. */
  private async change(
    { tenantId, subject: actor }: Principal,
    run: RunHead,
    reason: string | null,
  ): Promise<RunChange> {
    const pending = (await this.requests.of([run.id])).get(run.id) ?? [];
    const frames = [
      ...pending.map(({ id }) => frame('request.resolved', run.step, { id, outcome: 'cancelled', actor })),
      frame('run.cancelled', run.step, { actor, reason }),
    ];
    return {
      hold: holdCancelled(tenantId, run.id, frames.length),
      writes: [endApprovals('cancelled', 'pending'), voidDiffs(), cancelQuestions(), cancelClientCalls()],
      frames,
    };
  }
}

export function runNotFound(runId: string): AssentError {
  return new AssentError('not_found', `There is no run ${runId}: list them with run/list or GET /runs.`);
}
