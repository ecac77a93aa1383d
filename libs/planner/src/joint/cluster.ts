import type { TableRow } from './rows';

/** Entries of the largest table that the joint distribution may need: 12 independent assumptions. */
export const MAX_TABLE = 4_096;

/** One assumption as the joint distribution reads it; others are named by position. */
export interface Stated {
  readonly id: string;
  readonly p: number;
  /** Conditions, the most specific first. */
  readonly given: readonly TableRow[];
  /** What cannot be true together with it; symmetric. */
  readonly excludes: ReadonlySet<number>;
}

/**
 * Assumptions that are one variable of the network: a single one, those that exclude each other, or those that both
 * exclude and condition each other. Its values are the sets of members that can be true together.
 */
export interface Cluster {
  readonly members: readonly number[];
  /** One row a value: truth by place among the members. The first value is "none of them". */
  readonly values: readonly Uint8Array[];
  /** Every two members exclude each other. */
  readonly isMutual: boolean;
  /** Assumptions outside that conditions of the members name. */
  readonly parents: readonly number[];
}

/** The assumptions that need a table of more than `MAX_TABLE` entries. */
export interface Oversized {
  readonly oversized: readonly number[];
}

/** Clusters in the order of their first members; a cluster with too many values is reported instead. */
export function clustersOf(stated: readonly Stated[]): Cluster[] | Oversized {
  const namedBy = stated.map(({ given }) => [
    ...new Set(given.flatMap(({ when }) => when.map(({ variable }) => variable))),
  ]);
  const clusters: Cluster[] = [];
  for (const members of groupsOf(stated, namedBy)) {
    const values = valuesOf(members, stated);
    if (!values) return { oversized: members };
    const named = [...new Set(members.flatMap((member) => namedBy[member] ?? []))];
    clusters.push({
      members,
      values,
      isMutual: members.every((a) => members.every((b) => a === b || stated[a]?.excludes.has(b) === true)),
      parents: named.filter((other) => !members.includes(other)).sort((a, b) => a - b),
    });
  }
  return clusters;
}

/**
 * Strongly connected assumptions, by conditions in their direction and by exclusions in both: the network of the groups
 * has no cycle then.
 */
function groupsOf(stated: readonly Stated[], namedBy: readonly (readonly number[])[]): number[][] {
  const next = stated.map(({ excludes }, index) => [...excludes, ...(namedBy[index] ?? [])]);
  const reach = next.map((_, from) => {
    const seen = new Set<number>([from]);
    for (const stack = [from]; stack.length > 0;) {
      for (const other of next[stack.pop() ?? from] ?? []) {
        if (seen.has(other)) continue;
        seen.add(other);
        stack.push(other);
      }
    }
    return seen;
  });
  const grouped = new Set<number>();
  return stated.flatMap((_, index) => {
    if (grouped.has(index)) return [];
    const group = [...(reach[index] ?? [])].filter((other) => reach[other]?.has(index) === true).sort((a, b) => a - b);
    for (const member of group) grouped.add(member);
    return [group];
  });
}

/** Every set of members in which no two exclude each other; undefined above `MAX_TABLE`. */
function valuesOf(members: readonly number[], stated: readonly Stated[]): Uint8Array[] | undefined {
  let values = [new Uint8Array(members.length)];
  for (const [place, member] of members.entries()) {
    const excluding = members.flatMap((other, at) =>
      at < place && stated[member]?.excludes.has(other) === true ? [at] : [],
    );
    const more = values
      .filter((value) => excluding.every((at) => value[at] === 0))
      .map((value) => {
        const added = value.slice();
        added[place] = 1;
        return added;
      });
    values = [...values, ...more];
    if (values.length > MAX_TABLE) return undefined;
  }
  return values;
}
