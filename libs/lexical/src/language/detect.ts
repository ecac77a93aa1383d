import { englishLead } from '@assent/planner';
import { ENGLISH_LEXICON, FRENCH_LEXICON, type Lexicon } from './lexicon';

/** A stretch of a text in one language; offsets into the text, `to` excluded. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly lexicon: Lexicon;
}

/**
 * More function words of one language than of the other that a paragraph needs to be read apart from the text around
 * it: a quoted log line or a heading in English leaves French reasoning French.
 */
const MIN_LEAD_WORDS = 2;

const PARAGRAPH_END = /\n[ \t]*\n/g;

/** The language with more function words in the text; English where neither leads. */
export function lexiconOf(text: string): Lexicon {
  return englishLead(text) < 0 ? FRENCH_LEXICON : ENGLISH_LEXICON;
}

/**
 * Cuts a text where its language changes, at paragraphs: a sentence is too short to tell ("Restart."), a whole part too
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
