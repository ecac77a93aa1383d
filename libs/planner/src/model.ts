import type { Action, Assumption, Association, GainRow, TreeParams } from '@assent/contract';

/** An assumption and the truth value it is asked to have. */
export interface Literal {
  /** Position in `Model.variables`. */
  readonly variable: number;
  readonly value: boolean;
}

/** One row of a conditional or gain table: where all literals hold, `value`. */
export interface TableRow {
  readonly when: readonly Literal[];
  readonly value: number;
}

/**
 * One assumption as the arithmetic sees it. Variables stand in dependency order: what a variable's probability depends
 * on (the parents in its table, and those before it that exclude it) has a lower position. Whoever assigns variables
 * MUST assign those in `needs` first; then the chain rule gives one and the same joint distribution in every order.
 */
export interface Variable {
  readonly id: string;
  readonly p: number;
  /** Most specific first. */
  readonly table: readonly TableRow[];
  readonly needs: readonly number[];
  /** Cannot be true together with this one. */
  readonly excludes: readonly number[];
  /** Place among the caller's assumptions; for `ranking: "caller"`. */
  readonly rank: number;
  /** Canonical key: the last word in a tie. */
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

/** What is known: one entry a variable. */
export type Truth = Int8Array;
export const UNKNOWN = -1;

/** All input of one tree, canonical: equal beliefs give equal models whatever the order they were written in. */
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
  readonly settles: readonly (readonly number[])[];
  /** Truth before anything is assumed: resolved assumptions and what they force. */
  readonly facts: Truth;
  readonly warnings: readonly string[];
}

/** Assigns a literal and what it forces; returns the positions that changed, for `retract`. */
export function assume(variables: readonly Variable[], truth: Truth, { variable, value }: Literal): number[] {
  const changed = [variable];
  truth[variable] = Number(value);
  if (!value) return changed;
  for (const excluded of variables[variable]?.excludes ?? []) {
    if (truth[excluded] !== UNKNOWN) continue;
    truth[excluded] = 0;
    changed.push(excluded);
  }
  return changed;
}

export function retract(truth: Truth, changed: readonly number[]): void {
  for (const variable of changed) truth[variable] = UNKNOWN;
}

/** The caller's table where a row matches, else the prior. */
export function probabilityOf({ p, table }: Variable, truth: Truth): number {
  return table.find((row) => holds(row.when, truth))?.value ?? p;
}

export function holds(when: readonly Literal[], truth: Truth): boolean {
  return when.every(({ variable, value }) => truth[variable] === Number(value));
}
