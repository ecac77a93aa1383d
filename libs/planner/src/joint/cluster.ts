import type { TableRow } from './rows';

/** Maximum entries of a table of the joint distribution: 12 independent assumptions. */
export const MAX_TABLE = 4_096;

/** One assumption in the joint distribution. It refers to others by position. */
export interface Stated {
  readonly id: string;
  readonly p: number;
  /** Conditions, most specific first. */
  readonly given: readonly TableRow[];
  /** Assumptions that cannot be true together with it; symmetric. */
  readonly excludes: ReadonlySet<number>;
}

/**
 * Assumptions that form one variable of the network: a single assumption, several that exclude each other, or several that
 * both exclude and condition each other. Its values are the sets of members that can be true together.
 */
export interface Cluster {
  readonly members: readonly number[];
  /** One row per value: truth by position among the members. The first value is "no member is true". */
  readonly values: readonly Uint8Array[];
  /** All pairs of members exclude each other. */
  readonly isMutual: boolean;
  /** Assumptions outside the cluster that conditions of its members refer to. */
  readonly parents: readonly number[];
}

/** The assumptions whose table would have more than `MAX_TABLE` entries. */
export interface Oversized {
  readonly oversized: readonly number[];
}

/** Clusters in the order of their first members. Reports a cluster with too many values instead. */
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
 * Strongly connected assumptions, with conditions as directed and exclusions as undirected edges, so that the network of the
 * groups has no cycle.
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

/** Every set of members without an excluded pair; undefined above `MAX_TABLE`. */
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
