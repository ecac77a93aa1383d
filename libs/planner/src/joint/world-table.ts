import type { Joint } from './joint';
import { UNKNOWN, knownOf, layoutOf, possibleValues, type Layout } from './layout';
import type { Literal, TableRow } from './rows';
import type { Expectations, Visit, Worlds } from './worlds';

/** Maximum worlds of a table: 12 independent assumptions. */
export const MAX_WORLDS = 4_096;

/** Rounding tolerance of a sum of probabilities that should be 1. Such a sum is not normalised, so that round numbers stay round. */
const EPSILON_SUM = 1e-12;

/** An open cluster. Its values are those that the facts leave. */
interface Dimension {
  readonly number: number;
  readonly component: number;
  readonly cluster: number;
  readonly values: readonly number[];
}

/** A gain table by the values of the dimensions that change it; the last one varies fastest. */
interface Cells {
  readonly dimensions: readonly Dimension[];
  readonly gains: Float64Array;
}

/** The worlds that further facts leave. */
interface Left {
  /** For each dimension, the values left, as in its cluster. */
  readonly values: readonly (readonly number[])[];
  /** The rows of `gains` that are left, with the probability of each. */
  readonly rows: Int32Array;
  readonly mass: Float64Array;
  /** The probability of each world: by row, and within it by the dimensions that change no gain. */
  readonly worlds: Float64Array;
}

/** For each value of a dimension, the sum of probability times row. */
type Slices = readonly Float64Array[];

/**
 * Gain tables as one table over all worlds of the assumptions that they depend on, also through the joint distribution. For
 * distributions with few worlds: every expected value is a sum over the table.
 */
export class WorldTable {
  readonly worlds: Worlds;
  private readonly scratch: Float64Array;

  private constructor(
    private readonly joint: Joint,
    /** Clusters that change gains come first. The probability of each depends only on earlier ones and on facts. */
    private readonly dimensions: readonly Dimension[],
    /** Number of dimensions that change gains. */
    private readonly leading: number,
    private readonly probabilities: Float64Array,
    /** One row per case of the leading dimensions: the gain of each table, and 1. */
    private readonly gains: Float64Array,
    /** By table: the clusters that change it, by component. */
    readonly supports: readonly ReadonlyMap<number, ReadonlySet<number>>[],
  ) {
    this.scratch = new Float64Array(gains.length);
    this.worlds = {
      count: (under) => this.countUnder(under),
      each: (under, visit) => {
        this.each(under, visit);
      },
    };
  }

  /** Undefined when there are more than `MAX_WORLDS` worlds. */
  static of(joint: Joint, tables: readonly (readonly TableRow[])[]): WorldTable | undefined {
    const layout = layoutOf(joint);
    const known = knownOf(layout);
    const componentOf = (number: number) => layout.clusters[number]?.component;
    const named = tables.map((table) => namedIn(table, layout));
    const components = new Set(
      named.flatMap((numbers) => [...numbers].filter((number) => known[number] === UNKNOWN).map(componentOf)),
    );
    const open = layout.order
      .filter((number) => known[number] === UNKNOWN && components.has(componentOf(number)))
      .map((number) => dimensionOf(number, layout));
    if (open.reduce((worlds, { values }) => worlds * values.length, 1) > MAX_WORLDS) return undefined;
    const cells = tables.map((table, index) =>
      cellsOf(
        table,
        open.filter(({ number }) => named[index]?.has(number) === true),
        layout,
        known,
      ),
    );
    const deciding = closureOf(
      cells.flatMap(({ dimensions }) => dimensions.map(({ number }) => number)),
      layout,
    );
    const leading = open.filter(({ number }) => deciding.has(number));
    const dimensions = [...leading, ...open.filter(({ number }) => !deciding.has(number))];
    const supports = cells.map(({ dimensions: own }) => {
      const support = new Map<number, Set<number>>();
      for (const { component, cluster } of own) {
        support.set(component, (support.get(component) ?? new Set()).add(cluster));
      }
      return support;
    });
    return new WorldTable(
      joint,
      dimensions,
      leading.length,
      probabilitiesOf(dimensions, layout, known),
      rowsOf(cells, leading),
      supports,
    );
  }

