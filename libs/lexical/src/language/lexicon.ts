import {
  ENGLISH_STATEMENTS,
  FRENCH_STATEMENTS,
  wholeWords,
  type CompiledHedge,
  type StatementLexicon,
} from '@assent/planner';
import { ENGLISH } from './english';
import { FRENCH } from './french';
import type { Condition, Language } from './language';

interface Compiled {
  readonly match: RegExp;
}

/** A language with compiled patterns. */
export interface Lexicon extends StatementLexicon {
  readonly language: Language;
  readonly intents: readonly CompiledHedge[];
  readonly unstated: RegExp | null;
  /** Opens a question. */
  readonly question: (Condition & Compiled) | null;
  readonly deed: RegExp | null;
  readonly check: RegExp | null;
  readonly counterfactual: RegExp | null;
  readonly expected: RegExp | null;
  readonly subordinate: RegExp | null;
  readonly prescription: RegExp | null;
  readonly apart: RegExp | null;
  readonly verbs: readonly { readonly verb: RegExp; readonly tool: RegExp }[];
  readonly counter: RegExp;
  /** Conditions at the beginning of a clause, with or without a conjunction. */
  readonly conditions: readonly (Condition & Compiled)[];
  readonly backReferences: readonly (Language['backReferences'][number] & Compiled)[];
  readonly complementizers: RegExp | null;
  readonly writer: RegExp | null;
  readonly inference: RegExp | null;
  readonly proof: RegExp | null;
  readonly conjunction: RegExp;
  /** A conjunction at the beginning of a clause, with the space after it. */
  readonly joining: RegExp;
  readonly consequence: RegExp;
  readonly reason: RegExp;
  readonly embeddable: RegExp;
  /** End of a clause after which an embeddable word is not a condition. */
  readonly embedding: RegExp;
}

/** Syntax characters of regular expressions. The flag `u` allows no others to be escaped. */
const SYNTAX_CHARACTERS = /[\\^$.*+?()[\]{}|/]/g;

/** Matches a caller's text literally, as whole words and case-insensitively. */
export function wholeText(text: string): RegExp {
  return wholeWords(text.replace(SYNTAX_CHARACTERS, '\\$&'));
}

function opening(pattern: string, conjunctions: string): RegExp {
  return new RegExp(`^(?:(?:${conjunctions})[ ,]+)?(?<phrase>${pattern})(?![\\p{L}\\p{N}_'])[ ,:]*`, 'iu');
}

function compile(statements: StatementLexicon, language: Language): Lexicon {
  const opens = (pattern: string) => opening(pattern, language.conjunctions);
  return {
    ...statements,
    language,
    intents: language.intents.map((intent) => ({ ...intent, match: wholeWords(intent.pattern) })),
    unstated: language.unstated === undefined ? null : wholeWords(language.unstated),
    question: language.question ? { ...language.question, match: opens(language.question.pattern) } : null,
    deed: language.deed === undefined ? null : wholeWords(`^(?:${language.deed})`),
    check: language.check === undefined ? null : wholeWords(language.check),
    counterfactual: language.counterfactual === undefined ? null : opens(language.counterfactual),
    expected: language.expected === undefined ? null : opens(language.expected),
    subordinate: language.subordinate === undefined ? null : wholeWords(language.subordinate),
    prescription: language.prescription === undefined ? null : wholeWords(language.prescription),
    apart: language.apart === undefined ? null : wholeWords(language.apart),
    verbs: language.verbs.map(({ verb, tool }) => ({ verb: wholeWords(verb), tool: wholeWords(tool) })),
    counter: wholeWords(language.counter, 'giu'),
    conditions: language.conditions.map((condition) => ({ ...condition, match: opens(condition.pattern) })),
    backReferences: language.backReferences.map((back) => ({ ...back, match: opens(back.pattern) })),
    complementizers: language.complementizers === undefined ? null : wholeWords(language.complementizers),
    writer: language.writer === undefined ? null : wholeWords(language.writer),
    inference: language.inference === undefined ? null : wholeWords(`^(?:${language.inference})$`),
    proof: language.proof === undefined ? null : wholeWords(language.proof),
    conjunction: wholeWords(`^(?:${language.conjunctions})`),
    joining: new RegExp(`^(?:${language.conjunctions})[ ,]+(?=\\S)`, 'iu'),
    consequence: opens(language.consequence),
    reason: opens(language.reason),
    embeddable: wholeWords(`^(?:${language.embeddable})`),
    embedding: wholeWords(`(?:${language.embedding})$`),
  };
}

export const ENGLISH_LEXICON = compile(ENGLISH_STATEMENTS, ENGLISH);
export const FRENCH_LEXICON = compile(FRENCH_STATEMENTS, FRENCH);
