import { Injectable } from '@nestjs/common';
import {
  AssentError,
  RUN_STATES,
  TERMINAL_STATES,
  frame,
  type MethodParams,
  type MethodResult,
  type Principal,
  type RunState,
} from '@assent/contract';
import { TreeRepository, howOf, resolutionOf, type NewResolution, type StepAssumption } from '@assent/planner';
import { RunCommits, RunRepository, appendFramesOnly, runNotFound } from '@assent/runs';
import { storeResolutions } from '../step/resolution.writes';
import { RefutationService } from './refutation.service';
import { RefutationSweep } from './refutation.sweep';

const SOURCE = 'assumption/resolve' as const;
const NOT_WAITING: readonly RunState[] = ['queued', 'running', ...TERMINAL_STATES];
/** Maximum attempts when the run starts or stops waiting between read and write. After them the caller has to retry. */
const MAX_ATTEMPTS = 5;

type Params = MethodParams<'assumption/resolve'>;
type Result = MethodResult<'assumption/resolve'>;

/** Resolves an assumption on behalf of a client, during the run or after its end. */
@Injectable()
export class ResolveService {
  constructor(
    private readonly trees: TreeRepository,
    private readonly runs: RunRepository,
    private readonly commits: RunCommits,
    private readonly refutations: RefutationService,
    private readonly sweep: RefutationSweep,
  ) {}

  /**
   * Idempotent: the first resolution of an assumption is final, and repeating it returns the same result.
   * @throws AssentError not_found (run, or no such assumption in any of its trees), conflict (resolved the other way)
   */
  async resolve(principal: Principal, params: Params): Promise<Result> {
    const { tenantId, subject: actor } = principal;
    const { runId, assumptionId, truth, how = 'observed' } = params;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const row = await this.find(tenantId, params);
      if (row.truth !== null) return this.answer(principal, params, row.truth);
      const resolution = resolutionOf(row.assumption, truth, row.step, how);
      const { key, keyTruth } = resolution;
      const finding = { key, keyTruth, source: SOURCE, actor, how, from: runId, byModel: false };
      const applied = await this.refutations.apply(tenantId, runId, finding);
      if (applied || (await this.note(principal, runId, resolution))) this.sweep.wake();
    }
    throw new AssentError('in_flight', `Run ${runId} is being changed right now: resolve ${assumptionId} again.`);
  }

  private async find(tenantId: string, { runId, assumptionId }: Params): Promise<StepAssumption> {
    const rows = await this.trees.assumptions(tenantId, runId);
    const row = rows.findLast(({ assumption: { id } }) => id === assumptionId);
    if (row) return row;
    if (!(await this.runs.findHead(tenantId, runId))) throw runNotFound(runId);
    throw new AssentError('not_found', `Run ${runId} has no assumption "${assumptionId}": tree/get lists them.`);
  }

  /** Records the resolution of a run that does not wait on a tree with the assumption. RefutationService handles the others. */
  private async note({ tenantId, subject }: Principal, runId: string, resolution: NewResolution): Promise<boolean> {
    const { assumptionId, truth, step, how } = resolution;
    const head = await this.runs.findHead(tenantId, runId);
    const states = head?.step === step ? NOT_WAITING : RUN_STATES;
    const run = await this.commits.commit({
      runId,
      run: appendFramesOnly(tenantId, runId, states, 1),
      writes: storeResolutions([resolution], SOURCE, subject),
      frames: [
        frame('assumption.resolved', step, { assumptionId, truth, source: SOURCE, actor: subject, ...howOf(how) }),
      ],
    });
    return run !== null;
  }

  private async answer(
    { tenantId }: Principal,
    { runId, assumptionId, truth }: Params,
    known: boolean,
  ): Promise<Result> {
    if (known !== truth) {
      throw new AssentError(
        'conflict',
        `Assumption "${assumptionId}" of run ${runId} was resolved as ${String(known)} already: the first resolution stands.`,
        { truth: known },
      );
    }
    const run = await this.runs.findHead(tenantId, runId);
    if (!run) throw runNotFound(runId);
    return { runId, assumptionId, truth, state: run.state };
  }
}
