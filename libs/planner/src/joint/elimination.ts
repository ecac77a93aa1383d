import { MAX_TABLE } from './cluster';

/** Non-negative numbers over the values of some variables. The last variable of the scope varies fastest. */
export interface Factor {
  readonly scope: readonly number[];
  readonly table: Float64Array;
}

/** The elimination of one variable. Its table is over `scope` and the variable, which varies fastest. */
export interface Step {
  readonly variable: number;
  /** Variables connected to it at its elimination. All of them are eliminated later. */
  readonly scope: readonly number[];
  /** Number of entries over `scope` alone. */
  readonly rows: number;
  /** Factors by position, with the factor's entry for each entry of the table. */
  readonly factors: readonly Input[];
  /** Messages of earlier steps, in the same form. */
  readonly messages: readonly Input[];
  /** The later step whose table contains all of `scope`, with the entry of `scope` for each of its entries; undefined for a root. */
  readonly parent: Input | undefined;
}

interface Input {
  readonly index: number;
  readonly entries: Int32Array;
}

/**
 * The elimination order of the variables of a network (N. L. Zhang and D. Poole, "Exploiting Causal
 * Independence in Bayesian Network Inference", Journal of Artificial Intelligence Research 5, 1996). It depends only on the
 * structure, so it is valid for every set of facts.
 */
export interface Schedule {
  readonly steps: readonly Step[];
  /** Position of the step of each variable. */
  readonly stepOf: readonly number[];
}

/** Probabilities of every variable given its scope, under given weights of the values. */
export interface Chain {
  /** By step: P(variable | scope); a row of an impossible case is all zeros. */
  readonly tables: readonly Float64Array[];
  /** Total weight: the probability of the known facts. */
  readonly mass: number;
}

/**
 * Plans the elimination, smallest table first. If a table would need more than `MAX_TABLE` entries, it returns the variables of
 * that table.
 */
export function planElimination(
  sizes: readonly number[],
  scopes: readonly (readonly number[])[],
): Schedule | { readonly oversized: readonly number[] } {
  const neighbours = sizes.map(() => new Set<number>());
  for (const scope of scopes) connect(scope, neighbours);
  const left = new Set(sizes.keys());
  const order: { variable: number; scope: number[] }[] = [];
  while (left.size > 0) {
    const entriesOf = (variable: number) =>
      [...(neighbours[variable] ?? [])].reduce((entries, other) => entries * (sizes[other] ?? 1), sizes[variable] ?? 1);
    const [variable, entries] = [...left]
      .map((candidate) => [candidate, entriesOf(candidate)] as const)
      .reduce((best, candidate) => (candidate[1] < best[1] ? candidate : best));
    const scope = [...(neighbours[variable] ?? [])].sort((a, b) => a - b);
    if (entries > MAX_TABLE) return { oversized: [variable, ...scope] };
    connect(scope, neighbours);
    for (const other of scope) neighbours[other]?.delete(variable);
    left.delete(variable);
    order.push({ variable, scope });
  }
  const stepOf = sizes.map((_, variable) => order.findIndex((step) => step.variable === variable));
  return { stepOf, steps: stepsOf(order, stepOf, sizes, scopes) };
}

/** The joint distribution by the chain rule, last eliminated variable first. @param weights by variable and value */
export function eliminate({ steps }: Schedule, factors: readonly Factor[], weights: readonly Float64Array[]): Chain {
  const messages: Float64Array[] = [];
  let mass = 1;
  const tables = steps.map(({ variable, rows, factors: own, messages: received, scope }) => {
    const values = weights[variable] ?? new Float64Array(0);
    const size = values.length;
    const table = new Float64Array(rows * size);
    for (let row = 0; row < rows; row += 1) table.set(values, row * size);
    for (const { index, entries } of own) multiply(table, factors[index]?.table, entries);
    for (const { index, entries } of received) multiply(table, messages[index], entries);
    const message = new Float64Array(rows);
    for (let row = 0; row < rows; row += 1) {
      let total = 0;
      for (let entry = row * size; entry < (row + 1) * size; entry += 1) total += table[entry] ?? 0;
      message[row] = total;
      if (total > 0)
        for (let entry = row * size; entry < (row + 1) * size; entry += 1) table[entry] = (table[entry] ?? 0) / total;
    }
    if (scope.length === 0) mass *= message[0] ?? 0;
    messages.push(message);
    return table;
  });
  return { tables, mass };
}

