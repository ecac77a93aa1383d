import { Injectable } from '@nestjs/common';
import { frame, type Action, type NewFrame, type ResolutionSource, type StartParams } from '@assent/contract';
import { NOTHING_RECALLED, RecallService, noteRecall, type Recalled } from '@assent/memory';
import type { Cte } from '@assent/platform';
import {
  TreeRepository,
  insertResolutions,
  insertTree,
  resolutionOf,
  type NewResolution,
  type Plan,
  type StepPlan,
} from '@assent/planner';
import { CallerPlans } from '../planning/caller.plans';
import { ModelSteps } from '../planning/model.steps';
import { RunFacts, outOfSteps } from '../planning/run.facts';
import { transition } from '../run.machine';
import type { PhaseResult, RunPhase, Work } from '../work';

/** Who settles an assumption by what was seen. */
const OBSERVATION: ResolutionSource = 'observation';

/** Facts -> trace -> tree of assumptions -> scores -> choice. */
@Injectable()
export class PlanPhase implements RunPhase {
  constructor(
    private readonly facts: RunFacts,
    private readonly callers: CallerPlans,
    private readonly models: ModelSteps,
    private readonly memory: RecallService,
    private readonly trees: TreeRepository,
  ) {}

  async run(work: Work): Promise<PhaseResult> {
    const params = await this.facts.params(work);
    work.plannedSince = work.run.updatedAt;
    return work.run.modelPlanned ? this.byModel(work, params) : this.byCaller(work, params);
  }

  private async byCaller(work: Work, params: StartParams): Promise<PhaseResult> {
    const { step } = work.run;
    const recalled = step === 1 ? await this.recall(work, params) : NOTHING_RECALLED;
    const plan = await this.callers.plan(work, params, recalled.fragments);
    if (!plan) return allAsked(work, params.actions?.[0]);
    const given = step === 1 ? traceFrames(step, params) : [];
    return planned(work, plan, { before: [...recallFrames(step, recalled), ...given], recalled });
  }

  private async byModel(work: Work, params: StartParams): Promise<PhaseResult> {
    const { step } = work.run;
    // A question takes a step too, and ends it without coming past the observer.
    const most = this.facts.mostSteps(params);
    if (step > most) throw outOfSteps(work.run.id, most);
    const recalled = await this.recall(work, params);
    const plan = await this.models.plan(work, params, recalled.fragments);
    const observed = await this.observed(work, plan);
    const before = [
      ...(step === 1 ? recallFrames(step, recalled) : []),
      frame('trace.completed', step, { source: plan.source, chars: plan.trace.length }),
      ...observed.map(({ assumptionId, truth }) =>
        frame('assumption.resolved', step, { assumptionId, truth, source: OBSERVATION, actor: plan.source }),
      ),
    ];
    const result = planned(work, plan, { before, recalled });
    if (observed.length === 0) return result;
    return { ...result, writes: [...result.writes, insertResolutions(observed, OBSERVATION, plan.source)] };
  }

  /** What the model takes for settled, with what its trees had believed of it. */
  private async observed({ run }: Work, { observed }: StepPlan): Promise<NewResolution[]> {
    if (observed.length === 0) return [];
    const rows = await this.trees.assumptions(run.tenantId, run.id);
    return observed.flatMap(({ assumptionId, truth }) => {
      const row = rows.find(({ assumption }) => assumption.id === assumptionId);
      return row ? [resolutionOf(row.assumption, truth, row.step)] : [];
    });
  }

  private async recall({ run }: Work, { memory, goal }: StartParams): Promise<Recalled> {
    const { id, tenantId, requester: agent } = run;
    return memory === false ? NOTHING_RECALLED : this.memory.recall({ tenantId, agent }, goal, id);
  }
}

function planned(
  work: Work,
  plan: Plan,
  { before, recalled }: { before: readonly NewFrame[]; recalled: Recalled },
): PhaseResult {
  const { step } = work.run;
  work.plan = plan;
  return {
    frames: [...before, ...treeFrames(step, plan)],
    writes: [insertTree(step, plan.tree), ...(step === 1 ? recallWrites(recalled) : [])],
    next: {
      ...transition(step, { kind: 'planned' }),
      ...(step === 1 ? { recalled: recalled.fragments.map(({ fragmentId }) => fragmentId) } : {}),
    },
    settle: false,
  };
}

/** Nothing is left to choose from: there were questions only. */
function allAsked(work: Work, action: Pick<Action, 'id'> | undefined): PhaseResult {
  work.outcome = { kind: 'result', result: { kind: 'finished', actionId: action?.id ?? '' } };
  return { frames: [], writes: [], next: transition(work.run.step, { kind: 'ended' }), settle: false };
}

/** Nothing to tell of when nothing was found in time. */
function recallFrames(step: number, recalled: Recalled): NewFrame[] {
  const { fragments, arm, withheld, late, degraded, tokens, durationMs } = recalled;
  if (fragments.length === 0 && withheld.length === 0 && !late && degraded.every((why) => !why.startsWith('all')))
    return [];
  const told = fragments.map(({ fragmentId, text, rank, similarity, credit, fused, scores, version, status }) => ({
    ...{ fragmentId, text, rank, similarity, credit, fused, scores, version, status },
  }));
  const how = { arm, late, degraded: [...degraded], withheld: [...withheld], tokens, durationMs };
  return [frame('memory.recalled', step, { fragments: told, ...how })];
}

/** What was found, for the comparison of runs that were given it with those that were not. */
function recallWrites({ fragments, arm, withheld }: Recalled): Cte[] {
  const found = arm === 'control' ? withheld : fragments.map(({ fragmentId }) => fragmentId);
  return found.length === 0 ? [] : [noteRecall(arm, found)];
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

function treeFrames(step: number, plan: Plan): NewFrame[] {
  const { tree, paths } = plan;
  const { actionId, mode, U, margin } = tree.chosen;
  return [
    ...tree.assumptions
      .filter(({ resolved }) => resolved === null)
      .map(({ id, text, p }) => frame('assumption.added', step, { assumptionId: id, text, p })),
    frame('tree.built', step, {
      treeId: tree.id,
      composer: plan.composer,
      degraded: plan.degraded,
      assumptions: tree.assumptions.length,
      leaves: paths.length,
      inputHash: tree.inputHash,
      warnings: plan.warnings,
    }),
    ...paths.map(({ leafId, path, actionId: leafAction, L, G, C, U: leafU }) =>
      frame('path.scored', step, { treeId: tree.id, leafId, path: [...path], actionId: leafAction, L, G, C, U: leafU }),
    ),
    frame('path.chosen', step, { treeId: tree.id, actionId, mode, U, margin, modesAgree: tree.modesAgree }),
  ];
}
