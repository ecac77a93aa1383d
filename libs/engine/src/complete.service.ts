import { Injectable } from '@nestjs/common';
import {
  AssentError,
  frame,
  isTerminal,
  type MethodParams,
  type MethodResult,
  type Outcome,
  type Principal,
  type Tree,
} from '@assent/contract';
import { LEARNT } from '@assent/memory';
import { howOf, type NewResolution } from '@assent/planner';
import { sql } from '@assent/platform';
import { RunCommits, RunRepository, recordOutcome, runNotFound, type RunRecord } from '@assent/runs';
import { CancelService } from './cancel.service';
import { RunLessons } from './learning/run.lessons';
import { RunAssumptions } from './interrupts/run.assumptions';
import { storeResolutions } from './step/resolution.writes';

const SOURCE = 'complete' as const;

type Verdict = MethodParams<'complete'>;
type Closed = MethodResult<'complete'>;

/** Records the outcome of a finished run, from which memory learns. */
@Injectable()
export class CompleteService {
  constructor(
    private readonly runs: RunRepository,
    private readonly commits: RunCommits,
    private readonly assumptions: RunAssumptions,
    private readonly lessons: RunLessons,
    private readonly cancels: CancelService,
  ) {}

  /**
   * Idempotent: repeating an outcome returns the same result. `abandoned` cancels a run that has not ended.
   * @throws AssentError not_found, invalid (unknown assumption), conflict (not ended, or a different outcome is
   * recorded)
   */
  async complete(principal: Principal, verdict: Verdict): Promise<Closed> {
    const { runId, outcome, note = null } = verdict;
    const tree = await this.assumptions.newestTree(principal.tenantId, runId);
    const resolved = await this.assumptions.read(principal.tenantId, runId, verdict.resolved ?? []);
    if (outcome === 'abandoned') await this.cancels.cancel(principal, runId, note);
    const run = await this.runs.find(principal.tenantId, runId);
    if (!run) throw runNotFound(runId);
    if (!isTerminal(run.state)) {
      const text = `Run ${run.id} is ${run.state}: wait for its end, or complete it with "abandoned".`;
      throw new AssentError('conflict', text, { state: run.state });
    }
    if (run.outcome) return this.repeated(run, tree, outcome);
    return this.write(principal, verdict, run, tree, resolved);
  }

  private async write(
    principal: Principal,
    verdict: Verdict,
    run: RunRecord,
    tree: Tree | undefined,
    resolved: readonly NewResolution[],
  ): Promise<Closed> {
    const { outcome } = verdict;
    const actor = principal.subject;
    const learning = tree ? await this.lessons.of(run, tree, verdict) : null;
    const frames = [
      ...resolved.map(({ assumptionId, truth, step, how }) =>
        frame('assumption.resolved', step, { assumptionId, truth, source: SOURCE, actor, ...howOf(how) }),
      ),
      frame('memory.recorded', run.step, { outcome, learnt: learning !== null }),
    ];
    const writes = [
      ...(resolved.length > 0 ? storeResolutions(resolved, SOURCE, actor) : []),
      ...(learning?.writes ?? []),
    ];
    const change = { run: recordOutcome(run.tenantId, run.id, outcome, frames.length), writes, frames };
    const closed = await this.commits.commit<{ fragmentId?: string; status?: string }>(
      learning ? { ...change, waits: true, returning: LESSON } : change,
    );
    if (!closed) return this.repeated((await this.runs.find(run.tenantId, run.id)) ?? run, tree, outcome);
    if (resolved.length > 0) this.assumptions.spread();
    const { state, fragmentId, status } = closed;
    return { runId: run.id, state, outcome, memory: fragmentId && status ? { fragmentId, status } : null };
  }

  /** Returns the first result again. */
  private async repeated(run: RunRecord, tree: Tree | undefined, outcome: Outcome): Promise<Closed> {
    if (run.outcome !== outcome) {
      const text = `Run ${run.id} was completed as ${run.outcome ?? 'nothing'} already: the first outcome stands.`;
      throw new AssentError('conflict', text, { state: run.state, outcome: run.outcome });
    }
    const memory = tree ? await this.lessons.find(run, tree, outcome) : null;
    return { runId: run.id, state: run.state, outcome, memory };
  }
}

const LESSON = sql`(select id from ${LEARNT}) as "fragmentId", (select status from ${LEARNT}) as status`;
