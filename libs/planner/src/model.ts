import type { Action, Assumption, Association, GainRow, TreeParams } from '@assent/contract';
import type { Joint } from './joint/joint';
import type { Fact } from './joint/read-joint';
import type { Literal, TableRow } from './joint/rows';

export type { Literal, TableRow };

/** One assumption in the arithmetic, in the order of canonical keys. */
export interface Variable {
  readonly id: string;
  /** Variables that cannot be true together with it, whichever side stated it. */
  readonly excludes: ReadonlySet<number>;
  /** Position among the caller's assumptions, for `ranking: "caller"`. */
  readonly rank: number;
  /** Canonical key. It breaks ties between equal splits. */
  readonly key: string;
}

/** All gains of one action, most specific first. */
export interface ActionGains {
  readonly table: readonly TableRow[];
  /** The rows as recorded in the tree: canonical ids, gains as given. */
  readonly rows: readonly GainRow[];
  /** A short form of the rows for the hash. */
  readonly digest: string;
}

/** By action id. */
export type GainTable = ReadonlyMap<string, ActionGains>;

/** All inputs of one tree in canonical form: equal beliefs give equal models, regardless of order. */
export interface Model {
  readonly params: TreeParams;
  readonly actions: readonly Action[];
  readonly assumptions: readonly Assumption[];
  readonly associations: readonly Association[];
  /** Gains by action id; null when no gain was given. */
  readonly gains: GainTable | null;
  readonly variables: readonly Variable[];
  /** Gain table of each action, most specific first; derived from the associations without a gain table. */
  readonly gainTables: readonly (readonly TableRow[])[];
  /** For each action, the variables that its answer resolves; empty unless it is an `ask`. */
  readonly resolves: readonly (readonly number[])[];
  /** The joint distribution as stated. */
  readonly prior: Joint;
  readonly facts: readonly Fact[];
  /** The joint distribution after facts and assumed probabilities. */
  readonly joint: Joint;
  /** Assumed probabilities; null without any. */
  readonly assumed: Readonly<Record<string, number>> | null;
  readonly warnings: readonly string[];
}

/** Probabilities closer to 0 or 1 than this count as certain. */
const EPSILON_CERTAIN = 1e-12;

/** Whether the truth of a variable is still unknown. */
export function isOpen(joint: Joint, variable: number): boolean {
  const p = joint.probability(variable);
  return p > EPSILON_CERTAIN && p < 1 - EPSILON_CERTAIN;
}
