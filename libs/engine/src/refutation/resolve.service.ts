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
import {
  TreeRepository,
  insertResolutions,
  resolutionOf,
  type NewResolution,
  type StepAssumption,
} from '@assent/planner';
import { RunCommits, RunRepository, holdTold } from '@assent/runs';
import { runNotFound } from '../cancel.service';
import { RefutationService } from './refutation.service';
import { RefutationSweep } from './refutation.sweep';

const SOURCE = 'assumption/resolve' as const;
const NOT_WAITING: readonly RunState[] = ['queued', 'running', ...TERMINAL_STATES];
/** A run changes sides (waiting or not) between a look and a write at most this often before the caller is told to come again. */
const MAX_TRIES = 5;

type Params = MethodParams<'assumption/resolve'>;
type Result = MethodResult<'assumption/resolve'>;

/** Takes a client's word on an assumption, while the run goes or after it has ended. */
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
   * The first word on an assumption stands; the same again answers the same.
   * @throws AssentError not_found (run, or no such assumption in any of its trees), conflict (settled the other way)
   */
  async resolve(principal: Principal, params: Params): Promise<Result> {
    const { tenantId, subject: actor } = principal;
    const { runId, assumptionId, truth } = params;
    for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
      const row = await this.find(tenantId, params);
      if (row.truth !== null) return this.answer(principal, params, row.truth);
      const resolution = resolutionOf(row.assumption, truth, row.step);
      const { key, keyTruth } = resolution;
      const told = await this.refutations.tell(tenantId, runId, {
        ...{ key, keyTruth, source: SOURCE, actor },
        from: runId,
        byModel: false,
      });
      if (told || (await this.note(principal, runId, resolution))) this.sweep.wake();
    }
    throw new AssentError('in_flight', `Run ${runId} is being changed right now: say it of ${assumptionId} again.`);
  }

  private async find(tenantId: string, { runId, assumptionId }: Params): Promise<StepAssumption> {
    const rows = await this.trees.assumptions(tenantId, runId);
    const row = rows.findLast(({ assumption: { id } }) => id === assumptionId);
    if (row) return row;
    if (!(await this.runs.findHead(tenantId, runId))) throw runNotFound(runId);
    throw new AssentError('not_found', `Run ${runId} has no assumption "${assumptionId}": tree/get lists them.`);
  }

  /** A run that does not wait on a tree with the assumption is only told; one that does is RefutationService's. */
  private async note({ tenantId, subject }: Principal, runId: string, resolution: NewResolution): Promise<boolean> {
    const { assumptionId, truth, step } = resolution;
    const head = await this.runs.findHead(tenantId, runId);
    const states = head?.step === step ? NOT_WAITING : RUN_STATES;
    const run = await this.commits.commit({
      hold: holdTold(tenantId, runId, states, 1),
      writes: [insertResolutions([resolution], SOURCE, subject)],
      frames: [frame('assumption.resolved', step, { assumptionId, truth, source: SOURCE, actor: subject })],
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
        `Assumption "${assumptionId}" of run ${runId} was settled as ${String(known)} already: the first word stands.`,
        { truth: known },
      );
    }
    const run = await this.runs.findHead(tenantId, runId);
    if (!run) throw runNotFound(runId);
    return { runId, assumptionId, truth, state: run.state };
  }
}
