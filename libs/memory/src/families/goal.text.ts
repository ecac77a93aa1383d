import { cutText } from '@assent/platform';

/** Shortest hexadecimal word that counts as an id, as `git` abbreviates hashes. */
const HEX_MIN_CHARS = 7;

/** Top-level domains that make two labels a host: a file name ends with none of them. */
const TLD =
  'com|org|net|edu|gov|io|dev|app|cloud|co|ai|info|biz|local|internal|lan|corp|example|test|localhost|de|fr|uk|eu|ch|at|nl|se|pl|br|jp|cn|ru';
/** Scripts with spaces between words. A number beside a letter of another script is not part of a word. */
const ALPHABETIC = '\\p{Script=Latin}\\p{Script=Cyrillic}\\p{Script=Greek}';
const MONTH = '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*\\.?';

/** Parts that differ between goals of one kind, most specific first, and their marks. */
const VARIABLE_PARTS: readonly (readonly [RegExp, string])[] = [
  [/"[^"\n]*"|`[^`\n]*`|“[^”\n]*”|«[^»\n]*»|„[^“\n]*“|(?<![\p{L}\p{N}])'[^'\n]*'(?![\p{L}\p{N}])/gu, '<text>'],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s<>"]+/giu, '<host>'],
  [/[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu, '<host>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/giu, '<id>'],
  [/\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?/gu, '<date>'],
  [/\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|\b\d{4}\/\d{1,2}\/\d{1,2}\b/gu, '<date>'],
  [new RegExp(`\\b\\d{1,2}(?:st|nd|rd|th)?\\.? ${MONTH}(?: \\d{4})?\\b`, 'giu'), '<date>'],
  [new RegExp(`\\b${MONTH} \\d{1,2}(?:st|nd|rd|th)?(?:,? \\d{4})?\\b`, 'giu'), '<date>'],
  [/\b\d{1,2}:\d{2}(?::\d{2})?\b/gu, '<date>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|\b(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}\b/giu, '<host>'],
  [new RegExp(`\\b(?:[a-z0-9-]+\\.)+(?:${TLD})(?::\\d+)?\\b(?![\\w-])`, 'giu'), '<host>'],
  [new RegExp(`\\b(?=[0-9a-f]*\\d)[0-9a-f]{${HEX_MIN_CHARS},}\\b`, 'giu'), '<id>'],
  // Words with a digit in them, and words that end with a number: INC-4711, web03, db-7.
  [
    new RegExp(`(?<![${ALPHABETIC}\\p{N}<])[#@]?[${ALPHABETIC}][${ALPHABETIC}_-]*\\p{N}[${ALPHABETIC}\\p{N}_-]*`, 'gu'),
    '<id>',
  ],
  [/#\p{N}+/gu, '<id>'],
  [new RegExp(`(?<![${ALPHABETIC}<])\\p{N}+(?:[.,:]\\p{N}+)*`, 'gu'), '<number>'],
];

/** Maximum length of a goal that determines its family, in characters. */
const GOAL_MAX_CHARS = 1_000;

/**
 * A goal in which the parts that differ between goals of one kind are replaced by marks: quoted strings, hosts, dates,
 * ids and numbers. Spaces are single. Idempotent: a marked goal is returned unchanged.
 */
export function markedGoal(goal: string): string {
  let text = cutText(goal.normalize('NFKC').replace(/\s+/gu, ' ').trim(), GOAL_MAX_CHARS);
  // A mark may complete another part. Every pass removes a digit, a quote or a dot, so the loop ends.
  for (;;) {
    const marked = VARIABLE_PARTS.reduce((part, [pattern, mark]) => part.replace(pattern, mark), text);
    if (marked === text) return text;
    text = marked;
  }
}
