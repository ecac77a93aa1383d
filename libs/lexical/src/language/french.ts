import { FRENCH_STATEMENTS, readAs, type Hedge } from '@assent/planner';
import type { Language } from './language';

const P_BELIEVE = 0.75;
const P_EVEN = 0.5;
const P_UNLIKELY = 0.2;

const WE = '(?:je|nous|on)';

/** Announced intents: "je vais", "il faut", "redémarrons". */
const INTENT: Hedge = {
  pattern:
    `${WE} (?:vais|va|allons|dois|doit|devons|devrais|devrait|devrions|veux|veut|voulons|compte|comptons|propose|préfère)|` +
    'il (?:faut|faudrait|vaut mieux|convient|suffit)|mieux vaut|^\\p{L}{3,}ons|' +
    '(?:le mieux|le plus (?:simple|sûr|prudent|raisonnable)|la (?:meilleure|prochaine|première|bonne) (?:étape|option|action|solution|chose à faire)|(?:mon|le) plan) (?:est|serait)(?: de)?',
  p: P_BELIEVE,
  basis: readAs('we believe'),
};

const CONDITIONS = {
  /** "Si" alone. */
  bare: { p: P_EVEN, basis: 'a condition alone says nothing of how likely it is', silent: true },
  /** "En supposant que": the writer continues as if it were true. */
  goingOn: { p: P_BELIEVE, basis: readAs('we believe') },
  /** "À moins que": the writer considers it the exception. */
  exception: { p: P_UNLIKELY, basis: readAs('unlikely') },
} as const;

export const FRENCH: Language = {
  ...FRENCH_STATEMENTS.language,
  abbreviations: /(?<![\p{L}.])(?:p\. ?ex|c\.-à-d|cf|etc|env|resp|approx)\.(?=[ ,;)]+[\p{Ll}\p{N}`/(])/giu,
  intents: [INTENT],
  verbs: [],
  conditions: [
    { pattern: 'à moins que|sauf si|excepté si', value: false, ...CONDITIONS.exception },
    {
      pattern:
        'en supposant(?: que)?|supposons(?: que)?|à supposer que|en admettant(?: que)?|admettons(?: que)?|(?:en )?partant du principe que',
      value: true,
      ...CONDITIONS.goingOn,
    },
    {
      pattern:
        "si jamais|si(?! bien que| il (?:vous|te) plaît)|au cas où|dans (?:le cas|l'hypothèse) où|pourvu que|à condition que|tant que|du moment que|pour peu que",
      value: true,
      ...CONDITIONS.bare,
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
  counter:
    'pas|inutiles?|superflue?s?|vaine?|éviter|évitons|dangereu(?:x|ses?)|risquée?s?|nuisibles?|néfastes?|faux|fausse|pire|déconseillée?s?|' +
    'mauvaise idée|à rien|au lieu (?:de|d)|plutôt que (?:de|d)',
  kindWords: {
    finish:
      "terminer|terminons|(?:s'|nous |on s')?arrêt(?:er|ons|e)(?:-nous)? là|(?:j'ai|nous avons|on a|c'est) (?:terminé|fini)|plus rien à faire|rien (?:de plus |d'autre )?à faire",
    noop: "(?:ne )?rien faire|attendre|attendons|patienter|laisser (?:tels? quels?|en l'état|les choses|comme (?:ça|c'est))|ne touch(?:er|ons) à rien",
  },
};
