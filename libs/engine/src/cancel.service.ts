import { Injectable } from '@nestjs/common';
import type { Principal, RunState } from '@assent/contract';
import { RunCommits, RunRepository, cancelRun, runNotFound, type RunChange, type RunHead } from '@assent/runs';
import { CancelWrites } from './cancel.writes';
import { EngineMetrics } from './engine.metrics';
import { EngineService } from './engine.service';

/** Cancels runs. */
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
   * Idempotent: for a run that has already ended it returns its state.
   * @throws AssentError not_found
   */
  async cancel(principal: Principal, runId: string, reason: string | null): Promise<RunState> {
    const run = await this.runs.findHead(principal.tenantId, runId);
    if (!run) throw runNotFound(runId);
    const cancelled = await this.commits.commitSerialized(runId, () => this.change(principal, run, reason));
    if (!cancelled) return (await this.runs.findHead(principal.tenantId, runId))?.state ?? run.state;
    this.engine.drop(runId);
    this.metrics.committed(cancelled);
    return cancelled.state;
  }

  private async change({ tenantId, subject }: Principal, run: RunHead, reason: string | null): Promise<RunChange> {
    const { frames, writes } = await this.ending.of(run, subject, reason);
    return { run: cancelRun(tenantId, run.id, frames.length), writes, frames };
  }
}
