import type { AssumptionInput, GainRow, GivenRow } from '@assent/contract';
import fc from 'fast-check';

export const probability = fc.integer({ min: 1, max: 99 }).map((percent) => percent / 100);

export type World = Readonly<Record<string, boolean>>;

/** Every combination of truth values, without the impossible ones. */
export function worldsOf(assumptions: readonly AssumptionInput[]): World[] {
  const all = assumptions.reduce<World[]>(
    (worlds, { id }) =>
      worlds.flatMap((world) => [
        { ...world, [id]: true },
        { ...world, [id]: false },
      ]),
    [{}],
  );
  return all.filter((world) =>
    assumptions.every(
      ({ id, excludes = [] }) => world[id] !== true || excludes.every((other) => world[other] !== true),
    ),
  );
}

/**
 * Probability of a world, computed independently of the code under test: exclusive assumptions together, everything else by the
 * chain rule. Assumptions that exclude each other have the same parents in every generated problem.
 */
export function probabilityOfWorld(world: World, assumptions: readonly AssumptionInput[]): number {
  return groupsOf(assumptions).reduce((product, group) => product * probabilityOfGroup(group, world), 1);
}

/** Assumptions that exclude each other, directly or through others. */
function groupsOf(assumptions: readonly AssumptionInput[]): AssumptionInput[][] {
  const groups = assumptions.map((assumption) => [assumption]);
  for (const { id, excludes = [] } of assumptions) {
    for (const other of excludes) {
      const [mine, theirs] = [id, other].map((name) => groups.find((group) => group.some((one) => one.id === name)));
      if (!mine || !theirs || mine === theirs) continue;
      mine.push(...theirs);
      groups.splice(groups.indexOf(theirs), 1);
    }
  }
  return groups;
}

function probabilityOfGroup(group: readonly AssumptionInput[], world: World): number {
  const [only] = group;
  if (only && group.length === 1) return world[only.id] === true ? chanceOf(only, world) : 1 - chanceOf(only, world);
  // In the order of the problem, so that an assumption follows those in its conditions.
  const members = [...group].sort((a, b) => a.id.localeCompare(b.id));
  const ids = members.map(({ id }) => id);
  const exclude = (a: AssumptionInput, b: AssumptionInput) =>
    (a.excludes ?? []).includes(b.id) || (b.excludes ?? []).includes(a.id);
  const isMutual = members.every((a) => members.every((b) => a === b || exclude(a, b)));
  if (!isMutual) return mostUncertain(members, world);
  const chances = new Map<string, number>();
  const none = { ...world, ...Object.fromEntries(ids.map((id) => [id, false])) };
  for (const member of members) {
    const named = new Set((member.given ?? []).flatMap(({ when }) => Object.keys(when)));
    const left = 1 - ids.filter((id) => named.has(id)).reduce((sum, id) => sum + (chances.get(id) ?? 0), 0);
    chances.set(member.id, chanceOf(member, none) * left);
  }
  const holding = ids.find((id) => world[id] === true);
  return holding === undefined
    ? 1 - [...chances.values()].reduce((sum, chance) => sum + chance, 0)
    : (chances.get(holding) ?? 0);
}

/** The distribution of maximum entropy with these probabilities, by iterative scaling. */
function mostUncertain(members: readonly AssumptionInput[], world: World): number {
  const cases = worldsOf(members).map((truth) => ({ truth, weight: 1 }));
  for (let round = 0; round < 300; round += 1) {
    for (const member of members) {
      const p = chanceOf(member, world);
      const all = cases.reduce((sum, { weight }) => sum + weight, 0);
      const holding = cases.reduce((sum, { truth, weight }) => (truth[member.id] === true ? sum + weight : sum), 0);
      for (const each of cases) {
        each.weight *= each.truth[member.id] === true ? p / holding : (1 - p) / (all - holding);
      }
    }
  }
  const same = cases.find(({ truth }) => members.every(({ id }) => truth[id] === world[id]));
  return (same?.weight ?? 0) / cases.reduce((sum, { weight }) => sum + weight, 0);
}