  under(joint: Joint): Expectations {
    const left = this.leftUnder(joint);
    const values = this.sumsOf(left).subarray(0, -1);
    let slices: readonly Slices[] | undefined;
    return {
      values,
      knowing: ({ variable, value }) => {
        const { component = 0, cluster = 0, member = 0 } = joint.network.places[variable] ?? {};
        const at = this.dimensions.findIndex((each) => each.component === component && each.cluster === cluster);
        if (at < 0) return values;
        const truths = joint.network.components[component]?.clusters[cluster]?.values ?? [];
        slices ??= [...this.leadingSlices(left), ...this.trailingSlices(left)];
        const holding = (slices[at] ?? []).filter(
          (_, place) => truths[left.values[at]?.[place] ?? 0]?.[member] === Number(value),
        );
        return meanOf(holding, this.width).subarray(0, -1);
      },
    };
  }

  private get width(): number {
    return this.supports.length + 1;
  }

  private countUnder(joint: Joint): number {
    return this.dimensions.slice(0, this.leading).reduce((count, { component, cluster, values }) => {
      const weights = joint.weights(component, cluster);
      return count * values.filter((value) => (weights[value] ?? 0) > 0).length;
    }, 1);
  }

  private each(joint: Joint, visit: Visit): void {
    const { rows, mass } = this.leftUnder(joint);
    for (let place = 0; place < rows.length; place += 1) {
      const p = mass[place] ?? 0;
      if (p > 0) visit(p, this.gains, (rows[place] ?? 0) * this.width);
    }
  }

  /** @param joint a distribution with at least the facts of the table */
  private leftUnder(joint: Joint): Left {
    let at = Int32Array.of(0);
    let weights = Float64Array.of(1);
    let rows = at;
    const values = this.dimensions.map(({ component, cluster, values: own }, depth) => {
      const [now, before] = [joint.weights(component, cluster), this.joint.weights(component, cluster)];
      const places = own.flatMap((value, place) => ((now[value] ?? 0) > 0 ? [place] : []));
      const ratios = places.map((place) => (now[own[place] ?? 0] ?? 0) / (before[own[place] ?? 0] ?? 1));
      const nextAt = new Int32Array(at.length * places.length);
      const nextWeights = new Float64Array(nextAt.length);
      for (let row = 0, next = 0; row < at.length; row += 1) {
        for (let kept = 0; kept < places.length; kept += 1, next += 1) {
          nextAt[next] = (at[row] ?? 0) * own.length + (places[kept] ?? 0);
          nextWeights[next] = (weights[row] ?? 0) * (ratios[kept] ?? 0);
        }
      }
      [at, weights] = [nextAt, nextWeights];
      if (depth < this.leading) rows = at;
      return places.map((place) => own[place] ?? 0);
    });
    let total = 0;
    for (let world = 0; world < at.length; world += 1) {
      const p = (weights[world] ?? 0) * (this.probabilities[at[world] ?? 0] ?? 0);
      weights[world] = p;
      total += p;
    }
    const scale = Math.abs(total - 1) <= EPSILON_SUM ? 1 : total;
    const mass = new Float64Array(rows.length);
    const block = at.length / rows.length;
    for (let row = 0, world = 0; row < rows.length; row += 1) {
      for (const end = world + block; world < end; world += 1) {
        const p = (weights[world] ?? 0) / scale;
        weights[world] = p;
        mass[row] = (mass[row] ?? 0) + p;
      }
    }
    return { values, rows, mass, worlds: weights };
  }

  private sumsOf({ rows, mass }: Left): Float64Array {
    const sums = new Float64Array(this.width);
    for (let place = 0; place < rows.length; place += 1) this.addRow(sums, mass[place] ?? 0, rows[place] ?? 0);
    return sums;
  }

  /** Folds the weighted rows, last dimension first. */
  private leadingSlices({ rows, mass, values }: Left): Slices[] {
    const { width, gains, scratch } = this;
    for (let place = 0; place < rows.length; place += 1) {
      const [p, from, to] = [mass[place] ?? 0, (rows[place] ?? 0) * width, place * width];
      for (let column = 0; column < width; column += 1) scratch[to + column] = p * (gains[from + column] ?? 0);
    }
    const slices = values.slice(0, this.leading).map((own) => own.map(() => new Float64Array(width)));
    let length = rows.length * width;
    for (const own of [...slices].reverse()) {
      let to = 0;
      for (let from = 0; from < length; to += width) {
        for (const [value, slice] of own.entries()) {
          for (let column = 0; column < width; column += 1, from += 1) {
            const weighted = scratch[from] ?? 0;
            slice[column] = (slice[column] ?? 0) + weighted;
            scratch[to + column] = value === 0 ? weighted : (scratch[to + column] ?? 0) + weighted;
          }
        }
      }
      length = to;
    }
    return slices;
  }

