import type { AssumptionInput } from '@assent/contract';
import { between, drawIndexes, normal, wholeBetween, type Random } from '../support/random';
import { agrees, type State, type Truth } from './world';

/** One true-or-false variable of a Bayesian network. Parents have lower positions. */
export interface NetworkNode {
  readonly parents: readonly number[];
  /** Probability of true for each truth of the parents; the first parent is the lowest bit of the index. */
  readonly rows: readonly number[];
}

export type Network = readonly NetworkNode[];

/** No belief is nearer to certainty than this, with noise or without. */
const P_MIN = 0.02;

export const idOf = (variable: number): string => `x${variable}`;

/** Each variable has up to `maxParents` parents among those before it; each row is uniform. */
export function drawNetwork(random: Random, size: number, maxParents: number): Network {
  return Array.from({ length: size }, (_, variable) => {
    const parents = drawIndexes(random, wholeBetween(random, 0, maxParents), variable).sort((a, b) => a - b);
    return { parents, rows: Array.from({ length: 2 ** parents.length }, () => between(random, P_MIN, 1 - P_MIN)) };
  });
}

/** The same network with normal noise on the log-odds, as an inaccurate person remembers it. */
export function perturb(network: Network, noise: number, random: Random): Network {
  return network.map(({ parents, rows }) => ({ parents, rows: rows.map((p) => offBy(p, noise * normal(random))) }));
}

function offBy(p: number, logOdds: number): number {
  if (logOdds === 0) return p;
  const moved = 1 / (1 + Math.exp(-(Math.log(p / (1 - p)) + logOdds)));
  return Math.min(1 - P_MIN, Math.max(P_MIN, moved));
}

export function allTruths(size: number): Truth[] {
  return Array.from({ length: 2 ** size }, (_, bits) =>
    Object.fromEntries(Array.from({ length: size }, (_, variable) => [idOf(variable), ((bits >> variable) & 1) === 1])),
  );
}

export function statesOf(real: Network, believed: Network): State[] {
  return allTruths(real.length).map((truth) => ({
    truth,
    weight: probabilityOf(truth, real),
    believed: probabilityOf(truth, believed),
  }));
}

function probabilityOf(truth: Truth, network: Network): number {
  return network.reduce((product, { parents, rows }, variable) => {
    const row = parents.reduce((index, parent, bit) => index + (truth[idOf(parent)] === true ? 2 ** bit : 0), 0);
    const p = rows[row] ?? Number.NaN;
    return product * (truth[idOf(variable)] === true ? p : 1 - p);
  }, 1);
}

/** The network as a caller of the planner states it: a prior, or a row for each truth of the parents. */
export function stateNetwork(network: Network): AssumptionInput[] {
  return network.map(({ parents, rows }, variable) => ({
    ...statement(variable),
    p: rows.reduce((total, row) => total + row, 0) / rows.length,
    ...(parents.length === 0
      ? {}
      : {
          given: rows.map((p, index) => ({
            when: Object.fromEntries(parents.map((parent, bit) => [idOf(parent), ((index >> bit) & 1) === 1])),
            p,
          })),
        }),
  }));
}

/**
 * Any joint distribution by the chain rule: each variable has a row for every possible truth of all before it. What two
 * exclusive variables forbid is left to `excludes`. A certainty is stated as nearly one: the planner takes no others.
 */
export function stateJoint(
  states: readonly State[],
  size: number,
  excludes: readonly string[] = [],
): AssumptionInput[] {
  const total = massOf(states);
  return Array.from({ length: size }, (_, variable) => {
    const id = idOf(variable);
    const isTrue = ({ truth }: State) => truth[id] === true;
    const prefixes = new Map(
      states.map(({ truth }) => {
        const when = Object.fromEntries(
          Array.from({ length: variable }, (_, before) => [idOf(before), truth[idOf(before)] === true]),
        );
        return [JSON.stringify(when), when];
      }),
    );
    const given = [...prefixes.values()].flatMap((when) => {
      const prefixed = states.filter(({ truth }) => agrees(when, truth));
      const mass = massOf(prefixed);
      const forced =
        excludes.includes(id) && Object.entries(when).some(([other, value]) => value && excludes.includes(other));
      return mass > 0 && !forced ? [{ when, p: possible(massOf(prefixed.filter(isTrue)) / mass) }] : [];
    });
    return {
      ...statement(variable),
      p: possible(massOf(states.filter(isTrue)) / total),
      ...(variable > 0 ? { given } : {}),
      ...(excludes.includes(id) ? { excludes: excludes.filter((other) => other !== id) } : {}),
    };
  });
}

export function statement(variable: number): { id: string; text: string } {
  return { id: idOf(variable), text: `Statement ${variable} holds` };
}

export function massOf(states: readonly State[]): number {
  return states.reduce((total, { believed }) => total + believed, 0);
}

function possible(p: number): number {
  return Math.min(0.999, Math.max(0.001, p));
}
