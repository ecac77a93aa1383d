import { Injectable } from '@nestjs/common';
import { AssentError, frame, type Principal, type RunState } from '@assent/contract';
import { endApprovals, voidDiffs } from '@assent/approvals';
import { cancelQuestions } from '@assent/planner';
import { RunCommits, RunRepository, holdCancelled } from '@assent/runs';
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
    const actor = principal.subject;
    const pending = (await this.requests.of([runId])).get(runId) ?? [];
    const frames = [
      ...pending.map(({ id }) => frame('request.resolved', run.step, { id, outcome: 'cancelled', actor })),
      frame('run.cancelled', run.step, { actor, reason }),
    ];
    const cancelled = await this.commits.afterOthers(runId, {
      hold: holdCancelled(principal.tenantId, runId, frames.length),
      writes: [endApprovals('cancelled', 'pending'), voidDiffs(), cancelQuestions()],
      frames,
    });
    if (!cancelled) return (await this.runs.findHead(principal.tenantId, runId))?.state ?? run.state;
    this.engine.drop(runId);
    this.metrics.committed(cancelled);
    return cancelled.state;
  }
}

export function runNotFound(runId: string): AssentError {
  return new AssentError('not_found', `There is no run ${runId}: list them with run/list or GET /runs.`);
}
