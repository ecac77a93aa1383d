import type { Hedge } from './language';

/**
 * Words of estimative probability.
 *
 * SURVEY: W. Fagen-Ulmschneider, "Perception of Probability Words", University of Illinois: medians of its 123 raw
 * answers (github.com/wadefagen/datasets, Perception-of-Probability-Words/survey-results.csv).
 * MODALS: A. Kucharski, "CAPphrase: Comparative and Absolute Probability phrase dataset" (2026),
 * doi:10.5281/zenodo.18750055: the median of 5,174 people for "might / may / could happen" is 40%.
 * MODIFIER: F. Mosteller and C. Youtz, "Quantifying Probabilistic Expressions", Statistical Science 5(1), 1990, 2-12:
 * "very" and negation halve the distance to the boundary (100 or 0).
 *
 * A phrase that none of them asked about is read as the nearest one that they did, and its evidence says so.
 */
const SURVEY = 'median of the Fagen-Ulmschneider survey';
const MODALS = 'median of CAPphrase 2026';
const MODIFIER = 'modifier rule of Mosteller & Youtz 1990';
const readAs = (phrase: string) => `read as "${phrase}", ${SURVEY}`;

const P_ALMOST_CERTAIN = 0.95;
const P_BELIEVE = 0.75;
const P_LIKELY = 0.7;
const P_EVEN = 0.5;
const P_MIGHT = 0.4;
const P_PROBABLY_NOT = 0.25;
const P_DOUBT = 0.2;

const ADVERBS = '(?: (?:also|well|just|still|simply|actually|even|only|already|indeed))*';
const BELIEVE = '(?:think|believe|suspect|assume|guess|reckon|expect|suppose|presume)';
const SURE = '(?:certain|sure|convinced|confident|positive)';

export const ENGLISH_HEDGES: readonly Hedge[] = [
  {
    pattern: `(?:(?:i am|we are) )?(?:about |around |roughly )?\\d{1,3} ?(?:%|percent) (?:${SURE}(?: that)?|likely|probable|chance|probability)`,
    p: P_EVEN,
    stated: true,
    basis: 'as stated',
  },
  { pattern: 'almost certainly not', p: 1 - P_ALMOST_CERTAIN, denies: true, basis: readAs('not almost certain') },
  { pattern: 'can not be', p: 1 - P_ALMOST_CERTAIN, denies: true, basis: readAs('not almost certain') },
  { pattern: 'almost no chance', p: 0.02, denies: true, basis: SURVEY },
  { pattern: '(?:highly|very|extremely|most) unlikely', p: 0.05, denies: true, basis: `"highly unlikely", ${SURVEY}` },
  { pattern: 'not (?:very|at all|that) (?:likely|probable)', p: P_DOUBT, denies: true, basis: readAs('unlikely') },
  { pattern: 'not (?:likely|probable)', p: P_LIKELY / 2, denies: true, basis: MODIFIER },
  { pattern: 'probably not', p: P_PROBABLY_NOT, denies: true, basis: SURVEY },
  {
    pattern: `(?:i|we) do not (?:really )?${BELIEVE}(?: that)?`,
    p: P_PROBABLY_NOT,
    denies: true,
    basis: readAs('probably not'),
  },
  {
    pattern: '(?:i|we) (?:really |rather )?doubt(?: that| whether| if)?|doubtful',
    p: P_DOUBT,
    denies: true,
    basis: `"we doubt", ${SURVEY}`,
  },
  { pattern: 'little chance|improbable', p: 0.1, denies: true, basis: SURVEY },
  { pattern: '(?:slight|slim|small|remote) chance', p: 0.1, denies: true, basis: readAs('chances are slight') },
  { pattern: 'unlikely', p: P_DOUBT, denies: true, basis: SURVEY },
  {
    pattern: `(?:(?:i am|we are) )?(?:not ${SURE}|unsure|not clear|unclear)(?: that| whether| if)?`,
    p: P_EVEN,
    basis: readAs('about even'),
  },
  { pattern: 'about even|fifty[- ]fifty|50[/-]50|toss-?up', p: P_EVEN, basis: `"about even", ${SURVEY}` },
  { pattern: 'better than even', p: 0.6, basis: SURVEY },
  {
    pattern: '(?:almost|nearly|virtually|practically) (?:certainly|certain|sure|definitely)',
    p: P_ALMOST_CERTAIN,
    basis: `"almost certain", ${SURVEY}`,
  },
  {
    pattern: `certainly|definitely|surely|undoubtedly|(?:i am|we are) (?:fairly |pretty |quite )?${SURE}(?: that)?`,
    p: P_ALMOST_CERTAIN,
    basis: readAs('almost certain'),
  },
  { pattern: 'highly (?:likely|probable)', p: 0.9, basis: `"highly likely", ${SURVEY}` },
  { pattern: '(?:very|most|quite) (?:likely|probably|probable)', p: 1 - (1 - P_LIKELY) / 2, basis: MODIFIER },
  { pattern: '(?:very )?good chance', p: 0.8, basis: `"very good chance", ${SURVEY}` },
  { pattern: `(?:i|we) (?:strongly )?${BELIEVE}(?: that)?`, p: P_BELIEVE, basis: `"we believe", ${SURVEY}` },
  {
    pattern: '(?:my|our) (?:best )?(?:guess|hunch|suspicion|assumption) is(?: that)?|presumably|supposedly',
    p: P_BELIEVE,
    basis: readAs('we believe'),
  },
  { pattern: 'probably|probable|likely', p: P_LIKELY, basis: SURVEY },
  {
    pattern: '(?:it )?(?:seems|appears|looks)(?: to me)?(?: like| as if| as though| that)|apparently|seemingly',
    p: P_LIKELY,
    basis: readAs('probably'),
  },
  { pattern: '(?:seem|seems|appear|appears) to be', p: P_LIKELY, basis: readAs('probably') },
  {
    pattern: 'perhaps|maybe|possibly|potentially|conceivably|possible',
    p: P_MIGHT,
    basis: `read as "might", ${MODALS}`,
  },
  { pattern: `must${ADVERBS} (?:be|have)`, p: P_ALMOST_CERTAIN, basis: readAs('almost certain') },
  { pattern: `might${ADVERBS}|may${ADVERBS}|could(?! not)${ADVERBS}`, p: P_MIGHT, basis: MODALS },
];

/** What the writer means to do: "I will", "let us", "the best step is". */
export const ENGLISH_INTENT: Hedge = {
  pattern:
    '(?:i|we) (?:will|would|shall|should|am going to|are going to|need to|must|want to|have to|ought to)|let (?:us|me)|' +
    '(?:best|right|safest|next|first|simplest|obvious) (?:next )?(?:step|option|move|choice|action|fix|bet|thing to do) (?:is|would be)|' +
    '(?:my|the) plan is',
  p: P_BELIEVE,
  basis: readAs('we believe'),
};

export const ENGLISH_CONDITIONS = {
  /** "If" alone. */
  bare: { p: P_EVEN, basis: 'a condition alone says nothing of how likely it is', silent: true },
  /** "Assuming": the writer goes on as if it were true. */
  goingOn: { p: P_BELIEVE, basis: readAs('we believe') },
  /** "Unless": the writer holds it for the exception. */
  exception: { p: P_DOUBT, basis: readAs('unlikely') },
} as const;
