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
import { creditRecalled } from '@assent/memory';
import { insertResolutions, type NewResolution } from '@assent/planner';
import { sql } from '@assent/platform';
import { RunCommits, RunRepository, holdVerdict, type RunRecord } from '@assent/runs';
import { CancelService, runNotFound } from './cancel.service';
import { RunLessons } from './learning/run.lessons';
import { RunAssumptions } from './refutation/run.assumptions';

const SOURCE = 'complete' as const;

type Verdict = MethodParams<'complete'>;
type Closed = MethodResult<'complete'>;

/** Closes a finished run with a verdict, from which memory learns. */
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
   * The same verdict again answers the same. `abandoned` cancels a run that is still going.
   * @throws AssentError not_found, invalid (unknown assumption), conflict (still going, or another verdict stands)
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
    const learning = tree ? this.lessons.of(run, tree, verdict) : null;
    const frames = [
      ...resolved.map(({ assumptionId, truth, step }) =>
        frame('assumption.resolved', step, { assumptionId, truth, source: SOURCE, actor }),
      ),
      frame('memory.recorded', run.step, { outcome, learnt: learning !== null }),
    ];
    const hold = holdVerdict(run.tenantId, run.id, outcome, frames.length);
    const writes = [
      creditRecalled(outcome),
      ...(resolved.length > 0 ? [insertResolutions(resolved, SOURCE, actor)] : []),
      ...(learning?.writes ?? []),
    ];
    const closed = await this.commits.commit<{ fragmentId?: string; status?: string }>(
      learning ? { waits: true, hold, writes, frames, returning: LEARNT } : { hold, writes, frames },
    );
    if (!closed) return this.repeated((await this.runs.find(run.tenantId, run.id)) ?? run, tree, outcome);
    if (resolved.length > 0) this.assumptions.spread();
    const { state, fragmentId, status } = closed;
    return { runId: run.id, state, outcome, memory: fragmentId && status ? { fragmentId, status } : null };
  }

  /** The answer of the first time: whoever lost it gets it again. */
  private async repeated(run: RunRecord, tree: Tree | undefined, outcome: Outcome): Promise<Closed> {
    if (run.outcome !== outcome) {
      const text = `Run ${run.id} was completed as ${run.outcome ?? 'nothing'} already: the first verdict stands.`;
      throw new AssentError('conflict', text, { state: run.state, outcome: run.outcome });
    }
    const memory = tree ? await this.lessons.find(run, tree, outcome) : null;
    return { runId: run.id, state: run.state, outcome, memory };
  }
}

const LEARNT = sql`(select id from learnt) as "fragmentId", (select status from learnt) as status`;
