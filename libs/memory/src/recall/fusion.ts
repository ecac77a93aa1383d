import type { RankerScores, RecallRanker } from '@assent/contract';

/**
 * The constant of reciprocal-rank fusion (Cormack, Clarke, Büttcher 2009). With the paper's value of 60 the first ranks
 * weigh almost the same, so that two weak rankers outvote a ranker with a clear first rank.
 */
const FUSION_K = 2;
/** Number of candidates that credit may reorder, per requested fragment: the best by fused rank. */
const CHOICE = 3;
/** English text has about four characters a token. */
const CHARS_PER_TOKEN = 4;

/** A fragment found by at least one ranker. Scores are 0 to 1; null: this ranker did not work. */
export interface Candidate {
  readonly fragmentId: string;
  readonly helpful: number;
  readonly harmful: number;
  readonly chars: number;
  /** Rank of the full-text search: comparable within one query only. */
  readonly text: number;
  /** Share of the words of the query that it contains. */
  readonly words: number;
  readonly trigram: number | null;
  readonly vector: number | null;
}

export interface Limits {
  readonly limit: number;
  readonly tokens: number;
  /** Minimum similarity of words or trigrams. */
  readonly minLexical: number;
  /** Minimum similarity of vectors. */
  readonly minVector: number;
}

/** A candidate that is recalled, with the reason. */
export interface Ranked {
  readonly fragmentId: string;
  /** fused x credit */
  readonly rank: number;
  readonly similarity: number;
  readonly credit: number;
  readonly fused: number;
  readonly scores: RankerScores;
}

/** Credit of a fragment: (helpful + 1) / (helpful + harmful + 2), between 0 and 1, 1/2 if it was never used. */
export function creditOf({ helpful, harmful }: Pick<Candidate, 'helpful' | 'harmful'>): number {
  return (helpful + 1) / (helpful + harmful + 2);
}

export function tokensOf(chars: number): number {
  return Math.ceil(chars / CHARS_PER_TOKEN);
}

/**
 * Two orders fused by reciprocal rank, that of the words and that of the vectors; then credit reorders the best, and the limit and the
 * tokens cut the list. Scores of different rankers are on different scales and are not compared. The thresholds apply last, so that a
 * higher threshold always gives a subset.
 */
export function fuse(candidates: readonly Candidate[], limits: Limits): Ranked[] {
  const ranks = ranksOf(candidates);
  const orders = ordersOf(candidates, ranks);
  const fused = candidates
    .map((candidate) => ({ candidate, fused: fusedOf(candidate, orders) }))
    .sort((a, b) => b.fused - a.fused || compareIds(a.candidate, b.candidate))
    .slice(0, limits.limit * CHOICE)
    .map((row) => ({ ...row, ranked: rankedOf(row.candidate, row.fused, ranks) }))
    .sort((a, b) => b.ranked.rank - a.ranked.rank || compareIds(a.candidate, b.candidate))
    .slice(0, limits.limit);
  let tokens = 0;
  const fitting = fused.filter(({ candidate }) => (tokens += tokensOf(candidate.chars)) <= limits.tokens);
  return fitting.filter(({ candidate }) => isSimilar(candidate, limits)).map(({ ranked }) => ranked);
}

/** Ranks of the candidates, from 1, and the weight of this order. */
interface Order {
  readonly places: ReadonlyMap<string, number>;
  /** Distance of the best score from the mean of the scores, in standard deviations. */
  readonly lead: number;
}

interface Ranking extends Order {
  /** Number of candidates that share the best score. */
  readonly bestCount: number;
}

type Ranks = ReadonlyMap<RecallRanker, Ranking>;

function ranksOf(candidates: readonly Candidate[]): Ranks {
  const rankers = (['text', 'trigram', 'vector'] as const).filter((ranker) =>
    candidates.some((candidate) => candidate[ranker] !== null),
  );
  return new Map(
    rankers.map((ranker) => {
      const scores = candidates.flatMap((candidate) => candidate[ranker] ?? []).sort((a, b) => b - a);
      const bestCount = scores.filter((score) => score === scores[0]).length;
      return [ranker, { places: placesOf(candidates, [ranker]), lead: leadOf(scores), bestCount }];
    }),
  );
}

