import type { RankerScores, RecallRanker } from '@assent/contract';

/** The constant of reciprocal-rank fusion, as in its paper (Cormack, Clarke, Büttcher 2009): it flattens the first ranks. */
const FUSION_K = 60;
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

type Ranks = ReadonlyMap<RecallRanker, ReadonlyMap<string, number>>;

/** Rank of each candidate per ranker, from 1; equal scores share their mean rank. */
function ranksOf(candidates: readonly Candidate[]): Ranks {
  const rankers = (['text', 'trigram', 'vector'] as const).filter((ranker) =>
    candidates.some((candidate) => candidate[ranker] !== null),
  );
  return new Map(
    rankers.map((ranker) => {
      const found = candidates.filter((candidate) => (candidate[ranker] ?? 0) > 0);
      const ordered = found.sort((a, b) => (b[ranker] ?? 0) - (a[ranker] ?? 0) || compareIds(a, b));
      return [ranker, placesOf(ordered, ranker)];
    }),
  );
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

/** 1 for a candidate that every ranker puts first. */
function fusedOf({ fragmentId }: Candidate, ranks: Ranks): number {
  let sum = 0;
  for (const rankOf of ranks.values()) {
    const at = rankOf.get(fragmentId);
    if (at !== undefined) sum += (FUSION_K + 1) / (FUSION_K + at);
  }
  return ranks.size === 0 ? 0 : sum / ranks.size;
}

function rankedOf(candidate: Candidate, fused: number, ranks: Ranks): Ranked {
  const similarity = Math.max(lexicalOf(candidate), candidate.vector ?? 0);
  const credit = creditOf(candidate);
  const { fragmentId } = candidate;
  const scoreOf = (ranker: RecallRanker, score: number | null) =>
    score === null ? null : { score, place: ranks.get(ranker)?.get(fragmentId) ?? null };
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
