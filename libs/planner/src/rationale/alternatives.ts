import { bestOf } from '../choose';
import { evaluate } from '../evaluate';
import type { Study } from '../study';
import type { Literal } from '../model';
import { EPSILON_U } from '../numbers';
import { rankBy } from '../score';
import { composeShape } from '../tree';
import { studyMoved, type Lens } from './lens';

/** The scores of all actions under another value of one probability. */
export interface Scores {
  /** Position of the action that would be chosen. */
  readonly chosen: number;
  /** U by position of the action; expected utility for an action that its ranking leaves out. */
  readonly utilities: readonly number[];
}

/** Scores as a function of one assumption's probability, including 0 and 1. Conditional probabilities on it do not change. */
export type ScoresAt = (p: number) => Scores;

/** Values of the actions given a truth value of one assumption. */
interface Case {
  /** U by position of the action; minus its cost for an ask. */
  readonly utilities: readonly number[];
  /** By position of the ask and outcome of its answer: probability of the outcome times U of each act after it. */
  readonly answers: readonly (readonly (readonly number[])[])[];
}

/**
 * Maximum assumptions resolved by one answer whose outcomes are enumerated. Further ones of a larger question stay
 * open.
 */
const MAX_ASKED = 6;
/** Maximum outcomes enumerated for a tree that is built only to determine its choice. There may be hundreds of such trees. */
const MAX_OUTCOMES = 512;

/** Maximum number of assumptions for which the tree is rebuilt at every probability. */
const MAX_COMPOSED = 6;

/** @param current position of the currently chosen action, which wins ties */
export function scoresOf(studied: Study, lens: Lens, variable: number, current: number): ScoresAt {
  const { params, gains, variables } = studied.model;
  if (params.mode === 'expected' && gains !== null) return expectedScores(studied, lens, variable, current);
  if (variables.length <= MAX_COMPOSED) return composedScores(studied, lens, variable, current);
  return approximateScores(studied, lens, variable, current);
}

/** For other modes in larger trees: a change of the choice by expected utility counts as a change of theirs. */
function approximateScores(studied: Study, lens: Lens, variable: number, current: number): ScoresAt {
  const scoresAt = expectedScores(studied, lens, variable, current);
  const before = scoresAt(lens.probability([{ variable, value: true }], [])).chosen;
  return (p) => {
    const { chosen, utilities } = scoresAt(p);
    return { chosen: chosen === before ? current : chosen, utilities };
  };
}

/**
 * In `expected` the U of an act is linear in the probability, and that of an ask is a sum of such lines: over the outcomes of
 * its answer, the U of the best act after it.
 */
function expectedScores(studied: Study, lens: Lens, variable: number, current: number): ScoresAt {
  const { model, prospect, costs } = studied;
  const [no, yes] = [
    caseOf(studied, lens, { variable, value: false }),
    caseOf(studied, lens, { variable, value: true }),
  ];
  const { lambda, asking } = model.params;
  const asks = model.actions.flatMap(({ kind }, index) => (kind === 'ask' ? [index] : []));
  const bestOfActs = (utilities: readonly number[]) => Math.max(...prospect.acts.map((act) => utilities[act] ?? 0));
  return (p) => {
    const utilities = mix(p, no.utilities, yes.utilities);
    const idle = new Set<number>();
    const acting = asks.length === 0 || prospect.acts.length === 0 ? 0 : bestOfActs(utilities);
    for (const ask of asks) {
      const outcomes = no.answers[ask] ?? [];
      const informed = outcomes.reduce(
        (sum, acts, outcome) => sum + Math.max(...mix(p, acts, yes.answers[ask]?.[outcome] ?? [])),
        0,
      );
      const value = outcomes.length === 0 ? 0 : Math.max(0, informed - acting);
      if (value <= EPSILON_U) idle.add(ask);
      utilities[ask] = (asking === 'net' ? acting : 0) + value - lambda * (costs[ask] ?? 0);
    }
    return { chosen: bestAt(studied, utilities, idle, current), utilities };
  };
}

function caseOf({ model, prospect }: Study, lens: Lens, literal: Literal): Case {
  return {
    utilities: lens.utilities([literal]),
    answers: model.actions.map(({ kind }, ask) => {
      const asked = (model.resolves[ask] ?? []).filter((variable) => lens.isOpen(variable));
      if (kind !== 'ask' || asked.length === 0 || prospect.acts.length === 0) return [];
      return outcomesOf(asked.slice(0, MAX_ASKED)).map((outcome) => {
        const p = lens.probability(outcome, [literal]);
        if (p <= 0) return prospect.acts.map(() => 0);
        const utilities = lens.utilities([literal, ...outcome]);
        return prospect.acts.map((act) => p * (utilities[act] ?? 0));
      });
    }),
  };
}

function outcomesOf(variables: readonly number[]): Literal[][] {
  return variables.reduce<Literal[][]>(
    (outcomes, variable) =>
      outcomes.flatMap((outcome) => [true, false].map((value) => [...outcome, { variable, value }])),
    [[]],
  );
}

function mix(p: number, no: readonly number[], yes: readonly number[]): number[] {
  return no.map((value, index) => (1 - p) * value + p * (yes[index] ?? 0));
}

function bestAt(
  { model, costs }: Study,
  utilities: readonly number[],
  idle: ReadonlySet<number>,
  current: number,
): number {
  const eligible =
    idle.size === 0 || idle.size === utilities.length
      ? utilities
      : utilities.map((U, index) => (idle.has(index) ? -Infinity : U));
  const top = Math.max(...eligible);
  const isTop = (U: number) => U >= top - EPSILON_U;
  const best = eligible.findIndex(isTop);
  if (best === eligible.findLastIndex(isTop)) return best;
  const contenders = model.actions.map(({ id, irreversible, kind }, index) => ({
    actionId: id,
    U: utilities[index] ?? 0,
    C: costs[index] ?? 0,
    L: Number(index === current),
    irreversible,
    ask: kind === 'ask',
    idle: idle.has(index),
  }));
  const winner = bestOf(contenders);
  return contenders.findIndex(({ actionId }) => actionId === winner?.actionId);
}

/** In the other modes the choice depends on the splits of the tree, which are rebuilt for every probability. */
function composedScores(studied: Study, lens: Lens, variable: number, current: number): ScoresAt {
  const [no, yes] = [lens.utilities([{ variable, value: false }]), lens.utilities([{ variable, value: true }])];
  return (p) => {
    const otherwise = studyMoved(lens, variable, p);
    const { leaves, stakes } = evaluate(composeShape(otherwise, MAX_OUTCOMES), otherwise);
    const ranking = rankBy(otherwise.model.params.mode, leaves, stakes);
    const ranked = new Map(ranking.map(({ actionId, U }) => [actionId, U]));
    const utilities = mix(p, no, yes).map((U, index) => ranked.get(studied.model.actions[index]?.id ?? '') ?? U);
    const [best] = ranking;
    const kept = ranked.get(studied.model.actions[current]?.id ?? '');
    const isIdle = otherwise.model.actions[current]?.kind === 'ask' && (stakes.answers[current] ?? 0) <= EPSILON_U;
    const isTied = best !== undefined && kept !== undefined && !isIdle && best.U - kept <= EPSILON_U;
    const chosen = studied.model.actions.findIndex(({ id }) => id === best?.actionId);
    return { chosen: isTied ? current : chosen, utilities };
  };
}
