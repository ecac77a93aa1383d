import type { JsonObject } from '@assent/contract';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** A value that the server has given out under a name, or else the fallback. */
export class Reference {
  constructor(
    readonly name: string,
    readonly fallback: Json,
  ) {}
}

/** JSON in which values of the server may be left open. */
export type Draft = Json | Reference | readonly Draft[] | { readonly [name: string]: Draft };

const KEPT = 400;
const MAX_DEPTH = 6;
/** A call with such a limit would wait for it. */
const WAITS = new Set(['waitMs', 'waitSeconds', 'hold']);
const SHORT_WAIT = 1;

/** Objects that the server has answered with, newest last. Their values make later requests meet rows that exist. */
export class KnownValues {
  private readonly objects: JsonObject[] = [];
  private readonly seen = new Set<string>();

  constructor(seeds: readonly JsonObject[]) {
    this.objects.push(...seeds);
  }

  /** Keeps every object inside an answer. */
  learn(answer: unknown, depth = 0): void {
    if (typeof answer !== 'object' || answer === null || depth > MAX_DEPTH) return;
    for (const part of Object.values(answer)) this.learn(part, depth + 1);
    if (Array.isArray(answer)) return;
    const text = JSON.stringify(answer);
    if (this.seen.has(text)) return;
    this.seen.add(text);
    this.objects.push(answer as JsonObject);
    if (this.objects.length > KEPT) this.objects.splice(0, this.objects.length - KEPT);
  }

  /**
   * Fills in what a draft leaves open. One object gives as many of the values as it has, so that an id and its hash belong
   * together. @param nth which of the objects that would do
   */
  fill(draft: Draft, nth: number): Json {
    const names = new Set(namesIn(draft));
    const scored = this.objects.map((object) => ({
      object,
      score: [...names].filter((name) => Object.hasOwn(object, name)).length,
    }));
    const best = Math.max(0, ...scored.map(({ score }) => score));
    const candidates = scored.filter(({ score }) => score === best && score > 0).map(({ object }) => object);
    const [chosen, ...others] = [candidates[nth % candidates.length] ?? {}, ...[...this.objects].reverse()];
    return filled(draft, (name, fallback) => {
      const source = [chosen, ...others].find((object) => Object.hasOwn(object, name));
      const value = source?.[name] as Json | undefined;
      return value === undefined || typeof value !== typeof fallback ? fallback : value;
    });
  }
}

function namesIn(draft: Draft): string[] {
  if (draft instanceof Reference) return [draft.name];
  if (typeof draft !== 'object' || draft === null) return [];
  return Object.values(draft).flatMap((part) => namesIn(part));
}

function filled(draft: Draft, valueOf: (name: string, fallback: Json) => Json): Json {
  if (draft instanceof Reference) return valueOf(draft.name, draft.fallback);
  if (Array.isArray(draft)) return draft.map((part: Draft) => filled(part, valueOf));
  if (typeof draft !== 'object' || draft === null) return draft;
  const entries = Object.entries(draft).map(([name, part]) => {
    const value = filled(part, valueOf);
    return [name, WAITS.has(name) && typeof value === 'number' && value > SHORT_WAIT ? SHORT_WAIT : value] as const;
  });
  return Object.fromEntries(entries);
}
