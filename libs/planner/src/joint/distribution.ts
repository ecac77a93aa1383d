import type { Cluster, Stated } from './cluster';
import { P_MIN } from '../numbers';
import { valueAt, type TruthOf } from './rows';

/** Rounding tolerance of a sum of probabilities that should be 1. */
const EPSILON_SUM = 1e-9;
/** Tolerance between fitted and stated conditional probabilities. */
const EPSILON_FIT = 1e-12;
/** Rounds of iterative scaling between two checks for vanishing weights. */
const MAX_ROUNDS = 1_000;
const MAX_PHASES = 4;
/** Maximum weights scaled for one distribution, a tenth of a second. */
const MAX_SCALED = 20_000_000;
/** Total of exclusive probabilities after scaling. The rest stays for "no member is true", because no statement is certain. */
const P_TOTAL = 0.999;

/** Weights by value of a cluster. */
export interface Distribution {
  readonly weights: Float64Array;
  /** The stated probabilities are inconsistent. The weights belong to probabilities that were scaled down to be consistent. */
  readonly isScaled: boolean;
}

/** A stated probability: the share of the values `yes` among the values `yes` and `no`. */
interface Constraint {
  readonly yes: readonly number[];
  readonly no: readonly number[];
  readonly p: number;
}

/**
 * The distribution of a cluster given the truth of its parents. Mutually exclusive members have their stated probabilities,
 * and the rest is "no member is true". Other exclusions do not determine the distribution; it is then the one of
 * maximum entropy with the stated probabilities, by iterative scaling
 * (I. Csiszár, "I-divergence geometry of probability distributions and minimization problems", Annals of Probability 3(1), 1975).
 */
export function distributionOf(cluster: Cluster, stated: readonly Stated[], parents: TruthOf): Distribution {
  return cluster.isMutual ? exclusive(cluster, stated, parents) : fitted(cluster, stated, parents);
}