/**
 * Full text and trigrams read the same words, so they make one order: two votes for one observation would outvote the vectors. The
 * ranker whose best score fewer candidates share comes first, and the other one orders its ties.
 */
function ordersOf(candidates: readonly Candidate[], ranks: Ranks): readonly Order[] {
  const vectors = ranks.get('vector');
  const words = [...ranks]
    .filter(([ranker]) => ranker !== 'vector')
    .sort(([, a], [, b]) => a.bestCount - b.bestCount || b.lead - a.lead);
  const places = placesOf(
    candidates,
    words.map(([ranker]) => ranker),
  );
  return [{ places, lead: words[0]?.[1].lead ?? 0 }, ...(vectors ? [vectors] : [])];
}

/** @param scores best first, so that rounding does not depend on the order of the candidates */
function leadOf(scores: readonly number[]): number {
  const [best = 0] = scores;
  // Because of rounding, the mean of equal scores may differ from them.
  if (best === scores.at(-1)) return 0;
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const deviation = Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length);
  return deviation === 0 ? 0 : Math.max(0, best - mean) / deviation;
}

/** Orders by the scores of the first ranker, then by those of the next; equal candidates share their mean rank. */
function placesOf(candidates: readonly Candidate[], rankers: readonly RecallRanker[]): ReadonlyMap<string, number> {
  const compare = (a: Candidate, b: Candidate) =>
    rankers.reduce((order, ranker) => order || (b[ranker] ?? 0) - (a[ranker] ?? 0), 0);
  const isEqual = (a?: Candidate, b?: Candidate) => a !== undefined && b !== undefined && compare(a, b) === 0;
  const ordered = candidates.filter((one) => rankers.some((ranker) => (one[ranker] ?? 0) > 0)).sort(compare);
  const places = new Map<string, number>();
  for (let from = 0, to = 0; from < ordered.length; from = to) {
    while (isEqual(ordered[from], ordered[to])) to += 1;
    for (const { fragmentId } of ordered.slice(from, to)) places.set(fragmentId, Math.ceil((from + 1 + to) / 2));
  }
  return places;
}

/** 1 for a candidate that is first in every order. An order weighs as much as its lead; all weigh the same where none has a lead. */
function fusedOf({ fragmentId }: Candidate, orders: readonly Order[]): number {
  const hasLead = orders.some(({ lead }) => lead > 0);
  let [sum, total] = [0, 0];
  for (const { places, lead } of orders) {
    const [at, weight] = [places.get(fragmentId), hasLead ? lead : 1];
    if (at !== undefined) sum += weight * ((FUSION_K + 1) / (FUSION_K + at));
    total += weight;
  }
  return total === 0 ? 0 : sum / total;
}

function rankedOf(candidate: Candidate, fused: number, ranks: Ranks): Ranked {
  const similarity = Math.max(lexicalOf(candidate), candidate.vector ?? 0);
  const credit = creditOf(candidate);
  const { fragmentId } = candidate;
  const scoreOf = (ranker: RecallRanker, score: number | null) =>
    score === null ? null : { score, place: ranks.get(ranker)?.places.get(fragmentId) ?? null };
  const scores = {
    text: scoreOf('text', candidate.words),
    trigram: scoreOf('trigram', candidate.trigram),
    vector: scoreOf('vector', candidate.vector),
  };
  return { fragmentId, rank: fused * credit, similarity, credit, fused, scores };
}

function lexicalOf({ words, trigram }: Candidate): number {
  return Math.max(words, trigram ?? 0);
}

function isSimilar(candidate: Candidate, { minLexical, minVector }: Limits): boolean {
  return lexicalOf(candidate) >= minLexical || (candidate.vector !== null && candidate.vector >= minVector);
}

function compareIds(a: Candidate, b: Candidate): number {
  return a.fragmentId < b.fragmentId ? -1 : a.fragmentId > b.fragmentId ? 1 : 0;
}
