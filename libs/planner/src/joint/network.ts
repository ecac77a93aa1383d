import { clustersOf, type Cluster, type Stated } from './cluster';
import { distributionOf } from './distribution';
import { planElimination, stridesOf, type Factor, type Schedule } from './elimination';
import type { TruthOf } from './rows';

/** Assumptions connected by conditions or exclusions, ready for elimination. Variables are its clusters by position. */
export interface Component {
  readonly clusters: readonly Cluster[];
  /** Number of values of each cluster. */
  readonly sizes: readonly number[];
  readonly schedule: Schedule;
  /** P(cluster | clusters of its parents), by cluster. The scope ends with the cluster. */
  readonly factors: readonly Factor[];
}

/** Position of an assumption in a network. */
export interface Place {
  readonly component: number;
  readonly cluster: number;
  /** Position among the members of the cluster. */
  readonly member: number;
}

/** The joint distribution of some assumptions as stated. */
export interface Network {
  readonly stated: readonly Stated[];
  readonly components: readonly Component[];
  /** By position of the assumption. */
  readonly places: readonly Place[];
  /** Exclusive assumptions whose probabilities were inconsistent and scaled. */
  readonly scaled: readonly (readonly number[])[];
}

/** The network of the stated assumptions, or the assumptions of a table with too many entries. */
export function networkOf(stated: readonly Stated[]): Network | { readonly oversized: readonly number[] } {
  const clusters = clustersOf(stated);
  if ('oversized' in clusters) return clusters;
  const clusterOf = new Map(
    clusters.flatMap(({ members }, index) => members.map((member) => [member, index] as const)),
  );
  const parentsOf = clusters.map(({ parents }) => [...new Set(parents.map((parent) => clusterOf.get(parent) ?? 0))]);
  const components: Component[] = [];
  const scaled: (readonly number[])[] = [];
  for (const connected of connectedOf(parentsOf)) {
    const own = connected.flatMap((index) => clusters[index] ?? []);
    const sizes = own.map(({ values }) => values.length);
    const scopes = connected.map((index, place) => [
      ...(parentsOf[index] ?? []).map((parent) => connected.indexOf(parent)).sort((a, b) => a - b),
      place,
    ]);
    const schedule = planElimination(sizes, scopes);
    if ('oversized' in schedule) return { oversized: schedule.oversized.flatMap((place) => own[place]?.members ?? []) };
    const factors = own.map((cluster, place) => {
      const factor = factorOf(cluster, scopes[place] ?? [], own, sizes, stated);
      if (factor.isScaled) scaled.push(cluster.members);
      return factor;
    });
    components.push({ clusters: own, sizes, schedule, factors });
  }
  return { stated, components, places: placesOf(stated, components), scaled };
}

/** Sets of clusters connected through parents, each in ascending order. */
function connectedOf(parentsOf: readonly (readonly number[])[]): number[][] {
  const next = parentsOf.map((parents) => new Set(parents));
  parentsOf.forEach((parents, index) => {
    for (const parent of parents) next[parent]?.add(index);
  });
  const seen = new Set<number>();
  return parentsOf.flatMap((_, start) => {
    if (seen.has(start)) return [];
    const connected = new Set([start]);
    for (const index of connected) for (const other of next[index] ?? []) connected.add(other);
    for (const index of connected) seen.add(index);
    return [[...connected].sort((a, b) => a - b)];
  });
}

function factorOf(
  cluster: Cluster,
  scope: readonly number[],
  clusters: readonly Cluster[],
  sizes: readonly number[],
  stated: readonly Stated[],
): Factor & { readonly isScaled: boolean } {
  const size = cluster.values.length;
  const parents = scope.slice(0, -1);
  const strides = stridesOf(parents, sizes);
  const rows = parents.reduce((entries, parent) => entries * (sizes[parent] ?? 1), 1);
  const table = new Float64Array(rows * size);
  const whereOf = new Map(
    cluster.parents.map((parent) => {
      const place = parents.find((other) => clusters[other]?.members.includes(parent) === true) ?? 0;
      return [parent, { place, member: clusters[place]?.members.indexOf(parent) ?? 0 }] as const;
    }),
  );
  // Many values of a parent differ only in members that no condition here refers to, so results are cached.
  const known = new Map<string, ReturnType<typeof distributionOf>>();
  let isScaled = false;
  for (let row = 0; row < rows; row += 1) {
    const truth: TruthOf = (variable) => {
      const where = whereOf.get(variable);
      if (!where) return undefined;
      const value = Math.floor(row / (strides.get(where.place) ?? 1)) % (sizes[where.place] ?? 1);
      return clusters[where.place]?.values[value]?.[where.member];
    };
    const key = cluster.parents.map(truth).join('');
    const found = known.get(key) ?? distributionOf(cluster, stated, truth);
    known.set(key, found);
    isScaled ||= found.isScaled;
    table.set(found.weights, row * size);
  }
  return { scope, table, isScaled };
}

function placesOf(stated: readonly Stated[], components: readonly Component[]): Place[] {
  const places = new Map<number, Place>();
  components.forEach(({ clusters }, component) => {
    clusters.forEach(({ members }, cluster) => {
      members.forEach((variable, member) => places.set(variable, { component, cluster, member }));
    });
  });
  return stated.map((_, variable) => places.get(variable) ?? { component: 0, cluster: 0, member: 0 });
}
