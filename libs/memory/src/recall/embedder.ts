import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Config } from '@assent/platform';

/** Maximum length of an embedded text, in characters. */
const INPUT_MAX_CHARS = 8_000;
/** The largest models have some 4,000 dimensions. */
const DIMENSIONS_MAX = 16_384;
const ANSWER_MAX_BYTES = 64_000_000;
/** Number of goals whose vectors are cached: a run that is taken over asks again. */
const CACHED = 500;

/** Vectors of texts, from an OpenAI-compatible endpoint; of unit length, so that their dot product is the cosine. */
@Injectable()
export class Embedder {
  private readonly cache = new LRUCache<string, Float32Array>({ max: CACHED });

  constructor(private readonly config: Config) {}

  /** null: none is configured. */
  get model(): string | null {
    const { EMBEDDING_BASE_URL, EMBEDDING_MODEL } = this.config.env;
    return EMBEDDING_BASE_URL !== undefined && EMBEDDING_MODEL !== undefined ? EMBEDDING_MODEL : null;
  }

  /** @throws Error if the endpoint is late or returns no vector */
  async one(text: string, timeoutMs: number): Promise<Float32Array> {
    const [vector] = await this.cached([text], timeoutMs);
    if (!vector) throw new Error('the embedding endpoint returned no vector');
    return vector;
  }

  /** Like `all`, for texts that are compared repeatedly: requests only those that are not cached. */
  async cached(texts: readonly string[], timeoutMs: number): Promise<Float32Array[]> {
    const missing = [...new Set(texts.filter((text) => !this.cache.has(text)))];
    const computed = missing.length === 0 ? [] : await this.all(missing, timeoutMs);
    const vectors = new Map(missing.map((text, index) => [text, computed[index]]));
    return texts.flatMap((text) => {
      const vector = vectors.get(text) ?? this.cache.get(text);
      if (vector) this.cache.set(text, vector);
      return vector ?? [];
    });
  }

  /** One vector for each text, in order. @throws Error like `one` */
  async all(texts: readonly string[], timeoutMs: number): Promise<Float32Array[]> {
    const { EMBEDDING_BASE_URL = '', EMBEDDING_MODEL: model, EMBEDDING_API_KEY: key } = this.config.env;
    const input = texts.map((text) => text.slice(0, INPUT_MAX_CHARS));
    const response = await fetch(`${EMBEDDING_BASE_URL.replace(/\/+$/, '')}/embeddings`, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
      body: JSON.stringify({ model, input, encoding_format: 'float' }),
    });
    if (!response.ok) throw new Error(`the embedding endpoint answered ${response.status}`);
    if (Number(response.headers.get('content-length') ?? 0) > ANSWER_MAX_BYTES)
      throw new Error('its answer is too long');
    return readVectors(await response.json(), texts.length);
  }
}

/** Cosine of two vectors of unit length, from -1 to 1; 0 if they have different models. */
export function cosineOf(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return 0;
  let sum = 0;
  for (const [index, value] of a.entries()) sum += value * (b[index] ?? 0);
  return sum;
}

export function toBytes(vector: Float32Array): Buffer {
  const bytes = Buffer.alloc(vector.length * Float32Array.BYTES_PER_ELEMENT);
  vector.forEach((value, index) => bytes.writeFloatLE(value, index * Float32Array.BYTES_PER_ELEMENT));
  return bytes;
}

export function fromBytes(bytes: Buffer): Float32Array {
  const size = Float32Array.BYTES_PER_ELEMENT;
  return Float32Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => bytes.readFloatLE(index * size));
}

function readVectors(answer: unknown, count: number): Float32Array[] {
  const data = typeof answer === 'object' && answer !== null && 'data' in answer ? answer.data : null;
  if (!Array.isArray(data) || data.length !== count)
    throw new Error('the embedding endpoint returned a wrong number of vectors');
  const vectors = new Map<number, Float32Array>();
  data.forEach((item: unknown, position) => {
    const { index = position, embedding } = (item ?? {}) as { index?: unknown; embedding?: unknown };
    if (typeof index !== 'number' || !Array.isArray(embedding))
      throw new Error('the embedding endpoint returned no vector');
    vectors.set(index, unit(embedding));
  });
  return Array.from({ length: count }, (_, index) => {
    const vector = vectors.get(index);
    if (!vector) throw new Error('a vector is missing');
    return vector;
  });
}

function unit(values: readonly unknown[]): Float32Array {
  const numbers = values.filter((value): value is number => typeof value === 'number' && Number.isFinite(value));
  const length = Math.sqrt(numbers.reduce((sum, value) => sum + value * value, 0));
  if (numbers.length !== values.length || numbers.length === 0 || numbers.length > DIMENSIONS_MAX || length === 0) {
    throw new Error('the embedding endpoint returned an invalid vector');
  }
  return Float32Array.from(numbers, (value) => value / length);
}
