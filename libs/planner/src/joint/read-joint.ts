import type { Assumption } from '@assent/contract';
import { clampProbability } from '../numbers';
import { compareText } from '../order';
import { MAX_TABLE, type Stated } from './cluster';
import { Joint } from './joint';
import { networkOf, type Network } from './network';
import { type Literal, describeCase, overlaps } from './rows';

/** The parts of an assumption that determine the joint distribution. */
export type JointAssumption = Pick<Assumption, 'id' | 'p' | 'given' | 'excludes'>;

/** The truth of an assumption. `set`: set from outside, so it says nothing about its causes. */
export interface Fact {
  readonly variable: number;
  readonly value: boolean;
  readonly how: 'observed' | 'set';
}

/** Why the stated beliefs have no joint distribution. */
export interface Flaw {
  readonly kind: 'oversized' | 'excess';
  /** Ids in the order of the message. */
  readonly ids: readonly string[];
  readonly message: string;
}

export interface ReadJoint {
  /** The distribution as stated, before any fact. */
  readonly prior: Joint;
  /** The distribution under the facts. */
  readonly joint: Joint;
  /** Scaled, omitted and dropped statements, and averaged conditions. */
  readonly warnings: readonly string[];
}

/** Maximum pairs of overlapping conditions named per assumption. */
const MAX_OVERLAPS = 3;

/** The first flaw in the beliefs that a caller must correct. */
export function flawOf(assumptions: readonly JointAssumption[]): Flaw | undefined {
  const stated = statedOf(assumptions);
  const network = networkOf(stated);
  if ('oversized' in network) return oversizedFlaw(network.oversized, stated);
  const [scaled] = network.scaled;
  return scaled && excessFlaw(scaled, stated);
}

/**
 * The joint distribution of assumptions, with flaws repaired: probabilities of exclusive assumptions are scaled,
 * the assumption with the fewest connections is left out of a table that is too large, and exclusions that facts refute are
 * dropped. Each repair is a warning.
 */
export function readJoint(assumptions: readonly JointAssumption[], facts: readonly Fact[] = []): ReadJoint {
  const warnings: string[] = [];
  const all = statedOf(assumptions);
  const exclude = (a: number, b: number) => all[a]?.excludes.has(b) === true;
  const nameOf = (variable: number) => all[variable]?.id ?? '';
  for (const { id, given } of all) {
    for (const [a, b] of overlaps(given, exclude, MAX_OVERLAPS)) {
      warnings.push(
        `Two conditions of ${id} can hold together and are equally specific, ${describeCase(a.when, nameOf)} and ${describeCase(b.when, nameOf)}; where both hold, their probabilities are averaged.`,
      );
    }
  }
  const { stated, network } = fitting(all, warnings);
  for (const scaled of network.scaled) warnings.push(`${excessFlaw(scaled, stated).message} They were scaled.`);
  const prior = Joint.of(network);
  const after = underFacts(prior, facts);
  return { prior, joint: after.joint, warnings: [...warnings, ...after.warnings] };
}

/** The network without the assumptions that would make a table too large. They keep their own probability, independently. */
function fitting(all: readonly Stated[], warnings: string[]): { stated: readonly Stated[]; network: Network } {
  let stated = all;
  for (let network = networkOf(stated); ; network = networkOf(stated)) {
    if (!('oversized' in network)) return { stated, network };
    const left = leastConnected(network.oversized, stated);
    warnings.push(
      `${oversizedFlaw(network.oversized, stated).message} ${stated[left]?.id ?? ''} has the fewest connections of them and was left out of the joint distribution: its conditions and exclusions are not counted.`,
    );
    stated = stated.map((one, index) => {
      if (index === left) return { ...one, given: [], excludes: new Set<number>() };
      return {
        ...one,
        given: one.given.filter(({ when }) => when.every(({ variable }) => variable !== left)),
        excludes: new Set([...one.excludes].filter((other) => other !== left)),
      };
    });
  }
}

function leastConnected(among: readonly number[], stated: readonly Stated[]): number {
  const connections = (variable: number) => {
    const { given = [], excludes = new Set<number>() } = stated[variable] ?? {};
    const named = given.flatMap(({ when }) => when.map((literal) => literal.variable));
    const naming = stated.flatMap((other, index) =>
      other.given.some(({ when }) => when.some((literal) => literal.variable === variable)) ? [index] : [],
    );
    return new Set([...excludes, ...named, ...naming]).size;
  };
  const isConnected = among.filter((variable) => connections(variable) > 0);
  return isConnected.reduce((least, variable) => (connections(variable) < connections(least) ? variable : least));
}

