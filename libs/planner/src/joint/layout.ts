import { stridesOf } from './elimination';
import type { Joint } from './joint';
import type { TableRow } from './rows';

/** The value of a cluster that is not known. */
export const UNKNOWN = -1;

/** The clusters of all components under consecutive numbers. */
export interface Layout {
  readonly joint: Joint;
  readonly clusters: readonly Numbered[];
  /** Number of the first cluster, by component. */
  readonly offsets: readonly number[];
  /** Numbers in the order of branching: by component, and within it last eliminated first. */
  readonly order: readonly number[];
}

export interface Numbered {
  readonly component: number;
  readonly cluster: number;
  readonly step: number;
  /** Numbers of the clusters that its probabilities depend on. */
  readonly scope: readonly number[];
  /** Distance between the entries of successive values of each cluster of the scope. */
  readonly strides: readonly number[];
}

export function layoutOf(joint: Joint): Layout {
  const { components } = joint.network;
  const offsets: number[] = [];
  const clusters: Numbered[] = [];
  components.forEach(({ sizes, schedule }, component) => {
    const offset = clusters.length;
    offsets.push(offset);
    sizes.forEach((_, cluster) => {
      const step = schedule.stepOf[cluster] ?? 0;
      const scope = schedule.steps[step]?.scope ?? [];
      const strides = stridesOf([...scope, cluster], sizes);
      clusters.push({
        component,
        cluster,
        step,
        scope: scope.map((other) => offset + other),
        strides: scope.map((other) => strides.get(other) ?? 0),
      });
    });
  });
  const order = clusters
    .map((_, number) => number)
    .sort((a, b) => {
      const [one, other] = [clusters[a], clusters[b]];
      return (one?.component ?? 0) - (other?.component ?? 0) || (other?.step ?? 0) - (one?.step ?? 0);
    });
  return { joint, clusters, offsets, order };
}

/** By cluster: its value if the facts leave only one, otherwise `UNKNOWN`. */
export function knownOf({ joint, clusters }: Layout): Int16Array {
  return Int16Array.from(clusters, ({ component, cluster }) => {
    const size = joint.network.components[component]?.sizes[cluster] ?? 0;
    const [first, second] = possibleValues(joint, component, cluster, size);
    return first !== undefined && second === undefined ? first : UNKNOWN;
  });
}

/** The clusters that each row names. */
export function namedBy(table: readonly TableRow[], { joint, offsets }: Layout): number[][] {
  return table.map(({ when }) =>
    when.map(({ variable }) => {
      const { component = 0, cluster = 0 } = joint.network.places[variable] ?? {};
      return (offsets[component] ?? 0) + cluster;
    }),
  );
}

export function possibleValues(joint: Joint, component: number, cluster: number, size: number): number[] {
  return Array.from({ length: size }, (_, value) => value).filter(
    (value) => !joint.isRuledOut(component, cluster, value),
  );
}