/** P(assumption | its conditions as in the world), where nothing excludes it. */
function chanceOf({ p, given = [] }: AssumptionInput, world: World): number {
  const rows = given.filter(({ when }) => matches(when, world));
  const most = Math.max(...rows.map(({ when }) => Object.keys(when).length));
  const chosen = rows.filter(({ when }) => Object.keys(when).length === most);
  return rows.length === 0 ? p : chosen.reduce((sum, row) => sum + row.p, 0) / chosen.length;
}

/** G(a, world): the mean of the most specific rows that match, else 0. */
export function gainIn(world: World, actionId: string, gains: readonly GainRow[]): number {
  const rows = gains.filter((row) => row.actionId === actionId && matches(row.when, world));
  const most = Math.max(...rows.map(({ when }) => Object.keys(when).length));
  const chosen = rows.filter(({ when }) => Object.keys(when).length === most);
  return rows.length === 0 ? 0 : chosen.reduce((sum, { gain: value }) => sum + clamp(value), 0) / chosen.length;
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function matches(when: GivenRow['when'], world: World): boolean {
  return Object.entries(when).every(([id, value]) => world[id] === value);
}

/** Generated assumptions, each after those in its conditions. Exclusive ones are adjacent, as specified by `exclusive`. */
export function assumptionsOf(
  count: number,
  { entangled = false }: { readonly entangled?: boolean },
): fc.Arbitrary<AssumptionInput[]> {
  const ids = Array.from({ length: count }, (_, index) => `x${index}`);
  const drawn = fc.record({
    p: probability,
    parents: fc.uniqueArray(fc.nat({ max: 5 }), { maxLength: 2 }),
    rows: fc.array(fc.record({ mask: fc.nat({ max: 8 }), p: probability }), { maxLength: 4 }),
  });
  const shape = fc.record({ start: fc.nat({ max: 5 }), size: fc.integer({ min: 2, max: 3 }), isMutual: fc.boolean() });
  return fc.tuple(fc.tuple(...ids.map(() => drawn)), fc.option(shape)).map(([all, exclusive]) => {
    const group = entangled && exclusive ? ids.slice(exclusive.start, exclusive.start + exclusive.size) : [];
    return all.map(({ p, parents, rows }, index): AssumptionInput => {
      const id = ids[index] ?? '';
      const place = group.indexOf(id);
      const fits = (value: number) => (place < 0 || group.length < 2 ? value : (0.95 * value) / group.length);
      const before = place < 0 ? index : ids.indexOf(group[0] ?? id);
      const named = entangled ? parents.flatMap((parent) => (parent < before ? [ids[parent] ?? id] : [])) : [];
      const inside = place > 0 && exclusive?.isMutual === true && rows.length > 2 ? group.slice(0, place) : [];
      // Two members of an exclusive set cannot both hold, and such a condition is refused.
      const isPossible = ({ when }: GivenRow) => group.filter((member) => when[member] === true).length <= 1;
      const given = rows.flatMap(({ mask, p: value }) => whenOf(named, inside, mask, fits(value))).filter(isPossible);
      return {
        id,
        text: `Statement ${index} of this problem`,
        p: fits(p),
        ...(given.length > 0
          ? { given: [...new Map(given.map((row) => [JSON.stringify(row.when), row])).values()] }
          : {}),
        // Stated on one side, which is sufficient. Unless mutual, the first and the last of three may be true together.
        excludes: place < 0 ? [] : group.slice(place + 1, exclusive?.isMutual === true ? undefined : place + 2),
      };
    });
  });
}

/** One row on some of the parents. For members of the same exclusive set the row only requires that they are false. */
function whenOf(named: readonly string[], inside: readonly string[], mask: number, p: number): GivenRow[] {
  const literals = named.flatMap((name, bit) => {
    const pick = Math.floor(mask / 3 ** bit) % 3;
    return pick === 2 ? [] : [[name, pick === 1] as const];
  });
  const when = Object.fromEntries([...literals, ...inside.slice(mask % 2).map((name) => [name, false] as const)]);
  return Object.keys(when).length > 0 ? [{ when, p }] : [];
}