/** The joint distribution under facts. Facts take precedence: an exclusion that they refute is dropped with a warning. */
export function underFacts(prior: Joint, facts: readonly Fact[]): { joint: Joint; warnings: string[] } {
  const warnings: string[] = [];
  const { stated } = prior.network;
  const trues = facts.filter(({ value }) => value).map(({ variable }) => variable);
  const refuted = trues.flatMap((a) =>
    trues.flatMap((b) => (a < b && stated[a]?.excludes.has(b) === true ? [[a, b] as const] : [])),
  );
  for (const [a, b] of refuted) {
    warnings.push(
      `${stated[a]?.id ?? ''} and ${stated[b]?.id ?? ''} exclude each other, but both were resolved to true; the exclusion was dropped.`,
    );
  }
  const isRefuted = (a: number, b: number) => refuted.some(([c, d]) => (a === c && b === d) || (a === d && b === c));
  const kept = refuted.length === 0 ? stated : withoutExclusions(stated, isRefuted);
  const possible = refuted.length === 0 ? prior : Joint.of(fitting(kept, warnings).network);
  const joint = applied(possible, facts);
  const impossible = joint.impossible.flatMap((component) =>
    (joint.network.components[component]?.clusters ?? [])
      .filter(({ members }) => members.length > 1)
      .flatMap(({ members }) => members),
  );
  if (impossible.length === 0) return { joint, warnings };
  warnings.push(
    `The facts cannot be together with the exclusions between ${namesOf(impossible, stated)}; those were dropped.`,
  );
  const freed = withoutExclusions(kept, (a, b) => impossible.includes(a) && impossible.includes(b));
  return { joint: applied(Joint.of(fitting(freed, warnings).network), facts), warnings };
}

function applied(joint: Joint, facts: readonly Fact[]): Joint {
  const literals = (how: Fact['how']): Literal[] => facts.filter((fact) => fact.how === how);
  // Set facts first, so that they say nothing about their causes; then observe all facts, so that each has its truth.
  return joint.set(literals('set')).observed(facts);
}

function withoutExclusions(stated: readonly Stated[], drop: (a: number, b: number) => boolean): Stated[] {
  return stated.map((one, index) => ({
    ...one,
    excludes: new Set([...one.excludes].filter((other) => !drop(index, other))),
  }));
}

function statedOf(assumptions: readonly JointAssumption[]): Stated[] {
  const position = new Map(assumptions.map(({ id }, index) => [id, index]));
  const excludes = assumptions.map(() => new Set<number>());
  assumptions.forEach((assumption, index) => {
    for (const id of assumption.excludes) {
      const other = position.get(id);
      if (other === undefined || other === index) continue;
      excludes[index]?.add(other);
      excludes[other]?.add(index);
    }
  });
  return assumptions.map(({ id, p, given }, index) => ({
    id,
    p: clampProbability(p),
    given: given
      .map((row) => ({ when: literalsOf(row.when, position), value: clampProbability(row.p) }))
      .map((row) => ({
        row,
        text: row.when
          .map(({ variable, value }) => `${String(variable).padStart(3, '0')}${value ? '+' : '-'}`)
          .join(''),
      }))
      .sort((a, b) => b.row.when.length - a.row.when.length || compareText(a.text, b.text))
      .map(({ row }) => row),
    excludes: excludes[index] ?? new Set(),
  }));
}

function literalsOf(when: Readonly<Record<string, boolean>>, position: ReadonlyMap<string, number>): Literal[] {
  return Object.entries(when)
    .flatMap(([id, value]) => {
      const variable = position.get(id);
      return variable === undefined ? [] : [{ variable, value }];
    })
    .sort((a, b) => a.variable - b.variable);
}

function oversizedFlaw(variables: readonly number[], stated: readonly Stated[]): Flaw {
  const ids = idsOf(variables, stated);
  return {
    kind: 'oversized',
    ids,
    message: `${namesOf(variables, stated)} are so closely connected that their joint distribution needs a table of more than ${MAX_TABLE} entries.`,
  };
}

function excessFlaw(variables: readonly number[], stated: readonly Stated[]): Flaw {
  return {
    kind: 'excess',
    ids: idsOf(variables, stated),
    message: `The probabilities of ${namesOf(variables, stated)} cannot all hold: assumptions that exclude each other sum to more than 1.`,
  };
}

function idsOf(variables: readonly number[], stated: readonly Stated[]): string[] {
  return variables.map((variable) => stated[variable]?.id ?? '');
}

/** The names of the first few variables. */
function namesOf(variables: readonly number[], stated: readonly Stated[]): string {
  const ids = idsOf(
    [...new Set(variables)].sort((a, b) => a - b),
    stated,
  );
  return ids.length <= 6 ? ids.join(', ') : `${ids.slice(0, 6).join(', ')} and ${ids.length - 6} more`;
}
