import type { Action, ActionInput, BeliefSource, ScoredPath, Tree } from '@assent/contract';
import { withCalibration, type CalibrationMap } from './calibration/recalibrated';
import { drawLearned } from './learned/draw';
import type { Experience } from './learned/experience';
import type { Study } from './study';
import { EPSILON_U } from './numbers';
import { completeActions, completeParams } from './params';
import { readBeliefs, type ReadBeliefs } from './read-beliefs';
import { NO_COMPOSER, type TraceComposer } from './trace.composer';
import { readInput, type PlanInput } from './validate';

/** One step to plan. Given beliefs are used as they are; otherwise the composer reads them from the trace, offline. */
export interface PlanRequest extends PlanInput {
  /** Id of the new tree; unique per step of a run. */
  readonly treeId: string;
  readonly goal: string;
  readonly actions: readonly ActionInput[];
  /** What the agent knows and did, for planners with a model. Not used for given beliefs and traces. */
  readonly context?: string;
  readonly history?: readonly string[];
  /** Maps the probabilities before scoring. A map for another source than these beliefs only causes a warning. */
  readonly recalibration?: CalibrationMap;
  /** Learned values of earlier runs; absent: nothing is read. */
  readonly experience?: Experience;
}

export interface Plan {
  readonly tree: Tree;
  readonly composer: BeliefSource;
  /** The choice is poorly supported, because nothing in the trace speaks for an action. */
  readonly degraded: boolean;
  readonly warnings: string[];
  /** One per leaf, best first, at most 64, for the `path.scored` frames. */
  readonly paths: ScoredPath[];
}

/** Plans one step. The same request gives the same bytes. @throws AssentError `invalid`, with a pointer into the request */
export async function plan(request: PlanRequest, composer: TraceComposer = NO_COMPOSER): Promise<Plan> {
  const beliefs = readInput(request);
  const actions = completeActions(request.actions, request.effectOf);
  if (beliefs) return { composer: 'caller', degraded: false, ...(await treeOf(beliefs, 'caller', actions, request)) };
  const composed = await composer.compose(request.trace ?? [], actions);
  const read = readBeliefs(composed, new Set(actions.map(({ id }) => id)), '/trace', 'lenient');
  const { tree, paths, warnings } = await treeOf(read, 'lexical', actions, request);
  return {
    tree,
    composer: 'lexical',
    degraded: composed.degraded,
    warnings: [...composed.warnings, ...warnings],
    paths,
  };
}

async function treeOf(
  given: ReadBeliefs,
  source: BeliefSource,
  actions: readonly Action[],
  request: PlanRequest,
): Promise<Pick<Plan, 'tree' | 'paths' | 'warnings'>> {
  const beliefs = withCalibration(given, source, request.recalibration);
  const params = completeParams(request.params ?? {}, beliefs.gains !== null);
  const input = { beliefs, actions, params, resolutions: request.resolutions ?? {} };
  const { tree, paths, studied, problems } = await drawLearned(input, request, {
    experience: request.experience,
    source,
  });
  return { tree, paths, warnings: [...studied.model.warnings, ...idleWarnings(tree, studied), ...problems] };
}

/** Warns when doing nothing wins over tools with a higher gain: correct if the costs are intended, surprising if they are defaults. */
function idleWarnings({ actions, chosen, params }: Tree, { model, prospect }: Study): string[] {
  const index = actions.findIndex(({ id }) => id === chosen.actionId);
  if (!['finish', 'noop'].includes(actions[index]?.kind ?? '')) return [];
  const gains = Array.from(prospect.gains.under(model.joint).values);
  const dearer = gains.some(
    (gain, action) => actions[action]?.kind === 'tool' && gain > (gains[index] ?? 0) + EPSILON_U,
  );
  if (!dearer) return [];
  return [
    `${chosen.actionId} is chosen although a tool gains more: at lambda ${params.lambda} each costs more than it gains. Lower lambda or the efforts to weigh gain higher.`,
  ];
}
