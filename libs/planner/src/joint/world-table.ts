import type { Joint } from './joint';
import { extended } from './elimination';
import { UNKNOWN, knownOf, layoutOf, possibleValues, type Layout } from './layout';
import type { Literal, TableRow } from './rows';
import { Marginals, placesOf, type Places } from './marginals';
import type { Expectations, Offer, Worlds } from './worlds';

/** Maximum worlds of a table: 12 independent assumptions. */
export const MAX_WORLDS = 4_096;

/** Rounding tolerance of a sum of probabilities that should be 1. Such a sum is not normalised, so that round numbers stay round. */
const EPSILON_SUM = 1e-12;

/** An open cluster. Its values are those that the facts allow. */
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

/** The gain tables over the same dimensions, as one matrix. */
interface Sheet {
  /** The places of the dimensions in the table of worlds, in ascending order. */
  readonly places: readonly number[];
  readonly tables: readonly number[];
  /** For each case of the dimensions, the gain of each table. */
  readonly gains: Float64Array;
  /** All cases. */
  readonly cases: Int32Array;
}

/** The worlds that remain under further facts. */
interface Left {
  /** For each dimension, the values left, as in its cluster. */
  readonly values: readonly (readonly number[])[];
  readonly sizes: readonly number[];
  /** The probability of each world. */
  readonly probabilities: Float64Array;
  /** By sheet: the remaining cases. */
  readonly cases: readonly Int32Array[];
}

/** A sheet beside one dimension. Without a sheet: the dimension alone. */
interface Slice {
  readonly sheet: number | null;
  readonly place: number;
}

/** Leads of the best act of each world, over the leading dimensions. */
interface Leads {
  readonly best: Float64Array;
  readonly over: Map<number, Float64Array>;
}

/**
 * Gain tables over the worlds of the assumptions that they depend on, also through the joint distribution. For distributions
 * with few worlds: one table has the probability of every world, and each gain table reads its marginal.
 */
export class WorldTable {
  readonly worlds: Worlds;
  private readonly ofValues: Marginals<number>;
  private slicing: Marginals<Slice> | undefined;
  private readonly leads = new WeakMap<readonly number[], Leads>();

  private constructor(
    private readonly joint: Joint,
    /** Clusters that change gains come first. The probability of each depends only on earlier ones and on facts. */
    private readonly dimensions: readonly Dimension[],
    /** Number of dimensions that change gains. */
    private readonly leading: number,
    private readonly probabilities: Float64Array,
    private readonly sheets: readonly Sheet[],
    /** By table: the clusters that change it, by component. */
    readonly supports: readonly ReadonlyMap<number, ReadonlySet<number>>[],
  ) {
    this.ofValues = new Marginals(
      dimensions.length,
      sheets.map(({ places }, sheet) => [placesOf(places), sheet] as const),
    );
    this.worlds = {
      count: (under) => this.countUnder(under),
      lead: (under, offer, act) => this.leadUnder(under, offer, act),
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
      sheetsOf(cells, dimensions),
      supports,
    );
  }

  under(joint: Joint): Expectations {
    const left = this.leftUnder(joint);
    const values = this.valuesOf(left);
    const known = new Map<number, Float64Array>();
    let slices: readonly (readonly Float64Array[])[] | undefined;
    return {
      values,
      knowing: ({ variable, value }) => {
        const side = 2 * variable + Number(value);
        const found = known.get(side);
        if (found) return found;
        const { component = 0, cluster = 0, member = 0 } = joint.network.places[variable] ?? {};
        const at = this.dimensions.findIndex((each) => each.component === component && each.cluster === cluster);
        if (at < 0) return values;
        const truths = joint.network.components[component]?.clusters[cluster]?.values ?? [];
        slices ??= this.slicesOf(left);
        const holding = (slices[at] ?? []).filter(
          (_, place) => truths[left.values[at]?.[place] ?? 0]?.[member] === Number(value),
        );
        const means = this.meanOf(holding, component, values);
        known.set(side, means);
        return means;
      },
    };
  }

