import { Injectable } from '@nestjs/common';
import { AssentError, type RankedFragment } from '@assent/contract';
import { Config } from '@assent/platform';
import { FragmentRepository } from '../fragment.repository';
import { CandidateRepository } from './candidate.repository';
import type { Query, SearchScope } from './candidate.sql';
import { isCutOff, isGone } from './cut-off';
import { fuse, type Candidate, type Limits } from './fusion';
import { VectorRanker, type Near } from './vector.ranker';
import { withinMs } from './within';

/**
 * Fraction of a recall's time for alternative spellings: 1/15 of 250 ms is 17 ms. Without them the recall continues.
 */
const SPELLING_SHARE = 1 / 15;
const NO_TRIGRAMS = 'trigram: the extension pg_trgm is not there';
const SPELLING_LATE = 'trigram: other spellings were not found in time';

export interface Found {
  readonly fragments: readonly RankedFragment[];
  /** Unavailable rankers, with the reason. */
  readonly degraded: readonly string[];
}

export interface RankingOptions {
  readonly status: Query['status'];
  readonly timeoutMs: number;
  readonly limit?: number;
  /** Default: as configured. */
  readonly minLexical?: number;
}

interface Enough {
  readonly timeoutMs: number;
  readonly wanted: number;
}

/** Candidates found by words. */
interface Words {
  readonly candidates: readonly Candidate[];
  readonly degraded: readonly string[];
}

/** Fragments of a scope that are similar to a text, best first, with the reasons. */
@Injectable()
export class Ranking {
  constructor(
    private readonly candidates: CandidateRepository,
    private readonly fragments: FragmentRepository,
    private readonly vectors: VectorRanker,
    private readonly config: Config,
  ) {}

  async find(scope: SearchScope, text: string, options: RankingOptions): Promise<Found> {
    const { status, timeoutMs } = options;
    const trigrams = await this.candidates.hasTrigrams();
    const hasAny = await withinMs(this.candidates.hasAny(scope.tenantId, status), timeoutMs);
    if (hasAny === 'late') throw new AssentError('timeout', 'Memory could not be read in time. Try again.');
    if (!hasAny) return { fragments: [], degraded: trigrams ? [] : [NO_TRIGRAMS] };
    const query = { text, status, trigrams };
    const limits = this.limits(options);
    const [words, near] = await Promise.all([
      this.byWords(scope, query, { timeoutMs, wanted: limits.limit }),
      this.vectors.nearest(scope, query, timeoutMs),
    ]);
    const found = [...words.candidates, ...(await this.unseen(scope, query, words.candidates, near, timeoutMs))];
    const { candidates, problem } = await this.vectors.compare(scope.tenantId, text, found, near);
    const ranked = fuse(candidates, limits);
    const fragments = await this.fragments.byIds(
      scope.tenantId,
      ranked.map(({ fragmentId }) => fragmentId),
    );
    return {
      fragments: ranked.flatMap((why) => {
        const fragment = fragments.get(why.fragmentId);
        // It may have been deleted between the two statements.
        return fragment?.status === status ? [{ ...fragment, ...why }] : [];
      }),
      degraded: [...words.degraded, ...(problem === null ? [] : [`vector: ${problem}`])],
    };
  }

  /** Searches for the words as written; if they find too little, also for likely spellings of misspelt ones. */
  private async byWords(scope: SearchScope, query: Query, { timeoutMs, wanted }: Enough): Promise<Words> {
    try {
      const candidates = await this.candidates.find(scope, query, timeoutMs);
      if (!query.trigrams) return { candidates, degraded: [NO_TRIGRAMS] };
      if (candidates.length >= wanted) return { candidates, degraded: [] };
      const spelt = await this.spellings(scope, query, timeoutMs);
      if (spelt === 'late') return { candidates, degraded: [SPELLING_LATE] };
      if (spelt.length === 0) return { candidates, degraded: [] };
      return { candidates: await this.candidates.find(scope, { ...query, spelt }, timeoutMs), degraded: [] };
    } catch (error) {
      if (!query.trigrams || !isGone(error)) throw error;
      this.candidates.loseTrigrams();
      return this.byWords(scope, { ...query, trigrams: false }, { timeoutMs, wanted });
    }
  }

  private async spellings({ tenantId }: SearchScope, { text }: Query, timeoutMs: number): Promise<string[] | 'late'> {
    try {
      return await this.candidates.spellings(tenantId, text, timeoutMs * SPELLING_SHARE);
    } catch (error) {
      if (isCutOff(error)) return 'late';
      throw error;
    }
  }

  /** Candidates found by vectors only, scored by the other rankers as well. */
  private async unseen(
    scope: SearchScope,
    query: Query,
    seen: readonly Candidate[],
    { fragmentIds }: Near,
    timeoutMs: number,
  ): Promise<readonly Candidate[]> {
    const known = new Set(seen.map(({ fragmentId }) => fragmentId));
    const more = fragmentIds.filter((fragmentId) => !known.has(fragmentId));
    if (more.length === 0) return [];
    const trigrams = await this.candidates.hasTrigrams();
    return this.candidates.named(scope, { ...query, trigrams }, more, timeoutMs);
  }

  private limits({ limit, minLexical }: RankingOptions): Limits {
    const { env } = this.config;
    return {
      limit: limit ?? env.MEMORY_RECALL_LIMIT,
      tokens: limit === undefined ? env.MEMORY_RECALL_TOKENS : Infinity,
      minLexical: minLexical ?? env.MEMORY_MIN_SIM,
      minVector: env.EMBEDDING_MIN_SIM,
    };
  }
}
