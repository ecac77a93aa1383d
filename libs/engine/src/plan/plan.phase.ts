import { Injectable } from '@nestjs/common';
import {
  frame,
  type Action,
  type NewFrame,
  type RankedFragment,
  type ResolutionSource,
  type StartParams,
  type Tree,
} from '@assent/contract';
import { NOTHING_RECALLED, RecallService, noteRecall, type Recalled } from '@assent/memory';
import type { RunPart } from '@assent/platform';
import {
  TreeRepository,
  insertTree,
  insertTurn,
  resolutionOf,
  treeFrames,
  type DecisionPlan,
  type NewResolution,
  type Plan,
  type ReadsPlan,
  type StepPlan,
} from '@assent/planner';
import { ended, type PhaseResult, type RunPhase } from '../step/phase';
import type { StepEvent } from '../step/run.machine';
import type { StepContext } from '../step/step.context';
import { storeResolutions } from '../step/resolution.writes';
import { StepLimits, outOfSteps } from '../step/step.limits';
import { CallerPlans } from './caller.plans';
import { DryRunner, type DryRuns } from './dry.runs';
import { ModelSteps } from './model.steps';

/** Source of assumptions that a model resolves from its observations. */
const OBSERVATION: ResolutionSource = 'observation';

/** Facts -> trace -> tree of assumptions -> scores -> choice. */
@Injectable()
export class PlanPhase implements RunPhase {
  constructor(
    private readonly limits: StepLimits,
    private readonly callers: CallerPlans,
    private readonly models: ModelSteps,
    private readonly memory: RecallService,
    private readonly trees: TreeRepository,
    private readonly dryRunner: DryRunner,
  ) {}

  run(context: StepContext): Promise<PhaseResult> {
    return context.run.modelPlanned ? this.byModel(context) : this.byCaller(context);
  }

  private async byCaller(context: StepContext): Promise<PhaseResult> {
    const { step } = context.run;
    const params = await context.params();
    const recalling = step === 1 ? this.recall(context, params) : Promise.resolve(NOTHING_RECALLED);
    const [recalled, plan] = await Promise.all([recalling, this.planOf(context, params, recalling)]);
    if (!plan) return onlyQuestions(params.actions?.[0]);
    const given = step === 1 ? traceFrames(step, params) : [];
    return planned(context, plan, { before: [...recallFrames(step, recalled), ...given], recalled });
  }

  /** Only a model reads recalled fragments. @returns null when every action is a question that was already asked */
  private async planOf(context: StepContext, params: StartParams, recalling: Promise<Recalled>): Promise<Plan | null> {
    if (context.run.step > 1) return this.callers.replan(context.run);
    const composes = params.beliefs === undefined && this.models.isConfigured;
    return composes ? this.models.compose(context, (await recalling).fragments) : this.callers.plan(context);
  }

  private async byModel(context: StepContext): Promise<PhaseResult> {
    const { step, id } = context.run;
    const started = await context.startedReads();
    if (started) return { frames: [], writes: [], next: { kind: 'planned' }, carry: started };
    const params = await context.params();
    // A question takes a step too, and its answer leads here without passing the observe phase.
    const maxSteps = this.limits.maxSteps(params);
    if (step > maxSteps) throw outOfSteps(id, maxSteps);
    const recalled = await this.recall(context, params);
    const dryRuns = await this.dryRunner.of(context);
    const plan = await this.models.plan(context, recalled.fragments, dryRuns);
    if (plan.kind === 'reads') return reads(context, plan, recalled);
    return withDraft(await this.decision(context, plan, recalled), plan.tree, dryRuns);
  }

  /** Commits a turn that decides on a change, a question or the end. */
  private async decision(context: StepContext, plan: DecisionPlan, recalled: Recalled): Promise<PhaseResult> {
    const { step } = context.run;
    const observed = await this.observed(context, plan);
    const before = [
      ...turnFrames(step, plan, recalled),
      ...observed.map(({ assumptionId, truth }) =>
        frame('assumption.resolved', step, { assumptionId, truth, source: OBSERVATION, actor: plan.source }),
      ),
    ];
    const result = planned(context, plan, { before, recalled });
    const { turn, steps, callId } = plan;
    return {
      ...result,
      frames: [...result.frames, ...(steps ? [frame('plan.updated', step, { steps: [...steps] })] : [])],
      carry: { ...result.carry, callId },
      writes: [
        ...result.writes,
        ...(turn ? [insertTurn({ ...turn, chosen: plan.tree.chosen.actionId })] : []),
        ...(observed.length === 0 ? [] : storeResolutions(observed, OBSERVATION, plan.source)),
      ],
    };
  }

