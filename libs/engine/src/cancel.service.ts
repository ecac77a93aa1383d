import { Injectable } from '@nestjs/common';
import { AssentError, type Principal, type RunState } from '@assent/contract';
import { RunCommits, RunRepository, holdCancelled, type RunChange, type RunHead } from '@assent/runs';
import { CancelWrites } from './cancel.writes';
import { EngineMetrics } from './engine.metrics';
import { EngineService } from './engine.service';

/** Ends a run on request. */
@Injectable()
export class CancelService {
  constructor(
    private readonly runs: RunRepository,
    private readonly commits: RunCommits,
    private readonly engine: EngineService,
    private readonly ending: CancelWrites,
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

  private async change({ tenantId, subject }: Principal, run: RunHead, reason: string | null): Promise<RunChange> {
    const { frames, writes } = await this.ending.of(run, subject, reason);
    return { hold: holdCancelled(tenantId, run.id, frames.length), writes, frames };
  }
}

export function runNotFound(runId: string): AssentError {
  return new AssentError('not_found', `There is no run ${runId}: list them with run/list or GET /runs.`);
}
