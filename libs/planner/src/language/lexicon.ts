import { ENGLISH } from './english';
import { FRENCH } from './french';
import type { Condition, Hedge, Language } from './language';

interface Compiled {
  readonly match: RegExp;
}

export type CompiledHedge = Hedge & Compiled;

/** A language with its patterns compiled once. */
export interface Lexicon {
  readonly language: Language;
  readonly hedges: readonly CompiledHedge[];
  readonly intent: CompiledHedge;
  readonly anyHedge: RegExp;
  readonly denial: RegExp;
  readonly negation: RegExp;
  readonly counter: RegExp;
  /** These open a clause, after a conjunction or not. */
  readonly conditions: readonly (Condition & Compiled)[];
  readonly backReferences: readonly (Language['backReferences'][number] & Compiled)[];
  readonly conjunction: RegExp;
  readonly consequence: RegExp;
  readonly reason: RegExp;
  readonly embeddable: RegExp;
  /** Closes a clause: an embeddable word that follows makes no condition. */
  readonly embedding: RegExp;
}

/** The pattern as whole words, in any case. */
export function wholeWords(pattern: string, flags = 'iu'): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}_'])(?:${pattern})(?![\\p{L}\\p{N}_'])`, flags);
}

function opening(pattern: string, conjunctions: string): RegExp {
  return new RegExp(`^(?:(?:${conjunctions})[ ,]+)?(?<phrase>${pattern})(?![\\p{L}\\p{N}_'])[ ,:]*`, 'iu');
}

function anyOf(patterns: readonly { readonly pattern: string }[]): RegExp {
  return wholeWords(patterns.map(({ pattern }) => pattern).join('|'), 'giu');
}

function compile(language: Language): Lexicon {
  const opens = (pattern: string) => opening(pattern, language.conjunctions);
  return {
    language,
    hedges: language.hedges.map((hedge) => ({ ...hedge, match: wholeWords(hedge.pattern) })),
    intent: { ...language.intent, match: wholeWords(language.intent.pattern) },
    anyHedge: anyOf(language.hedges),
    denial: anyOf(language.hedges.filter(({ denies }) => denies === true)),
    negation: wholeWords(language.negation, 'giu'),
    counter: wholeWords(language.counter, 'giu'),
    conditions: language.conditions.map((condition) => ({ ...condition, match: opens(condition.pattern) })),
    backReferences: language.backReferences.map((back) => ({ ...back, match: opens(back.pattern) })),
    conjunction: wholeWords(`^(?:${language.conjunctions})`),
    consequence: opens(language.consequence),
    reason: opens(language.reason),
    embeddable: wholeWords(`^(?:${language.embeddable})`),
    embedding: wholeWords(`(?:${language.embedding})$`),
  };
}

export const ENGLISH_LEXICON = compile(ENGLISH);
export const FRENCH_LEXICON = compile(FRENCH);
