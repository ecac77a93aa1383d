import { ENGLISH_EXPECTATION, ENGLISH_HEDGES } from './english.hedges';
import type { StatementLanguage } from './language';

const CONTRACTIONS: readonly (readonly [RegExp, string])[] = [
  [/\u2019/g, "'"],
  [/\bain't\b/gi, 'is not'],
  [/\b(ca)n't\b/gi, '$1n not'],
  [/\bcannot\b/gi, 'can not'],
  [/\bwon't\b/gi, 'will not'],
  [/\b([a-z]+)n't\b/gi, '$1 not'],
  [/\b(i)'m\b/gi, '$1 am'],
  [/\b(it|that|this|there|what|he|she)'s\b/gi, '$1 is'],
  [/\b(l)et's\b/gi, '$1et us'],
  [/\b([a-z]+)'re\b/gi, '$1 are'],
  [/\b([a-z]+)'ll\b/gi, '$1 will'],
  [/\b([a-z]+)'ve\b/gi, '$1 have'],
  [/\b(i|we|you|it|that|they)'d\b/gi, '$1 would'],
];

const ADVERB = '(?: (?:also|well|just|still|simply|actually|even|only|already|indeed))*';
const MODAL = new RegExp(
  `(^|(?<!\\S)\\S+ )(might|may(?! \\d)|could(?! not)|must|can(?= not be))\\b${ADVERB}( not)?${ADVERB}(?: (be|have)\\b)?`,
  'gi',
);
const EXPECTED = new RegExp(
  `(^|(?<!\\S)\\S+ )(${ENGLISH_EXPECTATION})${ADVERB}( not)?${ADVERB}(?: (be|have)\\b)?`,
  'giu',
);
const FIRST_PERSON = /^(?:i|we|you)$/i;
/** "logs", "they", but not "redis", "status", "process" or "DNS". */
const PLURAL = /(?:[^sui]s|^they|^these|^those)$/;

/** "X might be Y" to "X is Y"; "X may contain Y" to "X does contain Y". Possible actions ("we could ...") do not change. */
function plain(text: string): string {
  const seen = text
    .replace(/\b(?:may|might|could) or (?:may|might|could) not be\b/gi, 'is')
    .replace(/\b(?:may|might|could) or (?:may|might|could) not\b/gi, 'does')
    .replace(/\b(?:does|did) not (?:seem|appear) to be\b/gi, 'is not')
    .replace(/\bdo not (?:seem|appear) to be\b/gi, 'are not')
    .replace(/\b(does|do|did) not (?:seem|appear) to\b/gi, '$1 not')
    .replace(/\b(?:does|did) not seem\b/gi, 'is not')
    .replace(/\bdo not seem\b/gi, 'are not')
    .replace(/\b(?:seems|appears) to be\b/gi, 'is')
    .replace(/\b(?:seem|appear) to be\b/gi, 'are')
    .replace(/\b(?:seems|appears) to\b(?! (?:me|us)\b)/gi, 'does')
    .replace(/\b(?:seem|appear) to\b/gi, 'do');
  return seen.replace(MODAL, indicative).replace(EXPECTED, indicative);
}

function indicative(
  all: string,
  before: string,
  modal: string,
  not: string | undefined,
  verb: string | undefined,
): string {
  const subject = before.trim();
  if (FIRST_PERSON.test(subject) || (modal.toLowerCase() === 'must' && verb === undefined)) return all;
  const plural = PLURAL.test(subject);
  const forms = { be: ['is', 'are'], have: ['has', 'have'], other: ['does', 'do'] } as const;
  const [one, many] = forms[verb?.toLowerCase() === 'be' ? 'be' : verb ? 'have' : 'other'];
  // "can not be" is a hedge with its own negation; every other "not" stays for the fold.
  return `${before}${plural ? many : one}${modal.toLowerCase() === 'can' ? '' : (not ?? '')}`;
}

/** A light stemmer that gives "patching", "patches" and "patch" the same stem. */
function stem(word: string): string {
  if (word.length < 4 || /\d/.test(word)) return word;
  const base = word
    .replace(/'s$/, '')
    .replace(/(?:ies)$/, 'y')
    .replace(/(?:ing|ed|es|s)$/, '');
  const root = base.length < 3 ? word : base;
  return root.replace(/([bdglmnprt])\1$/, '$1').replace(/e$/, '');
}

export const ENGLISH: StatementLanguage = {
  name: 'English',
  functionWords: new Set(
    (
      'the of and is are to in that it with for be this these not on but by from at was were has have if so then or we they i you ' +
      'would should could might will can do does because which there their its'
    ).split(' '),
  ),
  hedges: ENGLISH_HEDGES,
  negation: 'not(?! (?:only|just)\\b)|never|no longer',
  stopWords: new Set(
    (
      'a an the this that these those it its is are was were be been being am do does did done have has had will would should ' +
      'can could may might must shall to of in on at by for with from into onto over under as than then so if unless and or but ' +
      'not no nor we i you he she they them me us our my your their which who what when where why how there here also just only ' +
      'too very more most some any all each other such same own out up down off again once because since while about before after ' +
      'help helps fix fixes work works make makes get gets go goes let use uses using way thing things'
    ).split(' '),
  ),
  expand: (text) => CONTRACTIONS.reduce((expanded, [pattern, by]) => expanded.replace(pattern, by), text),
  plain,
  repairs: [
    { pattern: /^[\s,;:.!?–—-]+|(?<![\s,;:.!?–—-])[\s,;:.!?–—-]+$/gu, by: '' },
    { pattern: /^(?:and|but|or|so|also|well|now|first|then|however|actually|still|that)\b[\s,]*/i, by: '' },
    { pattern: /^(?:it|this|that) is (?:also |just |simply |still |that |because )*that /i, by: '' },
    { pattern: /^there is (?:an? |some |only )?(?:that|of) /i, by: '' },
    { pattern: /\b(is|are) to be\b/gi, by: '$1' },
    { pattern: /\bis to\b/gi, by: 'does' },
    { pattern: /\bare to\b/gi, by: 'do' },
    { pattern: / (?:is|are)$/i, by: '' },
    { pattern: /\s*,(?=\s|$)(?:\s*,)*/g, by: ',' },
    { pattern: /\s*,\s*(?=(?:is|are|has|have) )/gi, by: ' ' },
    { pattern: /^[\s,]+|(?<![\s,])[\s,]+$/g, by: '' },
  ],
  stem,
};