  private countUnder(joint: Joint): number {
    return this.dimensions.slice(0, this.leading).reduce((count, { component, cluster, values }) => {
      const weights = joint.weights(component, cluster);
      return count * values.filter((value) => (weights[value] ?? 0) > 0).length;
    }, 1);
  }

  /** @param joint a distribution with at least the facts of the table */
  private leftUnder(joint: Joint): Left {
    let probabilities = this.probabilities;
    const sizes = this.dimensions.map(({ values }) => values.length);
    const keptAt = new Map<number, readonly number[]>();
    const values = this.dimensions.map(({ component, cluster, values: own }, place) => {
      const [now, before] = [joint.weights(component, cluster), this.joint.weights(component, cluster)];
      if (now === before) return own;
      const kept = own.flatMap((value, at) => ((now[value] ?? 0) > 0 ? [at] : []));
      const ratios = kept.map((at) => (now[own[at] ?? 0] ?? 0) / (before[own[at] ?? 0] ?? 1));
      const inner = productOf(sizes.slice(place + 1));
      probabilities = selected(probabilities, { size: own.length, inner, kept, ratios });
      if (kept.length < own.length) keptAt.set(place, kept);
      sizes[place] = kept.length;
      return kept.map((at) => own[at] ?? 0);
    });
    const cases = this.sheets.map(({ places, cases: all }) =>
      places.some((place) => keptAt.has(place)) ? this.casesOf(places, keptAt) : all,
    );
    return { values, sizes, probabilities: normalised(probabilities), cases };
  }

  private casesOf(places: readonly number[], keptAt: ReadonlyMap<number, readonly number[]>): Int32Array {
    let cases = Int32Array.of(0);
    for (const place of places) {
      const size = this.dimensions[place]?.values.length ?? 1;
      const kept = keptAt.get(place) ?? Array.from({ length: size }, (_, at) => at);
      const next = new Int32Array(cases.length * kept.length);
      for (let from = 0, to = 0; from < cases.length; from += 1) {
        for (let at = 0; at < kept.length; at += 1, to += 1) next[to] = (cases[from] ?? 0) * size + (kept[at] ?? 0);
      }
      cases = next;
    }
    return cases;
  }

  private valuesOf({ probabilities, sizes, cases }: Left): Float64Array {
    const values = new Float64Array(this.supports.length);
    this.ofValues.read(probabilities, sizes, (at, marginal, from) => {
      const [sheet, left = EVERY] = [this.sheets[at], cases[at]];
      if (sheet)
        for (let next = 0; next < left.length; next += 1)
          add(values, sheet, left[next] ?? 0, marginal[from + next] ?? 0);
    });
    return values;
  }

  /** By dimension and value: for each table the sum of probability times gain, and at the end the probability. */
  private slicesOf({ probabilities, sizes, cases }: Left): Float64Array[][] {
    this.slicing ??= new Marginals(this.dimensions.length, this.slicesToRead());
    const mass = this.supports.length;
    const slices = sizes.map((size) => Array.from({ length: size }, () => new Float64Array(mass + 1)));
    this.slicing.read(probabilities, sizes, ({ sheet: which, place }, marginal, from) => {
      const own = slices[place] ?? [];
      const sheet = which === null ? undefined : this.sheets[which];
      if (!sheet) {
        for (const [value, slice] of own.entries()) slice[mass] = marginal[from + value] ?? 0;
        return;
      }
      const left = cases[which ?? 0] ?? EVERY;
      let inner = 1;
      for (const other of sheet.places) if (other > place) inner *= sizes[other] ?? 1;
      const isNamed = sheet.places.includes(place);
      for (let value = 0; value < own.length; value += 1) {
        const sums = own[value] ?? new Float64Array(0);
        const step = isNamed ? inner * own.length : inner;
        for (let row = 0, first = isNamed ? value * inner : 0; first < left.length; row += 1, first += step) {
          const at = from + (row * own.length + value) * inner;
          for (let next = 0; next < inner; next += 1)
            add(sums, sheet, left[first + next] ?? 0, marginal[at + next] ?? 0);
        }
      }
    });
    return slices;
  }

