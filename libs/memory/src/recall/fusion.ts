import type { RankerScores, RecallRanker } from '@assent/contract';

/**
 * The constant of reciprocal-rank fusion (Cormack, Clarke, Büttcher 2009). With the 60 of its paper the first ranks weigh almost the
 * same, so that two weak rankers outvote a ranker that is sure of its first place.
 */
const FUSION_K = 2;
/** Number of candidates that credit may reorder, per requested fragment: the best by fused rank. */
const CHOICE = 3;
/** English text has about four characters a token. */
const CHARS_PER_TOKEN = 4;

/** A fragment that some ranker has found. Scores are 0 to 1; null: this ranker did not work. */
export interface Candidate {
  readonly fragmentId: string;
  readonly helpful: number;
  readonly harmful: number;
  readonly chars: number;
  /** Rank of the full-text search: comparable within one query only. */
  readonly text: number;
  /** Share of the words asked for that stand in it. */
  readonly words: number;
  readonly trigram: number | null;
  readonly vector: number | null;
}

export interface Limits {
  readonly limit: number;
  readonly tokens: number;
  /** Minimum similarity of words or trigrams. */
  readonly minLexical: number;
  /** Least similarity of vectors. */
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
 * The rankers' orders fused by reciprocal rank, then that times credit among the best, cut to the limit and to the tokens.
 * Scores of different rankers are on different scales and are not compared. From what is left, what is not similar enough is taken away: in this order a higher threshold always gives a subset.
 */
export function fuse(candidates: readonly Candidate[], limits: Limits): Ranked[] {
  const ranks = ranksOf(candidates);
  const fused = candidates
    .map((candidate) => ({ candidate, fused: fusedOf(candidate, ranks) }))
    .sort((a, b) => b.fused - a.fused || compareIds(a.candidate, b.candidate))
    .slice(0, limits.limit * CHOICE)
    .map((row) => ({ ...row, ranked: rankedOf(row.candidate, row.fused, ranks) }))
    .sort((a, b) => b.ranked.rank - a.ranked.rank || compareIds(a.candidate, b.candidate))
    .slice(0, limits.limit);
  let tokens = 0;
  const fitting = fused.filter(({ candidate }) => (tokens += tokensOf(candidate.chars)) <= limits.tokens);
  return fitting.filter(({ candidate }) => isSimilar(candidate, limits)).map(({ ranked }) => ranked);
}

/** The order of one ranker. */
interface Ranking {
  readonly places: ReadonlyMap<string, number>;
  /** Distance of its best score from the mean of its scores, in standard deviations. */
  readonly lead: number;
}

type Ranks = ReadonlyMap<RecallRanker, Ranking>;

/** Rank of each candidate per ranker, from 1; equal scores share their mean rank. */
function ranksOf(candidates: readonly Candidate[]): Ranks {
  const rankers = (['text', 'trigram', 'vector'] as const).filter((ranker) =>
    candidates.some((candidate) => candidate[ranker] !== null),
  );
  return new Map(
    rankers.map((ranker) => {
      const found = candidates.filter((candidate) => (candidate[ranker] ?? 0) > 0);
      const ordered = found.sort((a, b) => (b[ranker] ?? 0) - (a[ranker] ?? 0) || compareIds(a, b));
      const scores = candidates.flatMap((candidate) => candidate[ranker] ?? []).sort((a, b) => b - a);
      return [ranker, { places: placesOf(ordered, ranker), lead: leadOf(scores) }];
    }),
  );
}

/** @param scores best first, so that rounding does not depend on the order of the candidates */
function leadOf(scores: readonly number[]): number {
  const [best = 0] = scores;
  // By rounding, the mean of equal scores may be another number.
  if (best === scores.at(-1)) return 0;
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const deviation = Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length);
  return deviation === 0 ? 0 : Math.max(0, best - mean) / deviation;
}

/** @param ordered best first */
function placesOf(ordered: readonly Candidate[], ranker: RecallRanker): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (let from = 0, to = 0; from < ordered.length; from = to) {
    while (to < ordered.length && ordered[to]?.[ranker] === ordered[from]?.[ranker]) to += 1;
    for (const { fragmentId } of ordered.slice(from, to)) places.set(fragmentId, Math.ceil((from + 1 + to) / 2));
  }
  return places;
}

/**
 * 1 for a candidate that every ranker puts first. A ranker weighs as much as its best score leads: one that scores many alike has
 * little to say. All weigh the same where none has a lead.
 */
function fusedOf({ fragmentId }: Candidate, ranks: Ranks): number {
  const hasLead = [...ranks.values()].some(({ lead }) => lead > 0);
  let [sum, total] = [0, 0];
  for (const { places, lead } of ranks.values()) {
    const [at, weight] = [places.get(fragmentId), hasLead ? lead : 1];
    if (at !== undefined) sum += (weight * (FUSION_K + 1)) / (FUSION_K + at);
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
