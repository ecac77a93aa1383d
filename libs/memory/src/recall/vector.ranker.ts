import { Injectable } from '@nestjs/common';
import { Config } from '@assent/platform';
import { Embedder, cosineOf } from './embedder';
import type { Candidate } from './fusion';
import { VectorRepository } from './vector.repository';

export interface Compared {
  readonly candidates: readonly Candidate[];
  /** Why vectors could not be used; null: they were, or none are configured. */
  readonly problem: string | null;
}

/** Compares candidates with a goal by meaning, where an embedding endpoint is configured. */
@Injectable()
export class VectorRanker {
  constructor(
    private readonly embedder: Embedder,
    private readonly vectors: VectorRepository,
    private readonly config: Config,
  ) {}

  async compare(tenantId: string, goal: string, candidates: readonly Candidate[]): Promise<Compared> {
    const { model } = this.embedder;
    if (model === null || candidates.length === 0) return { candidates, problem: null };
    try {
      const [asked, stored] = await Promise.all([
        this.embedder.one(goal, this.config.env.EMBEDDING_TIMEOUT_MS),
        this.vectors.of(
          tenantId,
          model,
          candidates.map(({ fragmentId }) => fragmentId),
        ),
      ]);
      const compared = candidates.map((candidate) => {
        const vector = stored.get(candidate.fragmentId);
        return { ...candidate, vector: vector ? Math.max(0, cosineOf(asked, vector)) : null };
      });
      return { candidates: compared, problem: null };
    } catch (error) {
      // Recall goes on by words: a slow endpoint must not cost a plan its lessons.
      return { candidates, problem: error instanceof Error ? error.message : 'the embedding endpoint failed' };
    }
  }
}
