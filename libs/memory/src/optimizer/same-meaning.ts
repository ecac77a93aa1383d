/** Words that turn a sentence round. */
const NEGATIONS =
  /\b(?:not|no|never|none|without|cannot|nothing|fail(?:s|ed|ure)?|success(?:ful)?|wrong|right|true|false|\w+n't)\b/giu;
const NUMBERS = /\d+(?:[.,]\d+)*/gu;

/** Whether two texts that are nearly the same also say the same: no other number, and nothing turned round. */
export function sameMeaning(a: string, b: string): boolean {
  return wordsOf(a, NEGATIONS) === wordsOf(b, NEGATIONS) && wordsOf(a, NUMBERS) === wordsOf(b, NUMBERS);
}

function wordsOf(text: string, pattern: RegExp): string {
  return Array.from(text.matchAll(pattern), ([word]) => word.toLowerCase())
    .sort()
    .join(' ');
}