  /** A dimension says nothing about tables that depend on other components only. */
  private slicesToRead(): (readonly [Places, Slice])[] {
    const read: [Places, Slice][] = [];
    for (const [place, { component }] of this.dimensions.entries()) {
      const own = placesOf([place]);
      read.push([own, { sheet: null, place }]);
      for (const [sheet, { places }] of this.sheets.entries()) {
        if (places.some((other) => this.dimensions[other]?.component === component))
          read.push([placesOf(places) | own, { sheet, place }]);
      }
    }
    return read;
  }

  /** The expected gains over some slices of a dimension; those of tables that depend on other components are known. */
  private meanOf(slices: readonly Float64Array[], component: number, known: Float64Array): Float64Array {
    let mass = 0;
    for (const slice of slices) mass += slice[known.length] ?? 0;
    return known.map((value, table) => {
      if (this.supports[table]?.has(component) !== true) return value;
      let sum = 0;
      for (const slice of slices) sum += slice[table] ?? 0;
      return sum / mass;
    });
  }

  /** In each world the lead of the best act over `act` is at least 0, so rounding makes no value out of nothing. */
  private leadUnder(joint: Joint, { acts, charges }: Offer, act: number): number {
    const leads = this.leads.get(acts) ?? { best: this.bestOf(acts, charges), over: new Map<number, Float64Array>() };
    this.leads.set(acts, leads);
    const own =
      leads.over.get(act) ?? this.rowsOf(act).map((gain, row) => (leads.best[row] ?? 0) - (gain - (charges[act] ?? 0)));
    leads.over.set(act, own);
    const { values, sizes, probabilities } = this.leftUnder(joint);
    let lead = own;
    for (let place = 0; place < this.leading; place += 1) {
      const before = this.dimensions[place]?.values ?? [];
      const left = values[place] ?? before;
      if (left.length === before.length) continue;
      const inner = productOf(this.dimensions.slice(place + 1, this.leading).map((each) => each.values.length));
      lead = selected(lead, { size: before.length, inner, kept: left.map((value) => before.indexOf(value)) });
    }
    const block = productOf(sizes.slice(this.leading));
    let expected = 0;
    for (let row = 0, world = 0; row < lead.length; row += 1) {
      let mass = 0;
      for (const end = world + block; world < end; world += 1) mass += probabilities[world] ?? 0;
      expected += mass * (lead[row] ?? 0);
    }
    return expected;
  }

  /** The value of the best act in each case of the leading dimensions. */
  private bestOf(acts: readonly number[], charges: readonly number[]): Float64Array {
    const offered = new Set(acts);
    // Each sheet is compared over the dimensions up to its last one. The others come first, over fewer.
    const sheets = this.sheets
      .filter(({ tables }) => tables.some((table) => offered.has(table)))
      .sort((a, b) => lastOf(a) - lastOf(b));
    let best: Float64Array = Float64Array.of(-Infinity);
    for (const sheet of sheets) {
      best = repeated(best, this.rowsTo(lastOf(sheet)) / best.length);
      const top = this.betweenPlaces(topOf(sheet, offered, charges), sheet);
      for (let from = 0; from < best.length; from += top.length) {
        for (let row = 0; row < top.length; row += 1) {
          if ((top[row] ?? 0) > (best[from + row] ?? 0)) best[from + row] = top[row] ?? 0;
        }
      }
    }
    return repeated(best, this.rowsTo(this.leading - 1) / best.length);
  }

