/**
 * Scripts without spaces between words, and Hangul, which attaches particles to words: without this a whole
 * sentence would be one word to full-text search. The prolonged sound mark belongs to Japanese words.
 */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u30FC\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+/gu;
/** Vowel signs and the stretching bar of Arabic: words are written with and without them. */
const ARABIC_MARKS = /[\u0640\u064B-\u065F\u0670]/gu;

/**
 * A text as full-text search reads it, equal for stored texts and queries: compatible forms are one (NFKC), case
 * is folded for every script (Postgres folds other letters than a to z in some locales only), and a run of a script without
 * spaces becomes its pairs of neighbouring characters, each a word. English stays as it is.
 */
export function searchableText(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(ARABIC_MARKS, '').replace(UNSPACED, pairsOf);
}

function pairsOf(run: string): string {
  const characters = Array.from(run);
  const pairs = characters.slice(1).map((character, index) => `${characters[index] ?? ''}${character}`);
  return ` ${(pairs.length > 0 ? pairs : characters).join(' ')} `;
}