  /** The same for dimensions that change no gain: folds the probabilities, and multiplies them with the rows afterwards. */
  private trailingSlices({ rows, worlds, values }: Left): Slices[] {
    const slices: Slices[] = [];
    let folded = worlds;
    for (let depth = values.length - 1; depth >= this.leading; depth -= 1) {
      const size = values[depth]?.length ?? 1;
      const own = Array.from({ length: size }, () => new Float64Array(this.width));
      const next = new Float64Array(folded.length / size);
      const block = next.length / rows.length;
      for (const [value, slice] of own.entries()) {
        for (let row = 0, at = 0; row < rows.length; row += 1) {
          let mass = 0;
          for (const end = at + block; at < end; at += 1) {
            const p = folded[at * size + value] ?? 0;
            next[at] = (next[at] ?? 0) + p;
            mass += p;
          }
          this.addRow(slice, mass, rows[row] ?? 0);
        }
      }
      slices.unshift(own);
      folded = next;
    }
    return slices;
  }

  private addRow(sums: Float64Array, weight: number, row: number): void {
    const { width } = this;
    const from = row * width;
    for (let column = 0; column < width; column += 1) {
      sums[column] = (sums[column] ?? 0) + weight * (this.gains[from + column] ?? 0);
    }
  }
}

/** The expected row over some slices. */
function meanOf(slices: Slices, width: number): Float64Array {
  const sums = new Float64Array(width);
  for (const slice of slices)
    for (let column = 0; column < width; column += 1) sums[column] = (sums[column] ?? 0) + (slice[column] ?? 0);
  const mass = sums[width - 1] ?? 0;
  return sums.map((sum) => sum / mass);
}

function dimensionOf(number: number, { joint, clusters }: Layout): Dimension {
  const { component = 0, cluster = 0 } = clusters[number] ?? {};
  const size = joint.network.components[component]?.sizes[cluster] ?? 0;
  return { number, component, cluster, values: possibleValues(joint, component, cluster, size) };
}

function namedIn(table: readonly TableRow[], { joint, offsets }: Layout): ReadonlySet<number> {
  const variables = new Set<number>();
  for (const { when } of table) for (const { variable } of when) variables.add(variable);
  return new Set(
    [...variables].map((variable) => {
      const { component = 0, cluster = 0 } = joint.network.places[variable] ?? {};
      return (offsets[component] ?? 0) + cluster;
    }),
  );
}

/** These clusters and all open ones that their probabilities depend on. */
function closureOf(numbers: readonly number[], { clusters }: Layout): ReadonlySet<number> {
  const closure = new Set(numbers);
  for (const number of closure) for (const other of clusters[number]?.scope ?? []) closure.add(other);
  return closure;
}

/** The probability of each combination of values, by the chain rule. */
function probabilitiesOf(
  dimensions: readonly Dimension[],
  { joint, clusters }: Layout,
  known: Int16Array,
): Float64Array {
  const state = Int16Array.from(known);
  const probabilities = new Float64Array(dimensions.reduce((worlds, { values }) => worlds * values.length, 1));
  const tables = dimensions.map(({ number, component }) => joint.tables(component)[clusters[number]?.step ?? 0]);
  let next = 0;
  const descend = (depth: number, p: number): void => {
    const dimension = dimensions[depth];
    if (!dimension) {
      probabilities[next++] = p;
      return;
    }
    const { scope = [], strides = [] } = clusters[dimension.number] ?? {};
    let entry = 0;
    for (let at = 0; at < scope.length; at += 1) entry += (strides[at] ?? 0) * (state[scope[at] ?? 0] ?? 0);
    for (const value of dimension.values) {
      state[dimension.number] = value;
      descend(depth + 1, p * (tables[depth]?.[entry + value] ?? 0));
    }
  };
  descend(0, 1);
  return probabilities;
}

