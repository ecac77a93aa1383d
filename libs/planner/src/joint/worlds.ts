import { supportOf, type Branch, type Diagram } from './diagram';
import type { Joint } from './joint';
import { knownOf, layoutOf, namedBy, possibleValues, type Layout, type Numbered } from './layout';
import type { Literal, TableRow } from './rows';

/** @param values the value of each table in this world; valid only during the call */
export type Visit = (p: number, values: Float64Array) => void;

/** The tables that compete in each world, and what is subtracted from the value of each table. */
export interface Offer {
  readonly acts: readonly number[];
  /** By position of the table. */
  readonly charges: readonly number[];
}

/** The worlds of some tables: every combination of values of the clusters that change them. */
export interface Worlds {
  /** Upper bound of their number under a distribution. */
  count(joint: Joint): number;
  /** Expected lead of the best act of each world over `act`, at least 0. */
  lead(joint: Joint, offer: Offer, act: number): number;
}

/** Worlds that can be visited one by one. */
export interface VisitedWorlds extends Worlds {
  /** Visits each possible world with its probability. */
  each(joint: Joint, visit: Visit): void;
}

/** Expected values of several gain tables under one distribution, by position of the table. */
export interface Expectations {
  readonly values: ArrayLike<number>;
  /** The expected values once an open assumption is known. */
  knowing(literal: Literal): ArrayLike<number>;
}

/** Cells of the largest table whose values are kept. Those of a larger one are read from its diagram in each world. */
const MAX_CELLS = 65_536;

/** One cluster. Its probability depends only on the clusters of earlier levels and on known ones. */
interface Level extends Numbered {
  readonly number: number;
  readonly size: number;
  /** Tables that name the cluster, with the distance between the cells of its successive values. */
  readonly cells: readonly (readonly [table: number, stride: number])[];
}

/**
 * The worlds that the diagrams of `tables` distinguish, valid for `joint` and every distribution conditioned further. A table
 * has a cell for each case of the clusters that its rows name, which is read from its diagram once.
 */
export function worldsOf(
  joint: Joint,
  diagrams: readonly Diagram[],
  tables: readonly (readonly TableRow[])[],
): VisitedWorlds {
  const layout = layoutOf(joint);
  const state = knownOf(layout);
  const { levels, sizes } = levelsOf(layout, diagrams, tables);
  /** Values read so far, by table and cell. Created at the first visit, because many worlds are only counted. */
  let known: readonly (Float64Array | null)[] = [];
  const cells = new Int32Array(tables.length);
  const values = new Float64Array(tables.length);

  const valueOf = (table: number): number => {
    let diagram = diagrams[table] ?? 0;
    while (typeof diagram !== 'number') {
      diagram = sideOf(diagram, state[(layout.offsets[diagram.component] ?? 0) + diagram.cluster] ?? 0);
    }
    return diagram;
  };

  const visitWorld = (p: number, visit: Visit): void => {
    for (let table = 0; table < values.length; table += 1) {
      const [own, cell] = [known[table], cells[table] ?? 0];
      const found = own?.[cell] ?? Number.NaN;
      const value = Number.isNaN(found) ? valueOf(table) : found;
      if (own) own[cell] = value;
      values[table] = value;
    }
    visit(p, values);
  };

  const descend = (depth: number, p: number, shares: readonly Float64Array[], visit: Visit): void => {
    const level = levels[depth];
    if (!level) {
      visitWorld(p, visit);
      return;
    }
    let entry = 0;
    for (let at = 0; at < level.scope.length; at += 1) {
      entry += (level.strides[at] ?? 0) * (state[level.scope[at] ?? 0] ?? 0);
    }
    for (let value = 0; value < level.size; value += 1) {
      const share = shares[depth]?.[entry + value] ?? 0;
      if (share <= 0) continue;
      state[level.number] = value;
      for (const [table, stride] of level.cells) cells[table] = (cells[table] ?? 0) + stride * value;
      descend(depth + 1, p * share, shares, visit);
      for (const [table, stride] of level.cells) cells[table] = (cells[table] ?? 0) - stride * value;
    }
  };

  const each = (under: Joint, visit: Visit): void => {
    if (known.length === 0)
      known = sizes.map((size) => (size > MAX_CELLS ? null : new Float64Array(size).fill(Number.NaN)));
    const shares = levels.map(({ component, step }) => under.tables(component)[step] ?? new Float64Array(0));
    descend(0, 1, shares, visit);
  };

  return {
    count: (under) =>
      levels.reduce(
        (count, { component, cluster, size }) => count * possibleValues(under, component, cluster, size).length,
        1,
      ),
    each,
    lead: (under, { acts, charges }, act) => {
      let expected = 0;
      each(under, (p, gains) => {
        const own = (gains[act] ?? 0) - (charges[act] ?? 0);
        let best = own;
        for (const other of acts) best = Math.max(best, (gains[other] ?? 0) - (charges[other] ?? 0));
        expected += p * (best - own);
      });
      return expected;
    },
  };
}

/** The clusters that the diagrams branch on, in the order of branching, and the number of cells of each table. */
function levelsOf(
  layout: Layout,
  diagrams: readonly Diagram[],
  tables: readonly (readonly TableRow[])[],
): { levels: Level[]; sizes: number[] } {
  const branched = new Set(
    diagrams.flatMap((diagram) =>
      [...supportOf(diagram)].flatMap(([component, clusters]) =>
        [...clusters].map((cluster) => (layout.offsets[component] ?? 0) + cluster),
      ),
    ),
  );
  const sizeOf = (number: number) => {
    const { component = 0, cluster = 0 } = layout.clusters[number] ?? {};
    return layout.joint.network.components[component]?.sizes[cluster] ?? 1;
  };
  const strides = tables.map(() => new Map<number, number>());
  const sizes = tables.map((table, index) => {
    const named = new Set(namedBy(table, layout).flat());
    let size = 1;
    for (const number of [...named].filter((each) => branched.has(each))) {
      strides[index]?.set(number, size);
      size *= sizeOf(number);
    }
    return size;
  });
  const levels = layout.order.flatMap((number): Level[] => {
    const numbered = layout.clusters[number];
    if (!numbered || !branched.has(number)) return [];
    const cells = strides.flatMap((own, table) => {
      const stride = own.get(number);
      return stride === undefined ? [] : [[table, stride] as const];
    });
    return [{ ...numbered, number, size: sizeOf(number), cells }];
  });
  return { levels, sizes };
}

function sideOf({ sides }: Branch, value: number): Diagram {
  return sides.find(({ values }) => values.includes(value))?.to ?? 0;
}
