import { bestOf } from '../choose';
import { evaluate } from '../evaluate';
import type { Study } from '../study';
import type { Literal } from '../model';
import { EPSILON_U } from '../numbers';
import { rankBy } from '../score';
import { composeShape } from '../tree';
import { studyMoved, type Lens } from './lens';

/** The scores of all actions, were one probability otherwise. */
export interface Scores {
  /** Position of the action that would be chosen. */
  readonly chosen: number;
  /** U by position of the action; of an action that its ranking leaves out, the expected utility. */
  readonly utilities: readonly number[];
}

/** Scores by the probability of one assumption, 0 and 1 included; what depends on it keeps its conditional probabilities. */
export type ScoresAt = (p: number) => Scores;

/** What is known of the actions where one assumption has a truth value. */
interface Case {
  /** U by position of the action; of an ask, minus its cost. */
  readonly utilities: readonly number[];
  /** By position of the ask and outcome of its answer: probability of the outcome times U of each act then. */
  readonly answers: readonly (readonly (readonly number[])[])[];
}

/** Outcomes of one answer at most: 6 assumptions that it settles; the others of a larger question are left open. */
const MAX_ASKED = 6;
/** Outcomes gone through for one tree that is made only to see what it would choose; there may be hundreds. */
const MAX_OUTCOMES = 512;

/** Largest number of assumptions whose tree is made anew for every probability that is tried. */
const MAX_COMPOSED = 6;

/** @param current position of the action that is chosen now; it keeps a tie */
export function scoresOf(studied: Study, lens: Lens, variable: number, current: number): ScoresAt {
  const { params, gains, variables } = studied.model;
  if (params.mode === 'expected' && gains !== null) return expectedScores(studied, lens, variable, current);
  if (variables.length <= MAX_COMPOSED) return composedScores(studied, lens, variable, current);
  return approximateScores(studied, lens, variable, current);
}

/** For the other modes in larger trees: what the expected utilities change of their own choice counts as a change of it. */
function approximateScores(studied: Study, lens: Lens, variable: number, current: number): ScoresAt {
  const scoresAt = expectedScores(studied, lens, variable, current);
  const before = scoresAt(lens.probability([{ variable, value: true }], [])).chosen;
  return (p) => {
    const { chosen, utilities } = scoresAt(p);
    return { chosen: chosen === before ? current : chosen, utilities };
  };
}

/**
 * In `expected` the U of an act is a straight line over the probability, and that of an ask is made of such lines: its
 * answer is worth the sum over its outcomes of what the best act is worth then.
 */
function expectedScores(studied: Study, lens: Lens, variable: number, current: number): ScoresAt {
  const { model, prospect, costs } = studied;
  const [no, yes] = [
    caseOf(studied, lens, { variable, value: false }),
    caseOf(studied, lens, { variable, value: true }),
  ];
  const { lambda, asking } = model.params;
  return (p) => {
    const utilities = mix(p, no.utilities, yes.utilities);
    const acting = prospect.acts.length === 0 ? 0 : Math.max(...prospect.acts.map((act) => utilities[act] ?? 0));
    const idle = new Set<number>();
    for (const [ask, { kind }] of model.actions.entries()) {
      if (kind !== 'ask') continue;
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
  const contenders = model.actions.map(({ id, irreversible, kind }, index) => ({
    actionId: id,
    U: utilities[index] ?? 0,
    C: costs[index] ?? 0,
    L: Number(index === current),
    irreversible,
    ask: kind === 'ask',
    idle: idle.has(index),
  }));
  const best = bestOf(contenders);
  return contenders.findIndex(({ actionId }) => actionId === best?.actionId);
}

/** In the other modes the choice rests on the splits of the tree, which are made anew for every probability. */
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
