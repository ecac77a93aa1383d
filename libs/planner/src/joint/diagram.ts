import { AssentError } from '@assent/contract';
import { knownOf, layoutOf, namedBy, possibleValues, UNKNOWN, type Layout } from './layout';
import type { Joint } from './joint';
import type { TableRow } from './rows';

/**
 * The gain of one action over all worlds, shared where worlds do not differ: a number, or a branch on a cluster. On every path
 * the clusters that its probabilities depend on come first, so its probabilities are known at the branch.
 */
export type Diagram = number | Branch;

export interface Branch {
  /** Unique within the model. */
  readonly id: number;
  readonly component: number;
  /** Step of the cluster, and the first entry of its row in that step's table. */
  readonly step: number;
  readonly entry: number;
  readonly cluster: number;
  /** Values of the cluster that lead to the same diagram. */
  readonly sides: readonly Side[];
}

interface Side {
  readonly values: readonly number[];
  readonly to: Diagram;
}

/** Maximum gain rows visited while the diagrams are built. Complete tables over 6 assumptions for 32 actions visit 15,000. */
const MAX_ROW_VISITS = 200_000;

interface Growth extends Layout {
  readonly table: readonly TableRow[];
  /** Numbers of the clusters that each row names. */
  readonly named: readonly (readonly number[])[];
  /** Value of each cluster. */
  readonly state: Int16Array;
  /** Diagrams already built, by state. */
  readonly known: Map<string, Diagram>;
  /** Branches by content, so that equal branches are one object. */
  readonly branches: Map<string, Branch>;
  readonly work: { rows: number };
}

/**
 * One diagram per table, with the most specific row first; equally specific matching rows are averaged. Omits values that
 * `joint` rules out, so the diagrams are valid for it and for every distribution conditioned further.
 * @throws AssentError invalid when the tables are too entangled for an exact result
 */
export function diagramsOf(joint: Joint, tables: readonly (readonly TableRow[])[]): Diagram[] {
  const layout = layoutOf(joint);
  const [work, branches] = [{ rows: 0 }, new Map<string, Branch>()];
  const state = knownOf(layout);
  return tables.map((table) =>
    grow(
      table.map((_, place) => place),
      { ...layout, table, named: namedBy(table, layout), state, known: new Map(), branches, work },
    ),
  );
}

/** The clusters that a diagram branches on, by component. */
export function supportOf(diagram: Diagram): Map<number, Set<number>> {
  const support = new Map<number, Set<number>>();
  for (const { component, cluster } of branchesOf(diagram)) {
    support.set(component, (support.get(component) ?? new Set()).add(cluster));
  }
  return support;
}

/** E[table | facts of the joint] of each diagram. Shared parts are computed once. */
export function createReader(diagrams: readonly Diagram[]): (index: number, joint: Joint) => number {
  const { parts, order, entries, starts, slots, targets, values, tops } = flattened(diagrams);
  const stamps = new Int32Array(slots.length);
  let stamp = 0;
  let current: Joint | undefined;
  let tables: readonly (Float64Array | undefined)[] = [];

  return (index, joint) => {
    if (joint !== current) {
      stamp += 1;
      current = joint;
      tables = parts.map(([component = 0, step = 0]) => joint.tables(component)[step]);
    }
    for (const at of order[index] ?? []) {
      if (stamps[at] === stamp) continue;
      stamps[at] = stamp;
      const table = tables[slots[at] ?? 0];
      let value = 0;
      for (let edge = starts[at] ?? 0; edge < (starts[at + 1] ?? 0); edge += 1) {
        value += (table?.[entries[edge] ?? 0] ?? 0) * (values[targets[edge] ?? 0] ?? 0);
      }
      values[at] = value;
    }
    return values[tops[index] ?? 0] ?? 0;
  };
}

/** Diagrams as arrays. */
interface Flattened {
  /** Component and step of each table that branches read. */
  readonly parts: readonly (readonly number[])[];
  /** By diagram: its branches, each after those it leads to. */
  readonly order: readonly Int32Array[];
  /** By branch: its table, and its first edge; one edge per value of its cluster. */
  readonly slots: readonly number[];
  readonly starts: readonly number[];
  /** By edge: the entry of its probability, and where its value stands. */
  readonly entries: readonly number[];
  readonly targets: readonly number[];
  /** Values of the branches, followed by the constants. */
  readonly values: Float64Array;
  /** By diagram: where its value stands. */
  readonly tops: readonly number[];
}

