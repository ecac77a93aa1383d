import { englishLead } from '@assent/planner';
import { ENGLISH_LEXICON, FRENCH_LEXICON, type Lexicon } from './lexicon';

/** A section of a text in one language; offsets into the text, `to` is exclusive. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly lexicon: Lexicon;
}

/**
 * Minimum lead in function words for a paragraph to count as another language than the text around it. A quoted log line or
 * an English heading does not change the language of French reasoning.
 */
const MIN_LEAD_WORDS = 2;

const PARAGRAPH_END = /\n[ \t]*\n/g;

/** The language with more function words in the text; English on a tie. */
export function lexiconOf(text: string): Lexicon {
  return englishLead(text) < 0 ? FRENCH_LEXICON : ENGLISH_LEXICON;
}

/**
 * Splits a text by language at paragraphs. A sentence ("Restart.") is too short to identify its language, and a whole part too
 * long for an agent that thinks in one language and answers in another.
 */
export function stretchesOf(text: string): Stretch[] {
  const whole = lexiconOf(text);
  const ends = [...text.matchAll(PARAGRAPH_END)].map((match) => match.index + match[0].length);
  const stretches: Stretch[] = [];
  let from = 0;
  for (const to of [...ends, text.length]) {
    const own = englishLead(text.slice(from, to));
    const lexicon = Math.abs(own) < MIN_LEAD_WORDS ? whole : own < 0 ? FRENCH_LEXICON : ENGLISH_LEXICON;
    const last = stretches.at(-1);
    if (last?.lexicon === lexicon) stretches.splice(-1, 1, { ...last, to });
    else if (to > from) stretches.push({ from, to, lexicon });
    from = to;
  }
  return stretches;
}
