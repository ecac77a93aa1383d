import type { Cluster, Stated } from './cluster';
import type { Literal } from './rows';

/**
 * The table of a cluster after an intervention on one of its members: the member's causes no longer matter. Members that it
 * excludes become false, members with conditions on it follow, and the others keep their probabilities.
 */
export function intervene(
  cluster: Cluster,
  table: Float64Array,
  { variable, value }: Literal,
  stated: readonly Stated[],
): Float64Array {
  const { members, values } = cluster;
  const size = values.length;
  const place = members.indexOf(variable);
  const followers = followersOf(variable, cluster, stated);
  const excluded = members.map((member) => value && stated[variable]?.excludes.has(member) === true);
  const keyOf = (truth: ArrayLike<number>) => members.map((_, at) => (followers[at] === true ? '' : truth[at])).join();
  const settled = values.map((truth) =>
    keyOf(members.map((_, at) => (at === place ? Number(value) : excluded[at] === true ? 0 : (truth[at] ?? 0)))),
  );
  const keys = values.map(keyOf);
  const after = new Float64Array(table.length);
  for (let row = 0; row < table.length; row += size) {
    const [before, mass] = [new Map<string, number>(), new Map<string, number>()];
    for (let at = 0; at < size; at += 1) {
      const p = table[row + at] ?? 0;
      before.set(keys[at] ?? '', (before.get(keys[at] ?? '') ?? 0) + p);
      mass.set(settled[at] ?? '', (mass.get(settled[at] ?? '') ?? 0) + p);
    }
    const targets = new Map<string, number[]>();
    values.forEach((_, at) => targets.set(keys[at] ?? '', [...(targets.get(keys[at] ?? '') ?? []), at]));
    for (const [key, total] of mass) {
      const known = before.get(key) ?? 0;
      for (const at of targets.get(key) ?? []) {
        // The case was impossible before, so nothing determines the followers; they are assumed false.
        const share = known > 0 ? (table[row + at] ?? 0) / known : Number(at === targets.get(key)?.[0]);
        after[row + at] = (after[row + at] ?? 0) + total * share;
      }
    }
  }
  return after;
}

/** For each member, whether its conditions refer to the variable, directly or through other members. */
function followersOf(variable: number, { members }: Cluster, stated: readonly Stated[]): boolean[] {
  const following = new Set([variable]);
  for (const followed of following) {
    for (const member of members) {
      if (stated[member]?.given.some(({ when }) => when.some((literal) => literal.variable === followed)) === true) {
        following.add(member);
      }
    }
  }
  following.delete(variable);
  return members.map((member) => following.has(member));
}
