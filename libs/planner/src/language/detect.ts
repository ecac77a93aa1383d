import { ENGLISH_STATEMENTS, FRENCH_STATEMENTS, type StatementLexicon } from './lexicon';

/** The language with more function words in the text; English where neither leads. */
export function statementsOf(text: string): StatementLexicon {
  return englishLead(text) < 0 ? FRENCH_STATEMENTS : ENGLISH_STATEMENTS;
}

/** Function words of English less those of French. */
export function englishLead(text: string): number {
  const [english, french] = [ENGLISH_STATEMENTS.language.functionWords, FRENCH_STATEMENTS.language.functionWords];
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  return words.reduce((sum, word) => sum + Number(english.has(word)) - Number(french.has(word)), 0);
}