function flattened(diagrams: readonly Diagram[]): Flattened {
  const numbers = new Map<Branch, number>();
  const order = diagrams.map((diagram) => Int32Array.from(branchesOf(diagram), (branch) => numberIn(numbers, branch)));
  const constants = new Map<number, number>();
  const targetOf = (diagram: Diagram): number =>
    typeof diagram === 'number' ? numbers.size + numberIn(constants, diagram) : (numbers.get(diagram) ?? 0);
  const parts = new Map<string, number>();
  const slots: number[] = [];
  const starts = [0];
  const entries: number[] = [];
  const targets: number[] = [];
  for (const { component, step, entry, sides } of numbers.keys()) {
    slots.push(numberIn(parts, `${component}:${step}`));
    for (const { values, to } of sides) {
      for (const value of values) {
        entries.push(entry + value);
        targets.push(targetOf(to));
      }
    }
    starts.push(entries.length);
  }
  const tops = diagrams.map(targetOf);
  return {
    parts: [...parts.keys()].map((key) => key.split(':').map(Number)),
    order,
    slots,
    starts,
    entries,
    targets,
    tops,
    values: Float64Array.from([...Array.from(numbers.keys(), () => 0), ...constants.keys()]),
  };
}

/** The branches of a diagram, each after those it leads to. */
function branchesOf(diagram: Diagram, branches = new Set<Branch>()): Set<Branch> {
  if (typeof diagram === 'number' || branches.has(diagram)) return branches;
  for (const { to } of diagram.sides) branchesOf(to, branches);
  return branches.add(diagram);
}

/** The number of a key; new keys get the next one. */
function numberIn<Key>(numbers: Map<Key, number>, key: Key): number {
  const number = numbers.get(key) ?? numbers.size;
  numbers.set(key, number);
  return number;
}

