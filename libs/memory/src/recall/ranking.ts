import { Injectable } from '@nestjs/common';
import type { RankedFragment } from '@assent/contract';
import { Config } from '@assent/platform';
import { FragmentRepository } from '../fragment.repository';
import { CandidateRepository, type Query, type SearchScope } from './candidate.repository';
import { fuse, type Limits } from './fusion';
import { VectorRanker } from './vector.ranker';

export interface Found {
  readonly fragments: readonly RankedFragment[];
  /** Rankers that could not be used, and why. */
  readonly degraded: readonly string[];
}

export interface RankingOptions {
  readonly status: Query['status'];
  readonly timeoutMs: number;
  readonly limit?: number;
  /** Default: as configured. */
  readonly minLexical?: number;
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
    const found = await this.candidates.find(scope, { text, status, trigrams }, timeoutMs);
    const { candidates, problem } = await this.vectors.compare(scope.tenantId, text, found);
    const ranked = fuse(candidates, this.limits(options));
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
      degraded: [
        ...(trigrams ? [] : ['trigram: the extension pg_trgm is not there']),
        ...(problem === null ? [] : [`vector: ${problem}`]),
      ],
    };
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