  /** The gain of a table in each case of the leading dimensions. */
  private rowsOf(table: number): Float64Array {
    const sheet = this.sheets.find(({ tables }) => tables.includes(table));
    const rows = this.rowsTo(this.leading - 1);
    if (!sheet) return new Float64Array(rows);
    const [column, width] = [sheet.tables.indexOf(table), sheet.tables.length];
    const gains = this.betweenPlaces(
      Float64Array.from(sheet.cases, (at) => sheet.gains[at * width + column] ?? 0),
      sheet,
    );
    const toLast = this.rowsTo(lastOf(sheet));
    return repeated(repeated(gains, toLast / gains.length, gains.length), rows / toLast);
  }

  /** Entries by case of a sheet, repeated for each case of the other dimensions between its first and its last one. */
  private betweenPlaces(entries: Float64Array, { places }: Sheet): Float64Array {
    let all = entries;
    let block = 1;
    for (let place = places.at(-1) ?? 0; place > (places[0] ?? 0); place -= 1) {
      const size = this.dimensions[place]?.values.length ?? 1;
      if (!places.includes(place)) all = repeated(all, size, block);
      block *= size;
    }
    return all;
  }

  /** Number of cases of the dimensions up to a place. */
  private rowsTo(place: number): number {
    return productOf(this.dimensions.slice(0, place + 1).map(({ values }) => values.length));
  }
}

function lastOf({ places }: Sheet): number {
  return places.at(-1) ?? -1;
}

const EVERY = Int32Array.of(0);

/** Adds the gains of one case, times its probability, to the sums of the tables. */
function add(sums: Float64Array, { tables, gains }: Sheet, at: number, p: number): void {
  const from = at * tables.length;
  for (let column = 0; column < tables.length; column += 1) {
    const table = tables[column] ?? 0;
    sums[table] = (sums[table] ?? 0) + p * (gains[from + column] ?? 0);
  }
}

/** One sheet for each set of dimensions. */
function sheetsOf(cells: readonly Cells[], dimensions: readonly Dimension[]): Sheet[] {
  const groups = new Map<string, { readonly places: readonly number[]; readonly tables: number[] }>();
  for (const [table, { dimensions: own }] of cells.entries()) {
    const places = own.map((dimension) => dimensions.indexOf(dimension));
    const group = groups.get(places.join()) ?? { places, tables: [] };
    group.tables.push(table);
    groups.set(places.join(), group);
  }
  return [...groups.values()].map(({ places, tables }) => {
    const count = productOf(places.map((place) => dimensions[place]?.values.length ?? 1));
    const gains = new Float64Array(count * tables.length);
    for (const [column, table] of tables.entries()) {
      for (let at = 0; at < count; at += 1) gains[at * tables.length + column] = cells[table]?.gains[at] ?? 0;
    }
    return { places, tables, gains, cases: Int32Array.from({ length: count }, (_, at) => at) };
  });
}

/** By case of a sheet, the value of its best available table. */
function topOf(
  { tables, gains, cases }: Sheet,
  offered: ReadonlySet<number>,
  charges: readonly number[],
): Float64Array {
  const top = new Float64Array(cases.length).fill(-Infinity);
  for (const [column, table] of tables.entries()) {
    if (!offered.has(table)) continue;
    for (let at = 0; at < top.length; at += 1) {
      const worth = (gains[at * tables.length + column] ?? 0) - (charges[table] ?? 0);
      if (worth > (top[at] ?? 0)) top[at] = worth;
    }
  }
  return top;
}

/** Each block of entries, several times. */
function repeated(entries: Float64Array, times: number, block = 1): Float64Array {
  if (times === 1) return entries;
  const all = new Float64Array(entries.length * times);
  for (let from = 0, to = 0; from < entries.length; from += block) {
    for (let time = 0; time < times; time += 1) {
      for (let next = 0; next < block; next += 1, to += 1) all[to] = entries[from + next] ?? 0;
    }
  }
  return all;
}

/** Which values of one dimension of a table are kept, and by what their entries are multiplied. */
interface Selection {
  readonly size: number;
  /** Distance between the entries of successive values. */
  readonly inner: number;
  readonly kept: readonly number[];
  readonly ratios?: readonly number[];
}