function grow(rows: readonly number[], growth: Growth): Diagram {
  const { table, state, known, branches, work } = growth;
  spend(work, rows.length);
  const { open, value } = undecided(rows, growth);
  if (value !== undefined) return value;
  const pending = pendingClusters(open, growth);
  const key = `${open.join()}/${pending.join()}/${scopeStates(pending, growth)}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  // Decide the first undecided row first, so that tables whose rows name different assumptions stay linear.
  const first = open.find((row) => !isSure(table[row], growth));
  const next = pendingClusters(first === undefined ? open : [first], growth)[0] ?? 0;
  const groups = groupsOf(next, open, pending, growth);
  const sides = groups.map((values): Side => {
    state[next] = values[0] ?? 0;
    return { values, to: grow(open, growth) };
  });
  state[next] = UNKNOWN;
  const [side] = sides;
  const same = side !== undefined && sides.every(({ to }) => to === side.to);
  const diagram = same ? side.to : shared({ ...branchAt(next, growth), sides }, branches);
  known.set(key, diagram);
  return diagram;
}

/** Rows that may still apply, most specific first, and the value once it is known. */
function undecided(rows: readonly number[], growth: Growth): { open: number[]; value?: number } {
  const { table } = growth;
  const open: number[] = [];
  let sure: number | undefined;
  let decided = true;
  for (const place of rows) {
    const row = table[place];
    if (!row || (sure !== undefined && row.when.length < sure)) break;
    const state = stateOf(row, growth);
    if (state === 'no') continue;
    open.push(place);
    if (state === 'yes') sure = row.when.length;
    else decided = false;
  }
  const [first] = open;
  if (first === undefined) return { open, value: 0 };
  const values = open.map((place) => table[place]?.value ?? 0);
  const same = values.every((value) => value === values[0]);
  const equal = open.every((place) => table[place]?.when.length === table[first]?.when.length);
  if (sure !== undefined && same && equal) return { open, value: values[0] ?? 0 };
  return decided ? { open, value: values.reduce((total, value) => total + value, 0) / values.length } : { open };
}

function isSure(row: TableRow | undefined, growth: Growth): boolean {
  return row !== undefined && stateOf(row, growth) === 'yes';
}

function stateOf({ when }: TableRow, { joint, offsets, state }: Growth): 'yes' | 'no' | 'open' {
  const { components, places } = joint.network;
  let open = false;
  for (const { variable, value } of when) {
    const place = places[variable];
    const known = place && state[(offsets[place.component] ?? 0) + place.cluster];
    if (!place || known === undefined) return 'no';
    if (known === UNKNOWN) open = true;
    else if (components[place.component]?.clusters[place.cluster]?.values[known]?.[place.member] !== Number(value))
      return 'no';
  }
  return open ? 'open' : 'yes';
}

/** Unknown clusters that decide between the rows, preceded by the clusters that their probabilities depend on. */
function pendingClusters(rows: readonly number[], { clusters, order, named, state }: Growth): number[] {
  const marked = new Uint8Array(clusters.length);
  const mark = (number: number): void => {
    if (state[number] !== UNKNOWN || marked[number] === 1) return;
    marked[number] = 1;
    for (const other of clusters[number]?.scope ?? []) mark(other);
  };
  for (const row of rows) for (const number of named[row] ?? []) mark(number);
  return order.filter((number) => marked[number] === 1);
}

/** The known values that the probabilities of the pending clusters depend on. */
function scopeStates(pending: readonly number[], { clusters, state }: Growth): string {
  let states = '';
  for (const number of pending) {
    for (const other of clusters[number]?.scope ?? []) states += `${state[other] ?? UNKNOWN},`;
    states += ';';
  }
  return states;
}

/** Groups values of a cluster that no open row and no pending probability distinguishes. */
function groupsOf(
  number: number,
  open: readonly number[],
  pending: readonly number[],
  { joint, clusters, named, table }: Growth,
): number[][] {
  const { places, components } = joint.network;
  const { component = 0, cluster = 0 } = clusters[number] ?? {};
  const values = components[component]?.clusters[cluster]?.values ?? [];
  const possible = possibleValues(joint, component, cluster, values.length);
  const isScope = pending.some((other) => clusters[other]?.scope.includes(number) === true);
  if (isScope) return possible.map((value) => [value]);
  const members = new Set<number>();
  for (const row of open) {
    for (const [at, { variable }] of (table[row]?.when ?? []).entries()) {
      if (named[row]?.[at] === number) members.add(places[variable]?.member ?? 0);
    }
  }
  const groups = new Map<string, number[]>();
  for (const value of possible) {
    const key = [...members].map((member) => values[value]?.[member]).join('');
    groups.set(key, [...(groups.get(key) ?? []), value]);
  }
  return [...groups.values()];
}

function branchAt(number: number, { clusters, state }: Growth): Omit<Branch, 'id' | 'sides'> {
  const { component = 0, cluster = 0, step = 0, scope = [], strides = [] } = clusters[number] ?? {};
  let entry = 0;
  for (const [at, other] of scope.entries()) entry += (strides[at] ?? 0) * (state[other] ?? 0);
  return { component, cluster, step, entry };
}

function shared(made: Omit<Branch, 'id'>, branches: Map<string, Branch>): Branch {
  const name = (to: Diagram) => (typeof to === 'number' ? String(to) : `#${to.id}`);
  const sides = made.sides.map(({ values, to }) => `${values.join()}>${name(to)}`).join(';');
  const key = `${made.component}:${made.cluster}:${made.entry}:${sides}`;
  const found = branches.get(key);
  if (found) return found;
  const added = { id: branches.size, ...made };
  branches.set(key, added);
  return added;
}

function spend(work: Growth['work'], rows: number): void {
  work.rows += rows;
  if (work.rows <= MAX_ROW_VISITS) return;
  throw new AssentError(
    'invalid',
    `The gain tables are too entangled to be exact about: more than ${MAX_ROW_VISITS} row visits. Give fewer gain rows per action, or let them name fewer assumptions.`,
    { pointer: '/beliefs/gains' },
  );
}
