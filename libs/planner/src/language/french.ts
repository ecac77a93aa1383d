import { FRENCH_HEDGES } from './french.hedges';
import { plainFrench } from './french.verbs';
import type { StatementLanguage } from './language';

/** One word between the halves of a negation: at most four, so that matching stays linear. */
const WORD = "[\\p{L}\\p{N}_'./-]+";
const BEFORE = "(?<![\\p{L}\\p{N}_'-])";
const AFTER = "(?![\\p{L}\\p{N}_'-])";
const between = (from: number, to: number) => `((?:${WORD} ){${from},${to}}?)`;
const whole = (pattern: string) => new RegExp(`${BEFORE}${pattern}${AFTER}`, 'giu');

/** Expanded, every negation is the one word "pas": "n'est plus" becomes "est pas", "aucun ne" becomes "pas un". */
const EXPANSIONS: readonly (readonly [RegExp, string])[] = [
  [/[\u2018\u2019]/g, "'"],
  [/[\u00a0\u202f]/g, ' '],
  [new RegExp(`${BEFORE}(j|n|qu|lorsqu|puisqu|jusqu)'(?=\\p{L})`, 'giu'), '$1e '],
  [new RegExp(`${BEFORE}s'(ils?)${AFTER}`, 'giu'), 'si $1'],
  [whole('(?<!sans )aucun(e?)'), 'pas un$1'],
  [whole('rien ne'), 'pas quelque chose'],
  [whole('personne ne'), "pas quelqu'un"],
  [whole(`ne ${between(1, 4)}rien`), '$1pas quelque chose'],
  [whole(`ne ${between(1, 4)}personne`), "$1pas quelqu'un"],
  [whole(`ne ${between(0, 4)}(?:pas|jamais|plus|point|guère|nullement|aucunement|ni)`), '$1pas'],
  [whole(`ne ${between(1, 2)}que`), '$1seulement'],
  // The remaining "ne" denies nothing: "à moins que le cache ne soit vide".
  [new RegExp(`${BEFORE}ne `, 'giu'), ''],
];

const STOP_WORDS = (
  'le la les un une des de du au aux ce cet cette ces celui celle ceux celles ça cela ceci il elle ils elles on je tu nous vous me te se ' +
  'lui leur leurs eux moi toi soi mon ma mes ton ta tes son sa ses notre nos votre vos qui que quoi dont où quel quelle quels quelles ' +
  'est sont était étaient être été sera seront serait suis sommes soit soient a ont avait avaient avoir eu aura auront aurait ai avons ait aient ' +
  'fait font faire peut peuvent pouvoir pourrait doit doivent devoir devrait faut va vais vont aller ' +
  'et ou mais donc or ni car si sinon alors puis ne pas non plus jamais y en dans sur sous par pour avec sans entre vers chez depuis pendant avant après ' +
  'comme quand lorsque puisque parce tandis tant tout toute tous toutes très trop peu plus moins aussi encore déjà même bien ici là ' +
  'autre autres certains chaque plusieurs quelque quelques chose aide aider aident règle régler marche marcher utilise utiliser utilisent'
).split(' ');
const ELIDED = ['l', 'd', 'j', 'n', 's', 'c', 'm', 't', 'qu', 'lorsqu', 'puisqu', 'jusqu'];
const ELISION = new RegExp(`^(?:${ELIDED.join('|')})'`);
const VOWEL = /^[aeiouyàâéèêëîïôùû]/;

/** A light stemmer without accents that gives "redémarrer", "redémarrage" and "redémarrons" the same stem. */
function stem(word: string): string {
  const folded = word.replace(ELISION, '').normalize('NFD').replace(/\p{M}/gu, '');
  if (folded.length < 4 || /\d/.test(folded)) return folded === '' ? word : folded;
  const base = folded.replace(/[sx]$/, '').replace(/(?:ement|ation|age|ant|er|ez|on|ent|ee|ir|e|i)$/, '');
  return base.length < 3 ? folded : base.replace(/([bdglmnprt])\1$/, '$1');
}

export const FRENCH: StatementLanguage = {
  name: 'French',
  functionWords: new Set(
    (
      'le la les des du une est sont et dans pour que qui avec sur pas ce cette ces il elle ils au aux je nous vous ne plus mais ou où par ' +
      'être avoir faut peut donc alors si sans cela ça très l n qu j'
    ).split(' '),
  ),
  hedges: FRENCH_HEDGES,
  negation: 'pas(?: du tout| vraiment)?',
  stopWords: new Set([
    ...STOP_WORDS,
    ...STOP_WORDS.filter((word) => VOWEL.test(word)).flatMap((word) => ELIDED.map((letter) => `${letter}'${word}`)),
  ]),
  expand: (text) => EXPANSIONS.reduce((expanded, [pattern, by]) => expanded.replace(pattern, by), text),
  plain: plainFrench,
  repairs: [
    { pattern: /^[\s,;:.!?–—«»-]+|(?<![\s,;:.!?–—«»-])[\s,;:.!?–—«»-]+$/gu, by: '' },
    {
      pattern:
        /^(?:(?:et|mais|ou|donc|alors|aussi|puis|enfin|bon|bref|ensuite|d'abord|cependant|toutefois|pourtant|en fait|que|or)(?![\p{L}\p{N}_'-])[\s,]*)+/iu,
      by: '',
    },
    { pattern: /^(?:(?:c'est|ce est|il est|cela est) (?:que|de)|il y a que) /i, by: '' },
    { pattern: new RegExp(`${BEFORE}(qu|lorsqu|puisqu|jusqu)e (?=[aeiouyàâéèêîïôû])`, 'giu'), by: "$1'" },
    { pattern: new RegExp(`${BEFORE}(j)e (?=[aeiouyàâéèêîïôû])`, 'giu'), by: "$1'" },
    { pattern: new RegExp(`${BEFORE}(c)e (?=(?:est|était|étaient) )`, 'giu'), by: "$1'" },
    { pattern: new RegExp(`${BEFORE}(s)i (?=ils?${AFTER})`, 'giu'), by: "$1'" },
    { pattern: /\s*,(?=\s|$)(?:\s*,)*/g, by: ',' },
    { pattern: /\s*,\s*(?=(?:est|sont|a|ont) )/gi, by: ' ' },
    { pattern: /^[\s,]+|(?<![\s,])[\s,]+$/g, by: '' },
  ],
  stem,
};