function exclusive({ members, values }: Cluster, stated: readonly Stated[], parents: TruthOf): Distribution {
  const truth: TruthOf = (variable) => (members.includes(variable) ? 0 : parents(variable));
  const known = new Map<number, number>();
  // A condition on other members holds only where they are false, so its probability is a share of the remainder.
  const probabilityOf = (member: number): number => {
    const found = known.get(member);
    if (found !== undefined) return found;
    const { p = 0, given = [] } = stated[member] ?? {};
    const named = members.filter((other) => given.some(({ when }) => when.some(({ variable }) => variable === other)));
    const left = 1 - named.reduce((total, other) => total + probabilityOf(other), 0);
    const probability = (valueAt(given, truth) ?? p) * Math.max(0, left);
    known.set(member, probability);
    return probability;
  };
  const weights = Float64Array.from(values, (value) => {
    const member = members[value.indexOf(1)];
    return member === undefined ? 0 : probabilityOf(member);
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  // Probabilities below the minimum were raised to it, which may raise a sum of 1.
  const isScaled = total > 1 + EPSILON_SUM + P_MIN * members.length;
  const limit = isScaled ? P_TOTAL : 1;
  if (total > 1 - EPSILON_SUM)
    for (const [value, weight] of weights.entries()) weights[value] = (weight / total) * limit;
  weights[0] = total > 1 - EPSILON_SUM ? 1 - limit : 1 - total;
  return { weights, isScaled };
}

function fitted(cluster: Cluster, stated: readonly Stated[], parents: TruthOf): Distribution {
  const asStated = constraintsOf(cluster, stated, parents, () => 1);
  const found = scale(cluster.values.length, asStated);
  if (found.fits) return { weights: found.weights, isScaled: false };
  const factor = neighbourhoodScale(cluster, stated, parents);
  const { weights } = scale(cluster.values.length, constraintsOf(cluster, stated, parents, factor));
  return { weights, isScaled: true };
}

/** P(member | members in its conditions) in each of their cases, times a factor. */
function constraintsOf(
  { members, values }: Cluster,
  stated: readonly Stated[],
  parents: TruthOf,
  factor: (place: number) => number,
): Constraint[] {
  return members.flatMap((member, place) => {
    const { p: prior = 0, given = [], excludes = new Set<number>() } = stated[member] ?? {};
    const named = members.flatMap((other, at) =>
      given.some(({ when }) => when.some(({ variable }) => variable === other)) ? [at] : [],
    );
    const cases = new Map<string, { yes: number[]; no: number[]; p: number }>();
    values.forEach((value, index) => {
      if (members.some((other, at) => value[at] === 1 && excludes.has(other) && named.includes(at))) return;
      const key = named.map((at) => value[at]).join('');
      const truth: TruthOf = (variable) => {
        const at = members.indexOf(variable);
        return at < 0 ? parents(variable) : value[at];
      };
      const found = cases.get(key) ?? { yes: [], no: [], p: (valueAt(given, truth) ?? prior) * factor(place) };
      (value[place] === 1 ? found.yes : found.no).push(index);
      cases.set(key, found);
    });
    return [...cases.values()].filter(({ yes }) => yes.length > 0);
  });
}

/** Scales weights until every constraint holds. Values that the constraints give no probability approach 0 and are dropped. */
function scale(size: number, constraints: readonly Constraint[]): { weights: Float64Array; fits: boolean } {
  const weights = new Float64Array(size).fill(1);
  for (const { yes, no, p } of constraints) {
    for (const value of yes) weights[value] = (weights[value] ?? 0) * p;
    for (const value of no) weights[value] = (weights[value] ?? 0) * (1 - p);
  }
  const entries = constraints.reduce((total, { yes, no }) => total + yes.length + no.length, 1);
  const rounds = Math.min(MAX_ROUNDS, Math.ceil(MAX_SCALED / entries / MAX_PHASES));
  for (let phase = 0; phase < MAX_PHASES; phase += 1) {
    let before = weights;
    for (let round = 0; round < rounds; round += 1) {
      if (round === Math.floor(rounds / 2)) before = weights.slice();
      if (scaleOnce(weights, constraints) <= EPSILON_FIT) return { weights: normalised(weights), fits: true };
    }
    for (const [value, weight] of weights.entries()) if (weight < 0.75 * (before[value] ?? 0)) weights[value] = 0;
  }
  return { weights: normalised(weights), fits: false };
}

/** Scales each constraint in turn to its stated value. Returns the largest deviation. */
function scaleOnce(weights: Float64Array, constraints: readonly Constraint[]): number {
  let worst = 0;
  for (const { yes, no, p } of constraints) {
    let [holding, failing] = [0, 0];
    for (const value of yes) holding += weights[value] ?? 0;
    for (const value of no) failing += weights[value] ?? 0;
    const mass = holding + failing;
    if (mass === 0) continue;
    worst = Math.max(worst, Math.abs(holding / mass - p));
    const [up, down] = [holding > 0 ? (p * mass) / holding : 0, failing > 0 ? ((1 - p) * mass) / failing : 0];
    for (const value of yes) weights[value] = (weights[value] ?? 0) * up;
    for (const value of no) weights[value] = (weights[value] ?? 0) * down;
  }
  return worst;
}

function normalised(weights: Float64Array): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/**
 * Factors that make any exclusions satisfiable: afterwards each assumption and those that it excludes sum to less than 1,
 * so they fit into disjoint parts of the unit interval one after the other.
 */
function neighbourhoodScale(
  { members }: Cluster,
  stated: readonly Stated[],
  parents: TruthOf,
): (place: number) => number {
  const highest = members.map((member) => {
    const { p = 0, given = [] } = stated[member] ?? {};
    const inside = given.some(({ when }) => when.some(({ variable }) => members.includes(variable)));
    return inside ? Math.max(p, ...given.map(({ value }) => value)) : (valueAt(given, parents) ?? p);
  });
  const around = members.map((member, place) =>
    members.reduce(
      (total, other, at) =>
        at === place || stated[member]?.excludes.has(other) === true ? total + (highest[at] ?? 0) : total,
      0,
    ),
  );
  const factors = members.map((member, place) => {
    const largest = members.reduce(
      (most, other, at) =>
        at === place || stated[member]?.excludes.has(other) === true ? Math.max(most, around[at] ?? 0) : most,
      0,
    );
    return largest > P_TOTAL ? P_TOTAL / largest : 1;
  });
  return (place) => factors[place] ?? 1;
}