/** P(variable = value) of every variable, by variable and value. */
export function marginalsOf({ steps, stepOf }: Schedule, { tables }: Chain): Float64Array[] {
  const beliefs: Float64Array[] = new Array<Float64Array>(steps.length);
  for (let place = steps.length - 1; place >= 0; place -= 1) {
    const [step, table] = [steps[place], tables[place]];
    if (!step || !table) continue;
    const rows = new Float64Array(step.rows);
    if (step.parent) {
      const above = beliefs[step.parent.index] ?? rows;
      for (const [entry, row] of step.parent.entries.entries()) rows[row] = (rows[row] ?? 0) + (above[entry] ?? 0);
    } else {
      rows[0] = 1;
    }
    const size = table.length / step.rows;
    beliefs[place] = table.map((p, entry) => p * (rows[Math.floor(entry / size)] ?? 0));
  }
  return stepOf.map((place) => {
    const belief = beliefs[place] ?? new Float64Array(0);
    const size = belief.length / (steps[place]?.rows ?? 1);
    const marginal = new Float64Array(size);
    for (const [entry, p] of belief.entries()) marginal[entry % size] = (marginal[entry % size] ?? 0) + p;
    return marginal;
  });
}

function connect(scope: readonly number[], neighbours: readonly Set<number>[]): void {
  for (const a of scope) for (const b of scope) if (a !== b) neighbours[a]?.add(b);
}

function stepsOf(
  order: readonly { readonly variable: number; readonly scope: readonly number[] }[],
  stepOf: readonly number[],
  sizes: readonly number[],
  scopes: readonly (readonly number[])[],
): Step[] {
  const first = (scope: readonly number[]) => Math.min(...scope.map((variable) => stepOf[variable] ?? 0));
  return order.map(({ variable, scope }, place) => {
    const own = [...scope, variable];
    const parent = scope.length === 0 ? undefined : order[first(scope)];
    return {
      variable,
      scope,
      rows: scope.reduce((rows, other) => rows * (sizes[other] ?? 1), 1),
      factors: scopes.flatMap((each, index) =>
        each.length > 0 && first(each) === place ? [{ index, entries: entriesOf(own, each, sizes) }] : [],
      ),
      messages: order
        .slice(0, place)
        .flatMap((before, index) =>
          before.scope.length > 0 && first(before.scope) === place
            ? [{ index, entries: entriesOf(own, before.scope, sizes) }]
            : [],
        ),
      parent: parent && {
        index: first(scope),
        entries: entriesOf([...parent.scope, parent.variable], scope, sizes),
      },
    };
  });
}

/** For each entry of a table over `of`, the entry of a table over `part` with the same values. */
function entriesOf(of: readonly number[], part: readonly number[], sizes: readonly number[]): Int32Array {
  const strides = stridesOf(part, sizes);
  let entries: Int32Array = Int32Array.of(0);
  for (const variable of of) {
    const stride = strides.get(variable) ?? 0;
    entries = extended(
      entries,
      Array.from({ length: sizes[variable] ?? 1 }, (_, value) => value * stride),
    );
  }
  return entries;
}

/** The entries over one more variable, which varies fastest. @param offsets by value, what it adds to an entry */
export function extended(entries: Int32Array, offsets: readonly number[]): Int32Array {
  const all = new Int32Array(entries.length * offsets.length);
  for (let from = 0, to = 0; from < entries.length; from += 1) {
    for (let value = 0; value < offsets.length; value += 1, to += 1)
      all[to] = (entries[from] ?? 0) + (offsets[value] ?? 0);
  }
  return all;
}

/** The distance in entries between successive values of each variable. */
export function stridesOf(scope: readonly number[], sizes: readonly number[]): ReadonlyMap<number, number> {
  const strides = new Map<number, number>();
  let stride = 1;
  for (const variable of [...scope].reverse()) {
    strides.set(variable, stride);
    stride *= sizes[variable] ?? 1;
  }
  return strides;
}

function multiply(table: Float64Array, by: Float64Array | undefined, entries: Int32Array): void {
  for (let entry = 0; entry < table.length; entry += 1) {
    table[entry] = (table[entry] ?? 0) * (by?.[entries[entry] ?? 0] ?? 0);
  }
}