  /** Assumptions that the model considers resolved, with the beliefs from its trees. */
  private async observed({ run }: StepContext, { observed }: DecisionPlan): Promise<NewResolution[]> {
    if (observed.length === 0) return [];
    const rows = await this.trees.assumptions(run.tenantId, run.id);
    return observed.flatMap(({ assumptionId, truth }) => {
      const row = rows.find(({ assumption }) => assumption.id === assumptionId);
      return row ? [resolutionOf(row.assumption, truth, row.step)] : [];
    });
  }

  private async recall({ run }: StepContext, { memory, goal }: StartParams): Promise<Recalled> {
    const { id, tenantId, requester: agent } = run;
    return memory === false ? NOTHING_RECALLED : this.memory.recall({ tenantId, agent }, goal, id);
  }
}

function planned(
  { run: { step, updatedAt } }: StepContext,
  plan: Plan,
  { before, recalled }: { before: readonly NewFrame[]; recalled: Recalled },
): PhaseResult {
  return {
    frames: [...before, ...treeFrames(step, plan)],
    writes: [insertTree(step, plan.tree), ...(step === 1 ? recallWrites(recalled) : [])],
    next: plannedBy(step, recalled),
    carry: { tree: plan.tree, plannedSince: updatedAt },
  };
}

/** Carries the dry run of the chosen change, so that the act phase need not repeat it. */
function withDraft(result: PhaseResult, { actions, chosen }: Tree, dryRuns: DryRuns): PhaseResult {
  const action = actions.find(({ id }) => id === chosen.actionId);
  const draft = action && dryRuns.draftOf(action);
  return draft ? { ...result, carry: { ...result.carry, draft } } : result;
}

/** A turn of reads has no tree. Its calls are stored with the model's text. */
function reads({ run: { step } }: StepContext, plan: ReadsPlan, recalled: Recalled): PhaseResult {
  return {
    frames: turnFrames(step, plan, recalled),
    writes: [
      insertTurn({ ...plan.turn, chosen: null, reads: plan.reads }),
      ...(step === 1 ? recallWrites(recalled) : []),
    ],
    next: plannedBy(step, recalled),
    carry: { reads: plan.reads },
  };
}

function turnFrames(step: number, { source, trace }: StepPlan, recalled: Recalled): NewFrame[] {
  return [
    ...(step === 1 ? recallFrames(step, recalled) : []),
    frame('trace.completed', step, { source, chars: trace.length }),
  ];
}

function plannedBy(step: number, { fragments }: Recalled): StepEvent {
  return { kind: 'planned', ...(step === 1 && { recalled: idsOf(fragments) }) };
}

/** Ends a step in which every action is a question that was already asked. */
function onlyQuestions(action: Pick<Action, 'id'> | undefined): PhaseResult {
  return ended({ kind: 'result', result: { kind: 'finished', actionId: action?.id ?? '' } });
}

/** Omits the frame when nothing was found in time and no ranker failed. */
function recallFrames(step: number, recalled: Recalled): NewFrame[] {
  const { fragments, arm, withheld, late, degraded, tokens, durationMs } = recalled;
  if (fragments.length === 0 && withheld.length === 0 && !late && degraded.every((why) => !why.startsWith('all')))
    return [];
  const listed = fragments.map(({ fragmentId, text, rank, similarity, credit, fused, scores, version, status }) => ({
    fragmentId,
    text,
    rank,
    similarity,
    credit,
    fused,
    scores,
    version,
    status,
  }));
  const how = { arm, late, degraded: [...degraded], withheld: [...withheld], tokens, durationMs };
  return [frame('memory.recalled', step, { fragments: listed, ...how })];
}

/** Records the found fragments, to compare runs that received them with runs that did not. */
function recallWrites({ fragments, arm, withheld }: Recalled): RunPart[] {
  const found = arm === 'control' ? withheld : idsOf(fragments);
  return found.length === 0 ? [] : [noteRecall(arm, found)];
}

function idsOf(fragments: readonly RankedFragment[]): string[] {
  return fragments.map(({ fragmentId }) => fragmentId);
}
function traceFrames(step: number, { trace }: StartParams): NewFrame[] {
  if (trace === undefined) return [];
  const parts = typeof trace === 'string' ? [trace] : trace;
  const chars = parts.reduce((sum, part) => sum + part.length, 0);
  return [
    ...parts.map((text) => frame('trace.delta', step, { text })),
    frame('trace.completed', step, { source: 'caller', chars }),
  ];
}
