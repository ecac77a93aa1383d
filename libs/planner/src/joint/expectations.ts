import { createReader, diagramsOf, supportOf } from './diagram';
import type { Joint } from './joint';
import type { TableRow } from './rows';
import { WorldTable } from './world-table';
import { worldsOf, type Expectations, type Worlds } from './worlds';

/** Several gain tables under a distribution and every one that is conditioned further. */
export interface Gains {
  under(joint: Joint): Expectations;
  /** The worlds that the tables distinguish. */
  readonly worlds: Worlds;
  /** For each table, its assumptions whose truth may change its value. */
  readonly supports: readonly ReadonlySet<number>[];
  /** For each table, the components of the joint distribution that its value depends on. */
  readonly reach: readonly ReadonlySet<number>[];
}

/**
 * Gain tables of a joint distribution: by one table of all worlds where it is small, else by decision diagrams.
 * @throws AssentError invalid when the tables are too entangled for an exact result
 */
export function gainsOf(joint: Joint, tables: readonly (readonly TableRow[])[]): Gains {
  const found = WorldTable.of(joint, tables);
  const source = found ?? new Diagrams(joint, tables);
  const known = new WeakMap<Joint, Expectations>();
  const supports = tables.map((table, index) => namedIn(table, joint, source.supports[index] ?? new Map()));
  return {
    worlds: source.worlds,
    supports,
    reach: source.supports.map((components) => new Set(components.keys())),
    under: (each) => {
      const expectations = known.get(each) ?? source.under(each);
      known.set(each, expectations);
      return expectations;
    },
  };
}

function namedIn(
  table: readonly TableRow[],
  { network }: Joint,
  support: ReadonlyMap<number, ReadonlySet<number>>,
): Set<number> {
  const named = new Set<number>();
  for (const { when } of table) {
    for (const { variable } of when) {
      const { component = 0, cluster = 0 } = network.places[variable] ?? {};
      if (support.get(component)?.has(cluster) === true) named.add(variable);
    }
  }
  return named;
}

/** Gain tables as decision diagrams: for distributions with many worlds. */
class Diagrams {
  readonly supports: readonly ReadonlyMap<number, ReadonlySet<number>>[];
  readonly worlds: Worlds;
  private readonly read: ReturnType<typeof createReader>;

  constructor(
    joint: Joint,
    private readonly tables: readonly (readonly TableRow[])[],
  ) {
    const diagrams = diagramsOf(joint, tables);
    this.supports = diagrams.map((diagram) => supportOf(diagram));
    this.worlds = worldsOf(joint, diagrams, tables);
    this.read = createReader(diagrams);
  }

  under(joint: Joint): Expectations {
    const values = this.tables.map((_, table) => this.read(table, joint));
    return {
      values,
      knowing: (literal) => {
        const { component = 0 } = joint.network.places[literal.variable] ?? {};
        const known = joint.observed([literal]);
        return values.map((value, table) =>
          this.supports[table]?.has(component) === true ? this.read(table, known) : value,
        );
      },
    };
  }
}
