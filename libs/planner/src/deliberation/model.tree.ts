import type { Action, BeliefSource, PlannerParams } from '@assent/contract';
import { withCalibration, type CalibrationMap } from '../calibration/recalibrated';
import { drawLearned } from '../learned/draw';
import type { Experience } from '../learned/experience';
import { completeActions, completeParams, type KnownAction } from '../params';
import type { Plan } from '../plan';
import { readBeliefs, type GivenBeliefs } from '../read-beliefs';
import type { TraceComposer } from '../trace.composer';

export interface TreeHeading {
  readonly treeId: string;
  readonly step: number;
  readonly goal: string;
  readonly params: PlannerParams;
  /** Source of the probabilities. */
  readonly source: BeliefSource;
  readonly recalibration?: CalibrationMap;
  readonly experience?: Experience;
}

/** Builds a tree from beliefs that are already checked. */
export async function treeOf(
  beliefs: GivenBeliefs,
  actions: readonly KnownAction[],
  { treeId, step, goal, params, source, recalibration, experience }: TreeHeading,
): Promise<Pick<Plan, 'tree' | 'paths' | 'warnings'>> {
  const complete = completeActions(actions.map((action) => ownedAction(step, action)));
  const given = readBeliefs(ownedBy(step, beliefs), new Set(complete.map(({ id }) => id)), '/beliefs', 'lenient');
  const read = withCalibration(given, source, recalibration);
  const input = {
    beliefs: read,
    actions: complete,
    params: completeParams(params, read.gains !== null),
    resolutions: {},
  };
  const { tree, paths, studied, problems } = await drawLearned(input, { treeId, goal }, { experience, source });
  return { tree, paths, warnings: [...studied.model.warnings, ...problems] };
}

/** Beliefs that the offline composer reads from a trace. Without a trace, the first proposed action counts as named. */
export async function lexicalBeliefs(
  trace: string,
  actions: readonly Action[],
  composer: TraceComposer,
): Promise<{ beliefs: GivenBeliefs; warnings: readonly string[] }> {
  const [first] = actions;
  const spoken = trace.trim() === '' && first ? `${first.label}.` : trace;
  const composed = await composer.compose(spoken, completeActions(actions));
  return { beliefs: composed, warnings: composed.warnings };
}

/** Prefixes an id with the step, because every step makes new assumptions and resolutions are stored by run. */
function ownId(step: number, id: string): string {
  return `s${step}.${id}`;
}

function ownedAction(step: number, action: KnownAction): KnownAction {
  const { assumptionIds } = action;
  return assumptionIds ? { ...action, assumptionIds: assumptionIds.map((id) => ownId(step, id)) } : action;
}

function ownedBy(step: number, { assumptions, associations = [], gains = [] }: GivenBeliefs): GivenBeliefs {
  const own = (id: string) => ownId(step, id);
  const ownCase = (when: Readonly<Record<string, boolean>>) =>
    Object.fromEntries(Object.entries(when).map(([id, value]) => [own(id), value]));
  return {
    assumptions: assumptions.map((assumption) => ({
      ...assumption,
      id: own(assumption.id),
      excludes: (assumption.excludes ?? []).map(own),
      given: (assumption.given ?? []).map(({ when, p }) => ({ when: ownCase(when), p })),
    })),
    associations: associations.map((association) => ({ ...association, assumptionId: own(association.assumptionId) })),
    gains: gains.map((row) => ({ ...row, when: ownCase(row.when) })),
  };
}