function selected(table: Float64Array, { size, inner, kept, ratios }: Selection): Float64Array {
  const [before, after] = [size * inner, kept.length * inner];
  const left = new Float64Array((table.length / before) * after);
  for (const [place, value] of kept.entries()) {
    const ratio = ratios?.[place] ?? 1;
    for (let from = value * inner, to = place * inner; to < left.length; from += before, to += after) {
      for (let next = 0; next < inner; next += 1) left[to + next] = ratio * (table[from + next] ?? 0);
    }
  }
  return left;
}

/** Divides by the sum, unless that is 1 but for rounding. */
function normalised(probabilities: Float64Array): Float64Array {
  const worlds = probabilities.length;
  let total = 0;
  for (let world = 0; world < worlds; world += 1) total += probabilities[world] ?? 0;
  if (Math.abs(total - 1) <= EPSILON_SUM) return probabilities;
  const scaled = new Float64Array(worlds);
  for (let world = 0; world < worlds; world += 1) scaled[world] = (probabilities[world] ?? 0) / total;
  return scaled;
}

function productOf(sizes: readonly number[]): number {
  let product = 1;
  for (const size of sizes) product *= size;
  return product;
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
  let probabilities = Float64Array.of(1);
  for (const [depth, { number, component, values }] of dimensions.entries()) {
    const { scope = [], strides = [], step = 0 } = clusters[number] ?? {};
    const table = joint.tables(component)[step] ?? probabilities;
    const strideOf = (other: number) => strides[scope.indexOf(other)] ?? 0;
    // The entries of the table by the values of the earlier dimensions. Known clusters have one value.
    let entries: Int32Array = Int32Array.of(
      scope.reduce((sum, other) => sum + strideOf(other) * Math.max(0, known[other] ?? UNKNOWN), 0),
    );
    for (const earlier of dimensions.slice(0, depth)) {
      const stride = strideOf(earlier.number);
      entries = extended(
        entries,
        earlier.values.map((value) => value * stride),
      );
    }
    const next = new Float64Array(entries.length * values.length);
    for (let world = 0, to = 0; world < entries.length; world += 1) {
      for (let at = 0; at < values.length; at += 1, to += 1) {
        next[to] = (probabilities[world] ?? 0) * (table[(entries[world] ?? 0) + (values[at] ?? 0)] ?? 0);
      }
    }
    probabilities = next;
  }
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
  const truths = dimensions.map(({ component, cluster, values }) =>
    values.map((value) => components[component]?.clusters[cluster]?.values[value]),
  );
  const holds = (literal: Literal, members: Uint8Array | undefined) =>
    members?.[places[literal.variable]?.member ?? 0] === Number(literal.value);
  const write = (depth: number, cell: number, row: TableRow): void => {
    const own = truths[depth];
    if (!own) {
      if (counts[cell] === 0) specificity[cell] = row.when.length;
      else if (specificity[cell] !== row.when.length) return;
      totals[cell] = (totals[cell] ?? 0) + row.value;
      counts[cell] = (counts[cell] ?? 0) + 1;
      return;
    }
    for (let place = 0; place < own.length; place += 1) {
      let fits = true;
      for (const literal of literals[depth] ?? []) fits &&= holds(literal, own[place]);
      if (fits) write(depth + 1, cell * own.length + place, row);
    }
  };
  for (const row of table) {
    for (const own of literals) while (own.length > 0) own.pop();
    let isPossible = true;
    for (const literal of row.when) {
      const { component = 0, cluster = 0 } = places[literal.variable] ?? {};
      const number = (offsets[component] ?? 0) + cluster;
      const place = placeOf.get(number);
      if (place !== undefined) literals[place]?.push(literal);
      else isPossible &&= holds(literal, components[component]?.clusters[cluster]?.values[known[number] ?? 0]);
    }
    if (isPossible) write(0, 0, row);
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
