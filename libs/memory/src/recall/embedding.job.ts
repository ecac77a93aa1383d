import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { LOG, type Log } from '@assent/platform';
import { Embedder } from './embedder';
import { VectorRepository } from './vector.repository';

const EVERY_MS = 5_000;
const TEXTS_AT_ONCE = 32;
const TIMEOUT_MS = 30_000;
/** Vectors that are copied for pgvector in one statement. */
const COPIES_AT_ONCE = 200;

/**
 * Has the vectors of new active fragments made, and once after a start those copied that pgvector does not know yet. On
 * several replicas at once it only makes one twice.
 */
@Injectable()
export class EmbeddingJob {
  private working = false;
  private copied = false;

  constructor(
    private readonly embedder: Embedder,
    private readonly vectors: VectorRepository,
    @Inject(LOG) private readonly log: Log,
  ) {}

  @Interval(EVERY_MS)
  async run(): Promise<void> {
    const { model } = this.embedder;
    if (model === null || this.working) return;
    this.working = true;
    try {
      await this.copy(model);
      const fresh = await this.vectors.unmeasured(model, TEXTS_AT_ONCE);
      if (fresh.length === 0) return;
      const made = await this.embedder.all(
        fresh.map(({ text }) => text),
        TIMEOUT_MS,
      );
      for (const [index, fragment] of fresh.entries()) {
        const vector = made[index];
        if (vector) await this.vectors.save(model, fragment, vector);
      }
    } catch (error) {
      this.log.warn({ err: error }, 'making the vectors of fragments failed; it tries again');
    } finally {
      this.working = false;
    }
  }

  private async copy(model: string): Promise<void> {
    if (this.copied || !(await this.vectors.hasIndex())) return;
    for (;;) {
      const stored = await this.vectors.uncopied(model, COPIES_AT_ONCE);
      if (stored.length === 0) break;
      await this.vectors.copy(model, stored);
    }
    this.copied = true;
    this.log.info({ model }, 'the nearest fragments are found by pgvector');
  }
}
