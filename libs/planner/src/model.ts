import type { Action, Assumption, Association, GainRow, TreeParams } from '@assent/contract';
import type { Joint } from './joint/joint';
import type { Fact } from './joint/read-joint';
import type { Literal, TableRow } from './joint/rows';

export type { Literal, TableRow };

/** One assumption as the arithmetic sees it, in the order of canonical keys. */
export interface Variable {
  readonly id: string;
  /** Cannot be true together with this one; stated on one side or both. */
  readonly excludes: ReadonlySet<number>;
  /** Place among the caller's assumptions; for `ranking: "caller"`. */
  readonly rank: number;
  /** Canonical key: decides between splits that are equal in all else. */
  readonly key: string;
}

/** All gains of one action, the most specific first. */
export interface ActionGains {
  readonly table: readonly TableRow[];
  /** The same rows as the tree records them: canonical ids, gains as they were given. */
  readonly rows: readonly GainRow[];
  /** The same rows in short, for the hash. */
  readonly digest: string;
}

/** By action id. */
export type GainTable = ReadonlyMap<string, ActionGains>;

/** All input of one tree, canonical: equal beliefs give equal models, independent of their order. */
export interface Model {
  readonly params: TreeParams;
  readonly actions: readonly Action[];
  readonly assumptions: readonly Assumption[];
  readonly associations: readonly Association[];
  /** By action id; null: none was given. */
  readonly gains: GainTable | null;
  readonly variables: readonly Variable[];
  /** Gain table of each action, most specific first; from the associations where there is no gain table. */
  readonly gainTables: readonly (readonly TableRow[])[];
  /** For each action, the variables that its answer settles; [] unless it is an `ask`. */
  readonly resolves: readonly (readonly number[])[];
  /** The joint distribution as it was stated. */
  readonly prior: Joint;
  readonly facts: readonly Fact[];
  /** The joint distribution after the facts and what is assumed. */
  readonly joint: Joint;
  /** Probabilities that are assumed; null: none. */
  readonly assumed: Readonly<Record<string, number>> | null;
  readonly warnings: readonly string[];
}

/** Probabilities nearer to 0 or 1 than this are certain: there is nothing left to find out. */
const EPSILON_CERTAIN = 1e-12;

/** Whether the truth of a variable is still to be found out. */
export function isOpen(joint: Joint, variable: number): boolean {
  const p = joint.probability(variable);
  return p > EPSILON_CERTAIN && p < 1 - EPSILON_CERTAIN;
}
