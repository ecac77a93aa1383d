import type { Assumption } from '@assent/contract';
import { clampProbability } from '../numbers';
import type { ReadBeliefs } from '../read-beliefs';
import { variablesOf } from '../variables';
import { learnedFrom, type Tally } from './experience';

/**
 * Beliefs with what outcomes say of their statements. An assumption with a conditional table keeps it as it is: an outcome
 * does not say which of the cases it belongs to. @param applies whether the combination replaces p, or only stands beside it
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
 * Statements that exclude each other have probabilities of at most 1 together, and counts of different runs know nothing of
 * that: where they exceed it, and exceed what was stated, all statements that are bound by exclusions are scaled down.
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
