import { AssentError } from '@assent/contract';
import { stridesOf } from './elimination';
import type { Joint } from './joint';
import type { Place } from './network';
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
const UNKNOWN = -1;

/** Consecutive numbering of the clusters of all components. */
interface Layout {
  readonly joint: Joint;
  /** Number of the first cluster, by component. */
  readonly offsets: readonly number[];
}

interface Growth extends Layout {
  readonly table: readonly TableRow[];
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
  const layout = { joint, offsets: offsetsOf(joint) };
  const [work, branches] = [{ rows: 0 }, new Map<string, Branch>()];
  const state = knownOf(layout);
  return tables.map((table) =>
    grow(
      table.map((_, place) => place),
      { ...layout, table, state, known: new Map(), branches, work },
    ),
  );
}

/** Components of the network that a diagram depends on. */
export function supportOf(diagram: Diagram, support = new Map<number, Set<number>>(), seen = new Set<number>()) {
  if (typeof diagram === 'number' || seen.has(diagram.id)) return support;
  seen.add(diagram.id);
  support.set(diagram.component, (support.get(diagram.component) ?? new Set()).add(diagram.cluster));
  for (const { to } of diagram.sides) supportOf(to, support, seen);
  return support;
}

/** E[table | facts of the joint] of each diagram. Shared parts are computed once. */
export function createReader(diagrams: readonly Diagram[]): (index: number, joint: Joint) => number {
  const values: number[] = [];
  const stamps: number[] = [];
  let stamp = 0;
  let current: Joint | undefined;

  const expect = (diagram: Diagram, joint: Joint): number => {
    if (typeof diagram === 'number') return diagram;
    const { id, component, step, entry, sides } = diagram;
    if (stamps[id] === stamp) return values[id] ?? 0;
    const table = joint.tables(component)[step];
    let value = 0;
    for (const side of sides) {
      let p = 0;
      for (const at of side.values) p += table?.[entry + at] ?? 0;
      if (p > 0) value += p * expect(side.to, joint);
    }
    stamps[id] = stamp;
    values[id] = value;
    return value;
  };

  return (index, joint) => {
    if (joint !== current) {
      stamp += 1;
      current = joint;
    }
    return expect(diagrams[index] ?? 0, joint);
  };
}

function offsetsOf({ network }: Joint): number[] {
  let next = 0;
  return network.components.map(({ clusters }) => {
    next += clusters.length;
    return next - clusters.length;
  });
}

/** The known values of the clusters before any branch. */
function knownOf({ joint, offsets }: Layout): Int16Array {
  const { components } = joint.network;
  const state = new Int16Array(components.reduce((count, { clusters }) => count + clusters.length, 0)).fill(UNKNOWN);
  components.forEach(({ sizes }, component) => {
    sizes.forEach((size, cluster) => {
      const [first, second] = possibleValues(joint, component, cluster, size);
      if (first !== undefined && second === undefined) state[(offsets[component] ?? 0) + cluster] = first;
    });
  });
  return state;
}

function possibleValues(joint: Joint, component: number, cluster: number, size: number): number[] {
  return Array.from({ length: size }, (_, value) => value).filter(
    (value) => !joint.isRuledOut(component, cluster, value),
  );
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
  const { component, cluster } = locate(next, growth);
  const groups = groupsOf(component, cluster, open, pending, growth);
  const sides = groups.map((values): Side => {
    state[next] = values[0] ?? 0;
    return { values, to: grow(open, growth) };
  });
  state[next] = UNKNOWN;
  const [side] = sides;
  const same = side !== undefined && sides.every(({ to }) => to === side.to);
  const diagram = same
    ? side.to
    : shared({ ...entryAt(component, cluster, growth), component, cluster, sides }, branches);
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
function pendingClusters(rows: readonly number[], growth: Growth): number[] {
  const { joint, offsets, table, state } = growth;
  const marked = new Set<number>();
  const mark = (component: number, cluster: number): void => {
    const number = (offsets[component] ?? 0) + cluster;
    if (state[number] !== UNKNOWN || marked.has(number)) return;
    marked.add(number);
    for (const other of stepOf(component, cluster, growth)?.scope ?? []) mark(component, other);
  };
  for (const row of rows) {
    for (const { variable } of table[row]?.when ?? []) {
      const { component = 0, cluster = 0 } = joint.network.places[variable] ?? {};
      mark(component, cluster);
    }
  }
  const placeOf = (number: number) => {
    const { component, cluster } = locate(number, growth);
    return joint.network.components[component]?.schedule.stepOf[cluster] ?? 0;
  };
  return [...marked].sort(
    (a, b) => locate(a, growth).component - locate(b, growth).component || placeOf(b) - placeOf(a),
  );
}

/** The known values that the probabilities of the pending clusters depend on. */
function scopeStates(pending: readonly number[], growth: Growth): string {
  let states = '';
  for (const number of pending) {
    const { component, cluster } = locate(number, growth);
    for (const other of stepOf(component, cluster, growth)?.scope ?? []) {
      states += `${growth.state[(growth.offsets[component] ?? 0) + other] ?? UNKNOWN},`;
    }
    states += ';';
  }
  return states;
}

/** Groups values of a cluster that no open row and no pending probability distinguishes. */
function groupsOf(
  component: number,
  cluster: number,
  open: readonly number[],
  pending: readonly number[],
  growth: Growth,
): number[][] {
  const { joint, offsets, table } = growth;
  const { places, components } = joint.network;
  const values = components[component]?.clusters[cluster]?.values ?? [];
  const possible = possibleValues(joint, component, cluster, values.length);
  const isScope = pending.some((number) => {
    const other = number - (offsets[component] ?? 0);
    return (
      locate(number, growth).component === component &&
      stepOf(component, other, growth)?.scope.includes(cluster) === true
    );
  });
  if (isScope) return possible.map((value) => [value]);
  const named = new Set<number>();
  for (const row of open) {
    for (const { variable } of table[row]?.when ?? []) {
      const place: Place | undefined = places[variable];
      if (place?.component === component && place.cluster === cluster) named.add(place.member);
    }
  }
  const groups = new Map<string, number[]>();
  for (const value of possible) {
    const key = [...named].map((member) => values[value]?.[member]).join('');
    groups.set(key, [...(groups.get(key) ?? []), value]);
  }
  return [...groups.values()];
}

function entryAt(component: number, cluster: number, growth: Growth): { step: number; entry: number } {
  const { joint, offsets, state } = growth;
  const { sizes = [], schedule } = joint.network.components[component] ?? {};
  const step = schedule?.stepOf[cluster] ?? 0;
  const own = [...(schedule?.steps[step]?.scope ?? []), cluster];
  let entry = 0;
  for (const [other, stride] of stridesOf(own, sizes)) {
    if (other !== cluster) entry += stride * (state[(offsets[component] ?? 0) + other] ?? 0);
  }
  return { step, entry };
}

function stepOf(component: number, cluster: number, { joint }: Layout) {
  const schedule = joint.network.components[component]?.schedule;
  return schedule?.steps[schedule.stepOf[cluster] ?? 0];
}

function locate(number: number, { offsets }: Layout): { component: number; cluster: number } {
  let component = offsets.length - 1;
  while (component > 0 && (offsets[component] ?? 0) > number) component -= 1;
  return { component, cluster: number - (offsets[component] ?? 0) };
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
