import type { Assumption } from '@assent/contract';
import { clampProbability } from '../numbers';
import type { ReadBeliefs } from '../read-beliefs';
import { variablesOf } from '../variables';
import { learnedFrom, type Tally } from './experience';

/**
 * Combines beliefs with outcomes of their statements. A conditional table does not change, because an outcome does not say
 * which case it belongs to. @param applies whether the combined value replaces p, or is only shown next to it
 */
export function withOutcomes(beliefs: ReadBeliefs, tallies: ReadonlyMap<string, Tally>, applies: boolean): ReadBeliefs {
  const assumptions = beliefs.assumptions.map((assumption) => learn(assumption, tallies.get(assumption.key)));
  if (assumptions.every(({ learned }) => !learned)) return beliefs;
  if (!applies) return { ...beliefs, assumptions };
  const moved = withinExclusions(
    assumptions.map((assumption) =>
      assumption.learned ? { ...assumption, p: clampProbability(assumption.learned.p) } : assumption,
    ),
    beliefs.assumptions,
  );
  return { ...beliefs, assumptions: moved, variables: variablesOf(moved, beliefs.ranks) };
}

function learn(assumption: Assumption, tally: Tally | undefined): Assumption {
  if (!tally || assumption.given.length > 0) return assumption;
  const own = assumption.negated ? { ...tally, hits: tally.n - tally.hits } : tally;
  return { ...assumption, learned: learnedFrom(assumption.p, own) };
}

/**
 * Mutually exclusive statements have a total probability of at most 1, but counts from different runs may exceed it. If they
 * exceed both it and the stated total, all statements bound by exclusions are scaled down.
 */
function withinExclusions(moved: readonly Assumption[], stated: readonly Assumption[]): Assumption[] {
  const excludes = (a: number, b: number) =>
    moved[a]?.excludes.includes(moved[b]?.id ?? '') === true ||
    moved[b]?.excludes.includes(moved[a]?.id ?? '') === true;
  const rivals = moved.map((_, index) =>
    moved.flatMap((__, other) => (other !== index && excludes(index, other) ? [other] : [])),
  );
  const groups = rivals.flatMap((others, index) => [[index, ...others], ...others.map((other) => [index, other])]);
  const sum = (of: readonly Assumption[], group: readonly number[]) =>
    group.reduce((total, index) => total + (of[index]?.p ?? 0), 0);
  const excess = Math.max(1, ...groups.map((group) => sum(moved, group) / Math.max(1, sum(stated, group))));
  if (excess === 1) return [...moved];
  return moved.map((assumption, index) =>
    rivals[index]?.length === 0 ? assumption : { ...assumption, p: clampProbability(assumption.p / excess) },
  );
}
