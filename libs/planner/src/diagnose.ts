import type { Diagnostics } from '@assent/contract';
import { clampGain } from './gains';
import { evaluate, evaluateMoved, type Evaluation } from './evaluate';
import type { Study } from './study';
import { isOpen, type Model } from './model';
import { EPSILON_SPLIT, SENSITIVITY_STEP, clampProbability } from './numbers';
import { compareText } from './order';
import { bestBy } from './score';
import type { Shape } from './tree';
import { valueOfKnowing, valueOfKnowingAll } from './value';

/** Diagnostics for a reviewer, in addition to the ranking. */
export function diagnose(
  shape: Shape,
  evaluation: Evaluation,
  study: Study,
  best: { actionId: string; U: number },
): Diagnostics {
  const { model, prospect } = study;
  const { leaves, stakes, rawSum, rawSumOff } = evaluation;
  return {
    leaves: leaves.length,
    depth: Math.max(...leaves.map(({ path }) => path.length)),
    rawSum,
    rawSumOff,
    allNegative: best.U < 0,
    clampedGains: clampedIn(model),
    evpi: valueOfKnowingAll(prospect),
    questions: model.actions.flatMap(({ id, kind }, index) =>
      kind === 'ask'
        ? [
            {
              actionId: id,
              assumptionIds: namesOf(model.resolves[index] ?? [], model),
              evsi: stakes.answers[index] ?? 0,
            },
          ]
        : [],
    ),
    sensitivity: sensitivityOf(shape, study, evaluation, best.actionId),
    check: worthChecking(study),
  };
}

function clampedIn({ gains }: Model): number {
  return [...(gains?.values() ?? [])].reduce(
    (count, { rows }) => count + rows.filter(({ gain }) => gain !== clampGain(gain)).length,
    0,
  );
}

/**
 * The choice if the probability of one assumption were 0.1 lower or higher, by Jeffrey's rule; the tree does not change. Skips an
 * assumption that is connected to nothing relevant.
 */
function sensitivityOf(shape: Shape, study: Study, base: Evaluation, chosen: string): Diagnostics['sensitivity'] {
  const { model, prospect } = study;
  const componentOf = (variable: number) => model.joint.network.places[variable]?.component;
  const counted = new Set([...prospect.support, ...splitOn(shape), ...model.resolves.flat()].map(componentOf));
  // By `expected`, leaves with the likelihoods of the beliefs add up to the gains before any split.
  const isExact = model.params.mode === 'expected' && model.gains !== null && !hasGivenLikelihood(shape);
  const start = isExact ? evaluate({ kind: 'tip' }, study) : base;
  const choice = (variable: number, by: number) => {
    const p = clampProbability(model.joint.probability(variable) + by);
    const { leaves, stakes } = evaluateMoved(start, study, variable, p);
    return bestBy(model.params.mode, leaves, stakes)?.actionId ?? chosen;
  };
  return unresolved(model).map(({ id, position }) => {
    const [lower, higher] = counted.has(componentOf(position))
      ? [choice(position, -SENSITIVITY_STEP), choice(position, SENSITIVITY_STEP)]
      : [chosen, chosen];
    return { assumptionId: id, lower, higher, flips: lower !== chosen || higher !== chosen };
  });
}

/**
 * The cheapest assumption worth checking: the one whose ask costs least while its answer is worth more than its cost.
 * If no ask qualifies, the most valuable assumption among those that no offered ask can resolve.
 */
function worthChecking({ model, prospect }: Study): Diagnostics['check'] {
  const checks = unresolved(model).flatMap(({ id, position }) => {
    const value = valueOfKnowing([position], prospect) ?? 0;
    const asks = model.actions
      .flatMap((action, index) =>
        model.resolves[index]?.includes(position) === true
          ? [{ actionId: action.id, cost: prospect.charges[index] ?? 0 }]
          : [],
      )
      .sort((a, b) => a.cost - b.cost || compareText(a.actionId, b.actionId));
    return value > EPSILON_SPLIT ? [{ assumptionId: id, value, ask: asks[0] ?? null }] : [];
  });
  const byValue = (a: (typeof checks)[number], b: (typeof checks)[number]) =>
    b.value - a.value || compareText(a.assumptionId, b.assumptionId);
  const askable = checks
    .filter(({ value, ask }) => ask !== null && value > ask.cost)
    .sort((a, b) => (a.ask?.cost ?? 0) - (b.ask?.cost ?? 0) || byValue(a, b));
  const best = askable[0] ?? checks.filter(({ ask }) => ask === null).sort(byValue)[0];
  return best
    ? {
        assumptionId: best.assumptionId,
        value: best.value,
        actionId: best.ask?.actionId ?? null,
        cost: best.ask?.cost ?? null,
      }
    : null;
}

/** Open assumptions, in the order of the tree's list. */
function unresolved(model: Model): { id: string; position: number }[] {
  const position = new Map(model.variables.map(({ id }, index) => [id, index]));
  return model.assumptions
    .map(({ id }) => ({ id, position: position.get(id) ?? -1 }))
    .filter(({ position: variable }) => isOpen(model.joint, variable));
}

function splitOn(shape: Shape): number[] {
  return shape.kind === 'tip' ? [] : [shape.variable, ...splitOn(shape.yes), ...splitOn(shape.no)];
}

function hasGivenLikelihood(shape: Shape): boolean {
  if (shape.kind === 'tip') return shape.likelihood !== undefined;
  return hasGivenLikelihood(shape.yes) || hasGivenLikelihood(shape.no);
}

function namesOf(variables: readonly number[], model: Model): string[] {
  return variables.map((variable) => model.variables[variable]?.id ?? '').sort(compareText);
}
