import { byVerdict, type SearchNodeState, type SearchState } from './rebuild';
import type { SearchAmounts, SearchEnd } from '@assent/contract';
import type { AnswerFact, JudgeTask, SearchRules } from './search.facts';
import { upperBound } from './value';

/** The next step of a search. */
export type NextStep =
  /** Write an answer below this node; null: the first one. */
  | { readonly kind: 'expand'; readonly parentId: string | null }
  | { readonly kind: 'compare'; readonly nodeId: string; readonly tasks: readonly JudgeTask[] }
  | { readonly kind: 'finish'; readonly reason: SearchEnd };

/** Maximum number of comparisons of one new answer: with its parent and with the best answer. */
const PAIRS_MAX = 2;

/** The next step, computed from the log alone, so every caller gets the same result. `left` is the remaining budget. */
export function nextStep(rules: SearchRules, state: SearchState, left: SearchAmounts): NextStep {
  const unjudged = state.nodes.find(({ pending }) => pending.length > 0);
  if (left.tokens < 1) return { kind: 'finish', reason: 'tokens' };
  if (unjudged) return { kind: 'compare', nodeId: unjudged.nodeId, tasks: unjudged.pending };
  if (rules.stopOnPass && state.nodes.some(({ verified }) => verified === 'pass'))
    return { kind: 'finish', reason: 'verified' };
  if (state.iteration >= rules.maxIter) return { kind: 'finish', reason: 'iterations' };
  if (left.nodes < 1) return { kind: 'finish', reason: 'nodes' };
  const [root] = state.nodes;
  if (left.calls < 1 + (root ? judgementsOf(rules, state, 1) : 0)) return { kind: 'finish', reason: 'calls' };
  return { kind: 'expand', parentId: root ? select(rules, state, root).nodeId : null };
}

/** Descends from the root by the highest bound to the first node that may have another child; the older node wins a tie. */
function select(rules: SearchRules, state: SearchState, root: SearchNodeState): SearchNodeState {
  let node = root;
  while (!isEligible(rules, state, node)) {
    const parent = node;
    node = highest(childrenOf(state, parent), ({ Q, n }) => upperBound(rules.c, Q ?? 0, n, parent.n)) ?? root;
  }
  return node;
}

/** Whether it may have another child and has no child that is better. */
export function isEligible({ maxChild }: SearchRules, state: SearchState, node: SearchNodeState): boolean {
  return node.children.length < maxChild && !childrenOf(state, node).some(({ beatsParent }) => beatsParent);
}

function childrenOf({ byId }: SearchState, { children }: SearchNodeState): SearchNodeState[] {
  return children.flatMap((id) => byId.get(id) ?? []);
}

/** Judgements that one new answer below anything needs, with so many orders of a pair. */
function judgementsOf(rules: SearchRules, { nodes }: SearchState, orders: number): number {
  const pairs = rules.incumbent && nodes.length > 1 ? PAIRS_MAX : 1;
  return pairs * orders;
}

/**
 * The comparisons of a new answer, and the order in which each is shown. Both orders are used if the rules say
 * so, or when the budget has room for both on all expansions that are left.
 * @param left what remains after the call that brought the answer
 */
export function judgeTasks(
  rules: SearchRules,
  seed: number,
  state: SearchState,
  { parentId, verified }: Pick<AnswerFact, 'parentId' | 'verified'>,
  left: SearchAmounts,
): JudgeTask[] {
  // What ends the search needs no rank.
  if (parentId === null || (rules.stopOnPass && verified === 'pass')) return [];
  const incumbent = rules.incumbent ? bestOf(state) : null;
  const rivals = incumbent && incumbent.nodeId !== parentId ? [parentId, incumbent.nodeId] : [parentId];
  if (!hasRoomForBoth(rules, state, rivals.length, left)) {
    // By position in the log: ids differ between searches.
    return rivals.map((against, index) => ({ against, swapped: coin(seed, `${state.calls}/${index}`) }));
  }
  return rivals.flatMap((against) => [
    { against, swapped: false },
    { against, swapped: true },
  ]);
}

function hasRoomForBoth(rules: SearchRules, state: SearchState, rivals: number, left: SearchAmounts): boolean {
  if (rules.judging === 'single') return false;
  const both = 2 * rivals;
  if (rules.judging === 'both') return left.calls >= both;
  const later = Math.min(rules.maxIter - state.iteration - 1, left.nodes);
  return left.calls >= both + Math.max(0, later) * (1 + 2 * PAIRS_MAX);
}

/**
 * The answer to give: verified ones first, failed ones last, then by value; the older answer wins a tie. null: no answer
 * yet.
 */
export function bestOf({ nodes }: SearchState): SearchNodeState | null {
  return nodes.reduce<SearchNodeState | null>((best, node) => (best && !isBetter(node, best) ? best : node), null);
}

/** The answer to compare the best one with; null: there is only one answer. */
export function worstOf(state: SearchState): SearchNodeState | null {
  const best = bestOf(state);
  const others = state.nodes.filter(({ nodeId }) => nodeId !== best?.nodeId);
  return others.reduce<SearchNodeState | null>((worst, node) => (worst && !isBetter(worst, node) ? worst : node), null);
}

function isBetter(a: SearchNodeState, b: SearchNodeState): boolean {
  const verdict = byVerdict(a.verified, b.verified);
  if (verdict !== 0) return verdict > 0;
  // An answer with missing judgements ranks below all others.
  return (a.q0 ?? -1) > (b.q0 ?? -1);
}

function highest<T>(items: readonly T[], by: (item: T) => number): T | null {
  let best: { item: T; score: number } | null = null;
  for (const item of items) {
    const score = by(item);
    if (best === null || score > best.score) best = { item, score };
  }
  return best?.item ?? null;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** A deterministic coin toss: equal for the same seed and name on every machine (FNV-1a, then murmur3's last mixing). */
function coin(seed: number, name: string): boolean {
  let hash = FNV_OFFSET ^ seed;
  for (const char of name) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) & 1) === 1;
}
