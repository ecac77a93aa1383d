import { Injectable } from '@nestjs/common';
import { Config } from '@assent/platform';
import { Embedder, cosineOf } from './embedder';
import type { Query, SearchScope } from './candidate.sql';
import { isCutOff } from './cut-off';
import type { Candidate } from './fusion';
import { VectorRepository } from './vector.repository';

export interface Compared {
  readonly candidates: readonly Candidate[];
  /** Why vectors could not be used; null: they were used, or are not configured. */
  readonly problem: string | null;
}

/** Nearest fragments by meaning, independent of wording. */
export interface Near {
  readonly fragmentIds: readonly string[];
  readonly problem: string | null;
  /** Without a vector of the goal, candidates cannot be compared either. */
  readonly isBlind: boolean;
}

const NOTHING_NEAR: Near = { fragmentIds: [], problem: null, isBlind: false };
/** Share of the time of a recall: enough to find the nearest by an index, or by reading all vectors of a small tenant. */
const NEAREST_SHARE = 0.4;

/** Compares candidates with a goal by meaning, where an embedding endpoint is configured. */
@Injectable()
export class VectorRanker {
  constructor(
    private readonly embedder: Embedder,
    private readonly vectors: VectorRepository,
    private readonly config: Config,
  ) {}

  /** Empty without pgvector. Never throws. */
  async nearest(scope: SearchScope, { text, status }: Query, timeoutMs: number): Promise<Near> {
    const { model } = this.embedder;
    // Only active fragments have vectors.
    if (model === null || status !== 'active') return NOTHING_NEAR;
    let asked: Float32Array | null = null;
    try {
      if (!(await this.vectors.hasIndex())) return NOTHING_NEAR;
      asked = await this.ask(text);
      return {
        ...NOTHING_NEAR,
        fragmentIds: await this.vectors.nearest(scope, model, asked, timeoutMs * NEAREST_SHARE),
      };
    } catch (error) {
      const problem = isCutOff(error) ? 'the nearest were not found in time' : messageOf(error);
      return { fragmentIds: [], problem, isBlind: asked === null };
    }
  }

  async compare(tenantId: string, goal: string, candidates: readonly Candidate[], near: Near): Promise<Compared> {
    const { model } = this.embedder;
    if (model === null || candidates.length === 0 || near.isBlind) return { candidates, problem: near.problem };
    try {
      const [asked, stored] = await Promise.all([
        this.ask(goal),
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
      return { candidates: compared, problem: near.problem };
    } catch (error) {
      // Recall continues by words: a slow endpoint must not keep lessons from a plan.
      return { candidates, problem: messageOf(error) };
    }
  }

  private ask(goal: string): Promise<Float32Array> {
    return this.embedder.one(goal, this.config.env.EMBEDDING_TIMEOUT_MS);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'the embedding endpoint failed';
}
