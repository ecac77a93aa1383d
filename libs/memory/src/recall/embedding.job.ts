import { Inject, Injectable } from '@nestjs/common';
import { LOG, Sweeper, type Log, type Sweep } from '@assent/platform';
import { Embedder } from './embedder';
import { VectorRepository, type Unmeasured } from './vector.repository';

const EVERY_MS = 5_000;
const TEXTS_AT_ONCE = 32;
const TIMEOUT_MS = 30_000;
/** Vectors that are copied for pgvector in one statement. */
const COPIES_AT_ONCE = 200;
/** First pause before a refused text is sent again: time alone rarely helps. */
const REFUSED_PAUSE_MS = 60_000;
/** First pause while the endpoint fails for every text; pauses double. */
const UNAVAILABLE_PAUSE_MS = 5_000;
const UNAVAILABLE_MAX_PAUSE_MS = 300_000;
/** Text that any endpoint can embed: it distinguishes a refused text from an unavailable endpoint. */
const PROBE = 'probe';

/** A vector, or why it could not be computed. */
type Measured = { readonly vector: Float32Array } | { readonly error: unknown };

/**
 * Computes the vectors of new active fragments, and after a start copies those missing in pgvector. Concurrent replicas
 * may compute a vector twice. A text that the endpoint refuses does not block others.
 */
@Injectable()
export class EmbeddingJob {
  readonly sweep: Sweep;
  private measured: ReadonlyMap<string, Measured> = new Map();
  private copied = false;
  /** Consecutive failures of the endpoint. */
  private unavailable = 0;
  private notBefore = 0;

  constructor(
    private readonly embedder: Embedder,
    private readonly vectors: VectorRepository,
    sweeper: Sweeper,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.sweep = sweeper.items<Unmeasured>({
      name: 'embeddings',
      everyMs: EVERY_MS,
      prepare: () => this.prepare(),
      batch: TEXTS_AT_ONCE,
      firstPauseMs: REFUSED_PAUSE_MS,
      find: (limit, except) => this.measureNext(limit, except),
      keyOf: ({ fragmentId }) => fragmentId,
      handle: (fragment) => this.save(fragment),
    });
  }

  private async prepare(): Promise<boolean> {
    const { model } = this.embedder;
    if (model === null || Date.now() < this.notBefore) return false;
    try {
      await this.copy(model);
    } catch (error) {
      this.log.warn({ err: error }, 'could not copy vectors for pgvector; retrying');
    }
    return true;
  }

  private async measureNext(limit: number, except: readonly string[]): Promise<readonly Unmeasured[]> {
    const fragments = await this.vectors.unmeasured(this.embedder.model ?? '', limit, except);
    const measured = new Map<string, Measured>();
    if (fragments.length > 0) await this.measure(fragments, measured, false);
    this.measured = measured;
    return fragments;
  }

  /** @throws the endpoint's error for the probe */
  private async measure(
    fragments: readonly Unmeasured[],
    measured: Map<string, Measured>,
    isProbed: boolean,
  ): Promise<void> {
    try {
      const texts = fragments.map(({ text }) => text);
      const vectors = await this.embedder.all(texts, TIMEOUT_MS);
      for (const [index, { fragmentId }] of fragments.entries()) {
        const vector = vectors[index];
        if (vector) measured.set(fragmentId, { vector });
      }
      this.unavailable = 0;
    } catch (error) {
      if (!isProbed) await this.probe();
      const [first, ...others] = fragments;
      if (first && others.length === 0) {
        measured.set(first.fragmentId, { error });
        return;
      }
      const half = Math.ceil(fragments.length / 2);
      await this.measure(fragments.slice(0, half), measured, true);
      await this.measure(fragments.slice(half), measured, true);
    }
  }

  private async probe(): Promise<void> {
    try {
      await this.embedder.all([PROBE], TIMEOUT_MS);
      this.unavailable = 0;
    } catch (error) {
      this.notBefore = Date.now() + Math.min(UNAVAILABLE_MAX_PAUSE_MS, UNAVAILABLE_PAUSE_MS * 2 ** this.unavailable);
      this.unavailable += 1;
      throw error;
    }
  }

  private async save(fragment: Unmeasured): Promise<boolean> {
    const { model } = this.embedder;
    const measured = this.measured.get(fragment.fragmentId);
    if (model === null || !measured) return false;
    if ('error' in measured) throw measured.error;
    await this.vectors.save(model, fragment, measured.vector);
    return true;
  }

  private async copy(model: string): Promise<void> {
    if (this.copied || !(await this.vectors.hasIndex())) return;
    for (;;) {
      const stored = await this.vectors.uncopied(model, COPIES_AT_ONCE);
      if (stored.length === 0) break;
      await this.vectors.copy(model, stored);
    }
    this.copied = true;
    this.log.info({ model }, 'uses pgvector to find the nearest fragments');
  }
}
