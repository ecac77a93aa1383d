import { FRENCH_CONDITIONS, FRENCH_HEDGES, FRENCH_INTENT } from './french.hedges';
import { plainFrench } from './french.verbs';
import type { Language } from './language';

/** Words that a negation may hold between its halves: at most four, so that reading stays linear. */
const WORD = "[\\p{L}\\p{N}_'./-]+";
const BEFORE = "(?<![\\p{L}\\p{N}_'-])";
const AFTER = "(?![\\p{L}\\p{N}_'-])";
const between = (from: number, to: number) => `((?:${WORD} ){${from},${to}}?)`;
const whole = (pattern: string) => new RegExp(`${BEFORE}${pattern}${AFTER}`, 'giu');

/** Written out, a negation is the one word "pas": "n'est plus" reads "est pas", "aucun ne" reads "pas un". */
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
  // What is left denies nothing: "à moins que le cache ne soit vide".
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

/** A light stemmer without accents: enough for "redémarrer", "redémarrage" and "redémarrons" to meet. */
function stem(word: string): string {
  const folded = word.replace(ELISION, '').normalize('NFD').replace(/\p{M}/gu, '');
  if (folded.length < 4 || /\d/.test(folded)) return folded === '' ? word : folded;
  const base = folded.replace(/[sx]$/, '').replace(/(?:ement|ation|age|ant|er|ez|on|ent|ee|ir|e|i)$/, '');
  return base.length < 3 ? folded : base.replace(/([bdglmnprt])\1$/, '$1');
}

export const FRENCH: Language = {
  name: 'French',
  functionWords: new Set(
    (
      'le la les des du une est sont et dans pour que qui avec sur pas ce cette ces il elle ils au aux je nous vous ne plus mais ou où par ' +
      'être avoir faut peut donc alors si sans cela ça très l n qu j'
    ).split(' '),
  ),
  abbreviations: /(?<![\p{L}.])(?:p\. ?ex|c\.-à-d|cf|etc|env|resp|approx)\.(?=[ ,;)]+[\p{Ll}\p{N}`/(])/giu,
  hedges: FRENCH_HEDGES,
  intent: FRENCH_INTENT,
  conditions: [
    { pattern: 'à moins que|sauf si|excepté si', value: false, ...FRENCH_CONDITIONS.exception },
    {
      pattern:
        'en supposant(?: que)?|supposons(?: que)?|à supposer que|en admettant(?: que)?|admettons(?: que)?|(?:en )?partant du principe que',
      value: true,
      ...FRENCH_CONDITIONS.goingOn,
    },
    {
      pattern:
        "si jamais|si(?! bien que| il (?:vous|te) plaît)|au cas où|dans (?:le cas|l'hypothèse) où|pourvu que|à condition que|tant que|du moment que|pour peu que",
      value: true,
      ...FRENCH_CONDITIONS.bare,
    },
  ],
  backReferences: [
    {
      pattern:
        'sinon|autrement|dans le cas contraire|à défaut|faute de quoi|si non|si (?:ce|cela|ça) est pas (?:le cas|vrai|ça)|si tel est pas le cas',
      value: false,
    },
    {
      pattern:
        "si oui|dans ce cas(?:-là)?|auquel cas|le cas échéant|si (?:c'|ce |cela |ça |tel )est (?:bien )?(?:le cas|vrai|ça|cela)",
      value: true,
    },
  ],
  consequence:
    "donc|alors|ainsi|par conséquent|en conséquence|du coup|si bien que|de sorte que|d'où|c'est pourquoi|et donc|(?:ce qui|cela|ça) (?:veut dire|signifie|implique)(?: que)?",
  reason: 'parce que|car|puisque|comme|étant donné que|vu que|du fait que|sachant que',
  conjunctions: 'et|mais|ou|donc|alors|puis|or',
  embeddable: "si|s'ils?",
  embedding:
    'vérifi(?:er|e|ons|ez)|voir|voyons|savoir|sais|sait|savons|ignore|demand(?:er|e|ons)|test(?:er|e|ons)|confirm(?:er|e|ons)|regard(?:er|e|ons)|' +
    'détermin(?:er|e|ons)|décid(?:er|e|ons)|dire|comprendre|sûre?s?|certaine?s?|clair|incertain|même|comme|sauf|excepté|est|sont|était|a|aussi',
  clauseStarts: [
    ...[
      'mais',
      'donc',
      'car',
      'si',
      "/^s'ils?$/",
      'sinon',
      'autrement',
      'alors',
      'puisque',
      "/^puisqu'/",
      'parce /^qu/',
    ],
    ...['sauf si', 'à moins /^qu/', 'en supposant', 'à supposer', 'en admettant', 'pourvu /^qu/', 'à condition /^qu/'],
    ...['au cas où', 'dans le cas', 'dans ce cas', 'auquel cas', 'du coup', 'par conséquent', 'tandis /^qu/'],
    ...['étant donné', 'vu /^qu/', 'ce qui veut dire', 'ce qui signifie', 'faute de quoi', 'bien /^qu/', 'quoique'],
  ],
  negation: 'pas(?: du tout| vraiment)?',
  counter:
    'pas|inutiles?|superflue?s?|vaine?|éviter|évitons|dangereu(?:x|ses?)|risquée?s?|nuisibles?|néfastes?|faux|fausse|pire|déconseillée?s?|' +
    'mauvaise idée|à rien|au lieu (?:de|d)|plutôt que (?:de|d)',
  kindWords: {
    finish:
      "terminer|terminons|(?:s'|nous |on s')?arrêt(?:er|ons|e)(?:-nous)? là|(?:j'ai|nous avons|on a|c'est) (?:terminé|fini)|plus rien à faire|rien (?:de plus |d'autre )?à faire",
    noop: "(?:ne )?rien faire|attendre|attendons|patienter|laisser (?:tels? quels?|en l'état|les choses|comme (?:ça|c'est))|ne touch(?:er|ons) à rien",
  },
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
