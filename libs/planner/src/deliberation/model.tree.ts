import type { Action, BeliefSource, PlannerParams } from '@assent/contract';
import { withCalibration, type CalibrationMap } from '../calibration/recalibrated';
import { draw } from '../draw';
import { composeFromTrace } from '../lexical/lexical.composer';
import { completeActions, completeParams } from '../params';
import type { Plan } from '../plan';
import { readBeliefs, type GivenBeliefs } from '../read-beliefs';

export interface TreeHeading {
  readonly treeId: string;
  readonly step: number;
  readonly goal: string;
  readonly params: PlannerParams;
  /** Who stated the probabilities. */
  readonly source: BeliefSource;
  readonly recalibration?: CalibrationMap;
}

/** The tree of beliefs that were read already and contradict nothing. */
export function treeOf(
  beliefs: GivenBeliefs,
  actions: readonly Action[],
  { treeId, step, goal, params, source, recalibration }: TreeHeading,
): Pick<Plan, 'tree' | 'paths' | 'warnings'> {
  const complete = completeActions(actions);
  const given = readBeliefs(ownedBy(step, beliefs), new Set(complete.map(({ id }) => id)), '/beliefs');
  const read = withCalibration(given, source, recalibration);
  const input = {
    beliefs: read,
    actions: complete,
    params: completeParams(params, complete, read.gains !== null),
    resolutions: {},
  };
  const { tree, paths, studied } = draw(input, { treeId, goal });
  return { tree, paths, warnings: [...studied.model.warnings] };
}

/** What the offline composer reads from a trace. Where there is none, the action that was proposed first is taken for named. */
export async function lexicalBeliefs(
  trace: string,
  actions: readonly Action[],
): Promise<{ beliefs: GivenBeliefs; warnings: readonly string[] }> {
  const [first] = actions;
  const spoken = trace.trim() === '' && first ? `${first.label}.` : trace;
  const composed = await composeFromTrace(spoken, completeActions(actions));
  return { beliefs: composed, warnings: composed.warnings };
}

/** Every step of a run makes new assumptions, and what resolves them is kept by run: their ids carry the step. */
function ownedBy(step: number, { assumptions, associations = [], gains = [] }: GivenBeliefs): GivenBeliefs {
  const own = (id: string) => `s${step}.${id}`;
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
