/** Words that reverse the meaning of a sentence. */
const NEGATIONS =
  /\b(?:not|no|never|none|without|cannot|nothing|fail(?:s|ed|ure)?|success(?:ful)?|wrong|right|true|false|\w+n't)\b/giu;
const NUMBERS = /\d+(?:[.,]\d+)*/gu;

/** Whether two nearly equal texts have the same meaning: the same numbers, and nothing reversed. */
export function sameMeaning(a: string, b: string): boolean {
  return wordsOf(a, NEGATIONS) === wordsOf(b, NEGATIONS) && wordsOf(a, NUMBERS) === wordsOf(b, NUMBERS);
}

function wordsOf(text: string, pattern: RegExp): string {
  return Array.from(text.matchAll(pattern), ([word]) => word.toLowerCase())
    .sort()
    .join(' ');
}
