/**
 * The French grammar needed to make a hedged statement plain: "pourrait être" to "est", "semble contenir" to
 * "contient", the subjunctive after "il se peut que" to the indicative. A wrong spelling of a rare verb is acceptable,
 * because keys only need a consistent spelling.
 */

/** Third person singular and plural of the present tense. */
const IRREGULAR: ReadonlyMap<string, readonly [one: string, many: string]> = new Map([
  ['être', ['est', 'sont']],
  ['avoir', ['a', 'ont']],
  ['aller', ['va', 'vont']],
  ['faire', ['fait', 'font']],
  ['pouvoir', ['peut', 'peuvent']],
  ['devoir', ['doit', 'doivent']],
  ['savoir', ['sait', 'savent']],
  ['falloir', ['faut', 'faut']],
  ['voir', ['voit', 'voient']],
  ['recevoir', ['reçoit', 'reçoivent']],
  ['ouvrir', ['ouvre', 'ouvrent']],
  ['couvrir', ['couvre', 'couvrent']],
  ['partir', ['part', 'partent']],
  ['sortir', ['sort', 'sortent']],
  ['servir', ['sert', 'servent']],
  ['courir', ['court', 'courent']],
  ['suivre', ['suit', 'suivent']],
]);

/** Verb endings. The first match applies. */
const ENDINGS: readonly (readonly [ending: RegExp, one: string, many: string])[] = [
  [/(t|v)enir$/, '$1ient', '$1iennent'],
  [/mettre$/, 'met', 'mettent'],
  [/prendre$/, 'prend', 'prennent'],
  [/dre$/, 'd', 'dent'],
  [/aître$/, 'aît', 'aissent'],
  [/ire$/, 'it', 'isent'],
  [/ir$/, 'it', 'issent'],
  [/er$/, 'e', 'ent'],
];

/** Adjectives after "semble" that end like infinitives. */
const ADJECTIVES =
  '(?!(?:clair|noir|cher|léger|premier|dernier|entier|régulier|particulier|singulier|familier|pire)\\b)';
const INFINITIVE = `${ADJECTIVES}\\p{L}*(?:er|[^aeo]ir|oir|dre|ttre|aître|[ft]r?aire|[^a]ire|ivre|être)(?![\\p{L}'-])`;
const CLITICS = "(?:(?:(?:se|y|en|le|la|les|lui|leur) )|[sl]')*";
export const FRENCH_ADVERBS =
  '(?: (?:aussi|bien|encore|très|simplement|seulement|juste|également|déjà|même|vraiment|effectivement|toujours|tout|donc|alors|par exemple))*';

const MODAL = new RegExp(
  `(?<![\\p{L}'-])(peut|pourrait|pourrais|doit|devrait|semble|semblerait|paraît|peuvent|pourraient|doivent|devraient|semblent|paraissent)` +
    `${FRENCH_ADVERBS}( pas)? (${CLITICS})(${INFINITIVE})`,
  'giu',
);
const MANY = /(?:ent)$/i;
const SEEMS =
  /(?<=[\p{L}\p{N}_'")»\]`] )(sembl(?:e|erait|ent)|paraît|paraissent)(?: bien)? (?!(?:que|bon|si)(?![\p{L}]))/giu;
const LOOKS = /(?<![\p{L}'-])(?:(a)|(ont)) l'air (?:de |d')?/giu;
const PAST = new RegExp(`(?<![\\p{L}'-])(a|ont) dû (${CLITICS})(être|avoir|\\p{L}+er)(?![\\p{L}'-])`, 'giu');
/** Only after another word, so that "soit ..., soit ..." does not change. */
const MOODS = /(?<=[\p{L}\p{N}_'")»\]`] )(soit|serait|soient|seraient|ait|aurait|aient|auraient)(?![\p{L}'-])/giu;
const INDICATIVE: ReadonlyMap<string, string> = new Map([
  ['soit', 'est'],
  ['serait', 'est'],
  ['soient', 'sont'],
  ['seraient', 'sont'],
  ['ait', 'a'],
  ['aurait', 'a'],
  ['aient', 'ont'],
  ['auraient', 'ont'],
]);

export function plainFrench(text: string): string {
  return text
    .replace(MOODS, (verb: string) => INDICATIVE.get(verb.toLowerCase()) ?? verb)
    .replace(MODAL, modal)
    .replace(LOOKS, (_, one: string | undefined) => (one === undefined ? 'sont ' : 'est '))
    .replace(SEEMS, (_, verb: string) => (MANY.test(verb) ? 'sont ' : 'est '))
    .replace(
      PAST,
      (_, auxiliary: string, clitics: string, verb: string) => `${clitics}${auxiliary} ${participle(verb)}`,
    );
}

function modal(all: string, verb: string, not: string | undefined, clitics: string, infinitive: string): string {
  // "ne peut pas être" is a hedge with its own negation; every other "pas" stays for the fold.
  const carried = /^(?:peut|peuvent)$/i.test(verb) && infinitive.toLowerCase() === 'être';
  const conjugated = thirdPerson(infinitive.toLowerCase(), MANY.test(verb));
  return conjugated === undefined ? all : `${clitics}${conjugated}${carried ? '' : (not ?? '')}`;
}

function thirdPerson(infinitive: string, many: boolean): string | undefined {
  const irregular = IRREGULAR.get(infinitive);
  if (irregular) return irregular[many ? 1 : 0];
  const found = ENDINGS.find(([ending]) => ending.test(infinitive));
  return found && infinitive.replace(found[0], found[many ? 2 : 1]);
}

function participle(infinitive: string): string {
  const verb = infinitive.toLowerCase();
  return verb === 'être' ? 'été' : verb === 'avoir' ? 'eu' : verb.replace(/er$/, 'é');
}
