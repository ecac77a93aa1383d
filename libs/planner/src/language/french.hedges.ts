import { MODALS, MODIFIER, readAs, readAsLikelihood } from './sources';
import type { Hedge } from './language';
import { FRENCH_ADVERBS } from './french.verbs';

const P_ALMOST_CERTAIN = 0.95;
const P_ALMOST_CERTAINLY_NOT = 0.05;
const P_BELIEVE = 0.75;
const P_LIKELY = 0.7;
const P_EVEN = 0.5;
const P_BETTER_THAN_EVEN = 0.6;
const P_MIGHT = 0.4;
const P_PROBABLY_NOT = 0.25;
const P_UNLIKELY = 0.2;
const P_SLIGHT = 0.1;

/** Subject of an indication: at most six words without a denial, so that matching stays linear. */
const WHAT = "(?:(?!(?:pas|si|que|je|nous) )[\\p{L}\\p{N}'_./-]+ ){1,6}";
const WE = '(?:je|nous|on)';
const WE_ARE = '(?:je suis|nous sommes|on est)';
const SURE = '(?:sûre?s?|certaine?s?|convaincue?s?|persuadée?s?|confiante?s?)';
const IT_IS = "(?:(?:il|ce|cela|ça) (?:me |nous )?(?:est|serait|paraît|semble) |c'est )?";
const THERE_ARE = '(?:(?:il )?y a )?';
const THAT = '(?: (?:pour )?que)?';
const PERCENT = '\\d{1,3} ?(?:%|pour ?cent)';
const STATE_VERBS = "(?:être|avoir|y avoir|s'agir|venir|provenir|résulter|dépendre|exister)";

/**
 * The expanded text has no elisions and no first half of a negation: "il n'est pas certain qu'il" becomes
 * "il est pas certain que il".
 */
