import { ENGLISH } from './english';
import { FRENCH } from './french';
import type { Hedge, StatementLanguage } from './language';

export type CompiledHedge = Hedge & { readonly match: RegExp };

/** A language with compiled patterns. */
export interface StatementLexicon {
  readonly language: StatementLanguage;
  readonly hedges: readonly CompiledHedge[];
  readonly anyHedge: RegExp;
  readonly denial: RegExp;
  readonly negation: RegExp;
}

/** The pattern as whole words, case-insensitive. */
export function wholeWords(pattern: string, flags = 'iu'): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}_'])(?:${pattern})(?![\\p{L}\\p{N}_'])`, flags);
}

function anyOf(patterns: readonly { readonly pattern: string }[]): RegExp {
  return wholeWords(patterns.map(({ pattern }) => pattern).join('|'), 'giu');
}

function compile(language: StatementLanguage): StatementLexicon {
  return {
    language,
    hedges: language.hedges.map((hedge) => ({ ...hedge, match: wholeWords(hedge.pattern) })),
    anyHedge: anyOf(language.hedges),
    denial: anyOf(language.hedges.filter(({ denies }) => denies === true)),
    negation: wholeWords(language.negation, 'giu'),
  };
}

export const ENGLISH_STATEMENTS = compile(ENGLISH);
export const FRENCH_STATEMENTS = compile(FRENCH);