/** The value of a table in each case of the dimensions that it names, without those that never change it. */
function cellsOf(table: readonly TableRow[], named: readonly Dimension[], layout: Layout, known: Int16Array): Cells {
  let dimensions = named;
  let gains = filled(table, named, layout, known);
  for (let at = dimensions.length - 1; at >= 0; at -= 1) {
    const less = without(gains, dimensions, at);
    if (!less) continue;
    gains = less;
    dimensions = dimensions.filter((_, place) => place !== at);
  }
  return { dimensions, gains };
}

/** Writes each row into the cases that it matches. Rows come most specific first; equally specific ones are averaged. */
function filled(
  table: readonly TableRow[],
  dimensions: readonly Dimension[],
  { joint, offsets }: Layout,
  known: Int16Array,
): Float64Array {
  const { places, components } = joint.network;
  const size = dimensions.reduce((cells, { values }) => cells * values.length, 1);
  const [totals, counts, specificity] = [new Float64Array(size), new Int32Array(size), new Int32Array(size)];
  const placeOf = new Map(dimensions.map(({ number }, place) => [number, place]));
  const literals = dimensions.map((): Literal[] => []);
  const holds = (literal: Literal, truths: Uint8Array | undefined) =>
    truths?.[places[literal.variable]?.member ?? 0] === Number(literal.value);
  for (const { when, value } of table) {
    for (const own of literals) own.length = 0;
    let isPossible = true;
    for (const literal of when) {
      const { component = 0, cluster = 0 } = places[literal.variable] ?? {};
      const number = (offsets[component] ?? 0) + cluster;
      const place = placeOf.get(number);
      if (place !== undefined) literals[place]?.push(literal);
      else isPossible &&= holds(literal, components[component]?.clusters[cluster]?.values[known[number] ?? 0]);
    }
    if (!isPossible) continue;
    const write = (depth: number, cell: number): void => {
      const dimension = dimensions[depth];
      if (!dimension) {
        if (counts[cell] === 0) specificity[cell] = when.length;
        else if (specificity[cell] !== when.length) return;
        totals[cell] = (totals[cell] ?? 0) + value;
        counts[cell] = (counts[cell] ?? 0) + 1;
        return;
      }
      const truths = components[dimension.component]?.clusters[dimension.cluster]?.values ?? [];
      const asked = literals[depth] ?? [];
      for (let place = 0; place < dimension.values.length; place += 1) {
        const own = truths[dimension.values[place] ?? 0];
        if (asked.every((literal) => holds(literal, own))) write(depth + 1, cell * dimension.values.length + place);
      }
    };
    write(0, 0);
  }
  return totals.map((total, cell) => (counts[cell] === 0 ? 0 : total / (counts[cell] ?? 1)));
}

/** The gains without one dimension; undefined when it changes them. */
function without(gains: Float64Array, dimensions: readonly Dimension[], at: number): Float64Array | undefined {
  const size = dimensions[at]?.values.length ?? 1;
  const stride = dimensions.slice(at + 1).reduce((cells, { values }) => cells * values.length, 1);
  const less = new Float64Array(gains.length / size);
  for (let cell = 0; cell < gains.length; cell += 1) {
    const place = Math.floor(cell / (stride * size)) * stride + (cell % stride);
    if (Math.floor(cell / stride) % size === 0) less[place] = gains[cell] ?? 0;
    else if (less[place] !== gains[cell]) return undefined;
  }
  return less;
}

/** The gain of every table, and 1, in each case of the leading dimensions. */
function rowsOf(cells: readonly Cells[], leading: readonly Dimension[]): Float64Array {
  const width = cells.length + 1;
  const count = leading.reduce((rows, { values }) => rows * values.length, 1);
  const rows = new Float64Array(count * width).fill(1);
  for (const [table, { dimensions, gains }] of cells.entries()) {
    const at = new Int32Array(count);
    let inner = count;
    for (const dimension of leading) {
      inner /= dimension.values.length;
      const place = dimensions.indexOf(dimension);
      if (place < 0) continue;
      const stride = dimensions.slice(place + 1).reduce((own, { values }) => own * values.length, 1);
      for (let row = 0; row < count;) {
        for (let value = 0; value < dimension.values.length; value += 1) {
          for (const end = row + inner; row < end; row += 1) at[row] = (at[row] ?? 0) + value * stride;
        }
      }
    }
    for (let row = 0; row < count; row += 1) rows[row * width + table] = gains[at[row] ?? 0] ?? 0;
  }
  return rows;
}