export const FRENCH_HEDGES: readonly Hedge[] = [
  {
    pattern:
      `(?:${WE_ARE} )?${THERE_ARE}(?:${SURE} )?(?:à )?(?:environ |à peu près )?${PERCENT} (?:${SURE}|de chances?|de probabilités?)${THAT}` +
      `|(?:${WE_ARE} )?${SURE} à (?:environ |à peu près )?${PERCENT}${THAT}`,
    p: P_EVEN,
    stated: true,
    basis: 'as stated',
  },
  {
    pattern: `${IT_IS}à peu près aussi probables? que improbables?${THAT}`,
    p: P_EVEN,
    basis: readAsLikelihood('about even', 'about as likely as not'),
  },
  {
    pattern: `${THERE_ARE}une chance sur deux${THAT}|cinquante[- ]cinquante|50[/-]50`,
    p: P_EVEN,
    basis: readAs('about even'),
  },
  {
    pattern: `${IT_IS}plus probables? que improbables?${THAT}`,
    p: P_BETTER_THAN_EVEN,
    basis: readAsLikelihood('better than even', 'more likely than not'),
  },
  { pattern: `${IT_IS}plutôt probables?${THAT}`, p: P_BETTER_THAN_EVEN, basis: readAs('better than even') },
  {
    pattern: '(?:presque |quasiment )?certainement pas',
    p: P_ALMOST_CERTAINLY_NOT,
    denies: true,
    basis: readAs('not almost certain'),
  },
  {
    pattern: '(?:peut|peuvent|pourrait|pourraient) pas être',
    p: P_ALMOST_CERTAINLY_NOT,
    denies: true,
    basis: readAs('not almost certain'),
  },
  {
    pattern: `${THERE_ARE}(?:presque |quasiment |pratiquement )?pas une chance${THAT}|${IT_IS}impossible${THAT}`,
    p: 0.02,
    denies: true,
    basis: readAs('almost no chance'),
  },
  {
    pattern: `${IT_IS}très improbables?${THAT}`,
    p: 0.05,
    denies: true,
    basis: readAsLikelihood('highly unlikely', 'very unlikely'),
  },
  {
    pattern: `${IT_IS}(?:très|hautement|extrêmement|fort) (?:improbable|peu (?:probable|vraisemblable))s?${THAT}`,
    p: 0.05,
    denies: true,
    basis: readAs('highly unlikely'),
  },
  {
    pattern: `${IT_IS}pas (?:très|vraiment|du tout|si) (?:probable|vraisemblable)s?${THAT}`,
    p: P_UNLIKELY,
    denies: true,
    basis: readAs('unlikely'),
  },
  { pattern: `${IT_IS}pas (?:probable|vraisemblable)s?${THAT}`, p: P_LIKELY / 2, denies: true, basis: MODIFIER },
  {
    pattern: `(?:probablement|vraisemblablement|sans doute) pas|${WE} (?:pense|pensons|crois|croit|croyons) pas(?: vraiment)?${THAT}`,
    p: P_PROBABLY_NOT,
    denies: true,
    basis: readAs('probably not'),
  },
  {
    pattern: `${WE} (?:doute|doutons)(?: fort| fortement| beaucoup)?${THAT}|${IT_IS}douteu(?:x|ses?)${THAT}`,
    p: P_UNLIKELY,
    denies: true,
    basis: readAs('we doubt'),
  },
  {
    pattern: `${THERE_ARE}(?:très )?peu de (?:chances?|probabilités?)${THAT}|${THERE_ARE}une (?:petite|faible|mince) (?:chance|probabilité)${THAT}`,
    p: P_SLIGHT,
    denies: true,
    basis: readAs('little chance'),
  },
  {
    pattern: `${IT_IS}improbables?${THAT}`,
    p: P_UNLIKELY,
    denies: true,
    basis: readAsLikelihood('unlikely', 'unlikely'),
  },
  {
    pattern: `${IT_IS}(?:peu (?:probable|vraisemblable)|invraisemblable)s?${THAT}`,
    p: P_UNLIKELY,
    denies: true,
    basis: readAs('unlikely'),
  },
  {
    pattern:
      `(?:${WE_ARE} )?(?:${IT_IS})pas (?:tout à fait |vraiment |très )?(?:sûre?s?|certaine?s?|clair)(?: que| si)?` +
      `|${IT_IS}incertaine?s?(?: que| si)?|${WE} (?:sais|sait|savons|ignore|ignorons)(?: pas)? si|reste à (?:savoir|voir) si|pas (?:forcément|nécessairement)`,
    p: P_EVEN,
    basis: readAs('about even'),
  },
  {
    pattern:
      `(?:${WE_ARE} )?${IT_IS}(?:presque|quasiment|pratiquement|quasi) (?:certainement|${SURE}|sûrement)${THAT}` +
      `|${IT_IS}extrêmement probables?${THAT}`,
    p: P_ALMOST_CERTAIN,
    basis: readAs('almost certain'),
  },
  {
    pattern:
      `certainement|assurément|indubitablement|forcément|à coup sûr|sans (?:aucun|nul|le moindre) doute|nul doute${THAT}` +
      `|(?:(?:cela|ça|il) )?fait (?:pas un|pas de|plus de) doute${THAT}` +
      `|${WE_ARE} (?:assez |plutôt |tout à fait |absolument )?${SURE}${THAT}|il est (?:certain|sûr|clair|évident)${THAT}`,
    p: P_ALMOST_CERTAIN,
    basis: readAs('almost certain'),
  },
  { pattern: `${IT_IS}hautement (?:probable|vraisemblable)s?${THAT}`, p: 0.9, basis: readAs('highly likely') },
  {
    pattern: `${IT_IS}(?:très|fort) (?:probable|vraisemblable)(?:s|ment)?${THAT}|sûrement`,
    p: 1 - (1 - P_LIKELY) / 2,
    basis: `"très probable" is "very likely"; ${MODIFIER}`,
  },
  {
    pattern: `${THERE_ARE}(?:de |des )?(?:très )?(?:bonnes|fortes|grandes) chances${THAT}|${THERE_ARE}une (?:très )?(?:bonne|forte|grande) (?:chance|probabilité)${THAT}`,
    p: 0.8,
    basis: readAs('very good chance'),
  },
  {
    pattern:
      `${WE} (?:pense|pensons|crois|croit|croyons|suppose|supposons|soupçonne|soupçonnons|présume|présumons|imagine|imaginons|estime|estimons|parie|parierais|dirais|me doute)(?: fortement| bien| plutôt)?${THAT}` +
      `|(?:mon|ma|notre) (?:intuition|hypothèse|impression|soupçon|pari|supposition|avis) est${THAT}|je ai l'impression${THAT}` +
      `|à mon avis|selon moi|d'après moi|présumément|supposément|censément`,
    p: P_BELIEVE,
    basis: readAs('we believe'),
  },
  { pattern: `${IT_IS}probables?${THAT}`, p: P_LIKELY, basis: readAsLikelihood('likely', 'likely') },
  { pattern: `${IT_IS}vraisemblables?${THAT}|probablement|vraisemblablement`, p: P_LIKELY, basis: readAs('probably') },
  {
    pattern:
      `sans doute${THAT}|${THERE_ARE}des chances${THAT}|apparemment|visiblement|semble-t-il|on dirait${THAT}` +
      `|(?:il|cela|ça) (?:me |nous )?(?:semble|semblerait|paraît|paraîtrait) (?:bien )?que|tout (?:porte à croire|indique|laisse penser|laisse croire|suggère)${THAT}|(?:il|cela|ça) (?:me|nous) semble`,
    p: P_LIKELY,
    basis: readAs('probably'),
  },
  {
    pattern: `${WHAT}(?:suggère|suggèrent|indique|indiquent|laisse (?:penser|croire|supposer)|laissent (?:penser|croire|supposer)) que`,
    p: P_LIKELY,
    basis: readAs('probably'),
  },
  {
    pattern: "semble|semblent|semblait|semblaient|paraît|paraissent|(?:a|ont) l'air(?: de)?",
    p: P_LIKELY,
    basis: readAs('probably'),
  },
  {
    pattern: `peut-être${THAT}|possiblement|éventuellement|potentiellement|il se (?:peut|pourrait)(?: bien)?${THAT}|${IT_IS}possibles?${THAT}`,
    p: P_MIGHT,
    basis: `read as "might", ${MODALS}`,
  },
  {
    pattern: `(?:doit|doivent)${FRENCH_ADVERBS} ${STATE_VERBS}|(?:a|ont) dû`,
    p: P_ALMOST_CERTAIN,
    basis: readAs('almost certain'),
  },
  { pattern: '(?<!(?:je|on|nous) )(?:devrait|devraient)', p: P_LIKELY, basis: readAs('probably') },
  {
    pattern: `(?:peut|peuvent)${FRENCH_ADVERBS} ${STATE_VERBS}|pourrait|pourraient|pourrais`,
    p: P_MIGHT,
    basis: `read as "could", ${MODALS}`,
  },
];
