import { eliminate, marginalsOf, type Chain, type Factor } from './elimination';
import { intervene } from './intervention';
import type { Component, Network } from './network';
import type { Literal } from './rows';

/** Maximum rounds in which several probabilities are moved to their targets. Two exclusive ones take some tens. */
const MAX_ROUNDS = 2_000;
/** Maximum table entries computed in all these rounds, a tenth of a second. */
const MAX_ENTRIES = 20_000_000;
const EPSILON_FIT = 1e-12;

/** A target probability of an assumption. */
export interface Move {
  readonly variable: number;
  readonly p: number;
}

/** One component under the known facts. Immutable; computed on first use. */
class Part {
  private worked: Chain | undefined;
  private margins: Float64Array[] | undefined;

  constructor(
    readonly component: Component,
    readonly factors: readonly Factor[],
    /** By cluster and value: 0 for a value that is ruled out, other than 1 for a moved probability. */
    readonly weights: readonly Float64Array[],
  ) {}

  get chain(): Chain {
    return (this.worked ??= eliminate(this.component.schedule, this.factors, this.weights));
  }

  get marginals(): readonly Float64Array[] {
    return (this.margins ??= marginalsOf(this.component.schedule, this.chain));
  }

  /** The component with the values of one cluster weighted. */
  weighted(cluster: number, weightOf: (value: Uint8Array) => number): Part {
    const weights = [...this.weights];
    const values = this.component.clusters[cluster]?.values ?? [];
    weights[cluster] = Float64Array.from(values, (value, at) => (this.weights[cluster]?.[at] ?? 0) * weightOf(value));
    return new Part(this.component, this.factors, weights);
  }
}

/**
 * The joint distribution of the assumptions under the known facts: exact, by variable elimination in each component.
 * Immutable: observing, setting or moving returns a new distribution that shares the unaffected components.
 * Assumptions are identified by position in `Network.stated`.
 */
export class Joint {
  private readonly branches = new Map<number, Joint>();

  private constructor(
    readonly network: Network,
    private readonly parts: readonly Part[],
  ) {}

  static of(network: Network): Joint {
    const parts = network.components.map(
      (component) =>
        new Part(
          component,
          component.factors,
          component.sizes.map((size) => new Float64Array(size).fill(1)),
        ),
    );
    return new Joint(network, parts);
  }

  /** P(assumption). NaN after impossible facts. */
  probability(variable: number): number {
    const { component = 0, cluster = 0, member = 0 } = this.network.places[variable] ?? {};
    const part = this.parts[component];
    const values = part?.component.clusters[cluster]?.values ?? [];
    const marginal = part?.marginals[cluster];
    let [yes, all] = [0, 0];
    for (const [value, truth] of values.entries()) {
      const p = marginal?.[value] ?? 0;
      all += p;
      if (truth[member] === 1) yes += p;
    }
    return yes / all;
  }

  /** Probability that all literals hold. */
  probabilityOf(literals: readonly Literal[]): number {
    const [only] = literals;
    if (only && literals.length === 1) {
      const p = this.probability(only.variable);
      return only.value ? p : 1 - p;
    }
    const after = this.observed(literals);
    return this.parts.reduce((product, part, component) => {
      const other = after.parts[component] ?? part;
      return other === part ? product : (product * other.chain.mass) / part.chain.mass;
    }, 1);
  }

  /** False after contradictory facts. */
  get isPossible(): boolean {
    return this.impossible.length === 0;
  }

  /** Components in which the known facts have probability 0. */
  get impossible(): readonly number[] {
    return this.parts.flatMap(({ chain }, component) => (chain.mass > 0 ? [] : [component]));
  }

  /** Conditions on observed facts. Their causes and consequences follow. */
  observed(literals: readonly Literal[]): Joint {
    let parts: Part[] | undefined;
    for (const { variable, value } of literals) {
      const { component = 0, cluster = 0, member = 0 } = this.network.places[variable] ?? {};
      parts ??= [...this.parts];
      const part = parts[component];
      if (part) parts[component] = part.weighted(cluster, (truth) => Number(truth[member] === Number(value)));
    }
    return parts ? new Joint(this.network, parts) : this;
  }

  /** The distribution on one side of a split. It is kept, because the branches of a tree are walked several times. */
  branch({ variable, value }: Literal): Joint {
    const side = 2 * variable + Number(value);
    const branch = this.branches.get(side) ?? this.observed([{ variable, value }]);
    this.branches.set(side, branch);
    return branch;
  }

  /**
   * Applies facts that were set from outside: their consequences follow, their causes do not change (J. Pearl,
   * "Causality", 2000, section 3.2). Assumptions that a fact excludes become false. MUST be called before observing facts.
   */
  set(literals: readonly Literal[]): Joint {
    const parts = [...this.parts];
    for (const literal of literals) {
      const { component = 0, cluster = 0 } = this.network.places[literal.variable] ?? {};
      const part = parts[component];
      const [found, factor] = [part?.component.clusters[cluster], part?.factors[cluster]];
      if (!part || !found || !factor) continue;
      const factors = [...part.factors];
      factors[cluster] = { scope: factor.scope, table: intervene(found, factor.table, literal, this.network.stated) };
      parts[component] = new Part(part.component, factors, part.weights);
    }
    return new Joint(this.network, parts);
  }

  /**
   * Moves probabilities by Jeffrey's rule (R. C. Jeffrey, "The Logic of Decision", 1965, chapter 11): the cases where an assumption
   * holds are scaled alike, and so are the others, so probabilities conditional on the assumption do not change. Several are moved
   * in turn until all hold; the result does not depend on their order. Undefined if they cannot all hold.
   */
  moved(moves: readonly Move[]): Joint | undefined {
    let moved: Joint = new Joint(this.network, this.parts);
    const touched = new Set(moves.map(({ variable }) => this.network.places[variable]?.component ?? 0));
    const entries = [...touched].reduce(
      (sum, component) => sum + this.tables(component).reduce((all, table) => all + table.length, 0),
      1,
    );
    const rounds = Math.min(MAX_ROUNDS, Math.ceil(MAX_ENTRIES / entries / Math.max(1, moves.length)));
    for (let round = 0; round < rounds; round += 1) {
      let off = 0;
      for (const { variable, p } of moves) {
        const before = moved.probability(variable);
        off = Math.max(off, Math.abs(before - p));
        moved = moved.scaledBy(variable, p / before, (1 - p) / (1 - before));
      }
      if (off <= EPSILON_FIT) return moved;
      if (Number.isNaN(off)) return undefined;
      if (moves.length === 1) return moved;
    }
    return undefined;
  }

  /** P(cluster | scope) of every step of a component, for the diagrams. */
  tables(component: number): readonly Float64Array[] {
    return this.parts[component]?.chain.tables ?? [];
  }

  /** Whether facts about the cluster itself rule out one of its values. */
  isRuledOut(component: number, cluster: number, value: number): boolean {
    return this.weights(component, cluster)[value] === 0;
  }

  /** By value of a cluster: 0 where facts about it rule the value out, other than 1 for a moved probability. */
  weights(component: number, cluster: number): Float64Array {
    return this.parts[component]?.weights[cluster] ?? new Float64Array(0);
  }

  private scaledBy(variable: number, yes: number, no: number): Joint {
    const { component = 0, cluster = 0, member = 0 } = this.network.places[variable] ?? {};
    const parts = [...this.parts];
    const part = parts[component];
    if (part) parts[component] = part.weighted(cluster, (truth) => (truth[member] === 1 ? yes : no));
    return new Joint(this.network, parts);
  }
}
