import { ENGLISH_STATEMENTS, FRENCH_STATEMENTS, type StatementLexicon } from './lexicon';

/** The language with more function words in the text; English on a tie. */
export function statementsOf(text: string): StatementLexicon {
  return englishLead(text) < 0 ? FRENCH_STATEMENTS : ENGLISH_STATEMENTS;
}

/** Number of English function words minus the number of French ones. */
export function englishLead(text: string): number {
  const [english, french] = [ENGLISH_STATEMENTS.language.functionWords, FRENCH_STATEMENTS.language.functionWords];
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  return words.reduce((sum, word) => sum + Number(english.has(word)) - Number(french.has(word)), 0);
}
