import type { Hedge } from './language';
import { MODALS, MODIFIER, readAs, SURVEY } from './sources';

const P_ALMOST_CERTAIN = 0.95;
const P_ALMOST_CERTAINLY_NOT = 0.05;
const P_BELIEVE = 0.75;
const P_LIKELY = 0.7;
const P_EVEN = 0.5;
const P_MIGHT = 0.4;
const P_PROBABLY_NOT = 0.25;
const P_DOUBT = 0.2;

const ADVERBS = '(?: (?:also|well|just|still|simply|actually|even|only|already|indeed))*';
const BELIEVE = '(?:think|believe|suspect|assume|guess|reckon|expect|suppose|presume)';
const PASSIVE_BELIEF =
  '(?:(?:widely|generally|commonly|often|usually|traditionally|now|still) )?(?:believed|thought|assumed|suspected|presumed|supposed|expected|alleged|rumou?red|estimated|considered)';
/** Who or what believes; at most six words, none of them a denial, so that reading stays linear. */
const OTHERS = "(?:(?!(?:not|never|no|nobody|i|we|it|if|that) )[\\p{L}\\p{N}'_./-]+ ){1,6}";
const SURE = '(?:certain|sure|convinced|confident|positive)';

export const ENGLISH_HEDGES: readonly Hedge[] = [
  {
    pattern: `(?:(?:i am|we are) )?(?:about |around |roughly )?\\d{1,3} ?(?:%|percent) (?:${SURE}(?: that)?|likely|probable|chance|probability)`,
    p: P_EVEN,
    stated: true,
    basis: 'as stated',
  },
  { pattern: 'almost certainly not', p: P_ALMOST_CERTAINLY_NOT, denies: true, basis: readAs('not almost certain') },
  { pattern: 'can not be', p: P_ALMOST_CERTAINLY_NOT, denies: true, basis: readAs('not almost certain') },
  {
    pattern: '(?:(?:it is|it would be) )?impossible(?: that)?',
    p: 0.02,
    denies: true,
    basis: readAs('almost no chance'),
  },
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
    pattern: `(?:(?:i am|we are) )?(?:not ${SURE}|unsure|uncertain|not clear|unclear)(?: that| whether| if)?|not necessarily`,
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
    pattern:
      '(?:my|our) (?:best )?(?:guess|hunch|suspicion|assumption) is(?: that)?|in (?:my|our) (?:view|opinion)|presumably|supposedly|allegedly|reportedly|purportedly',
    p: P_BELIEVE,
    basis: readAs('we believe'),
  },
  {
    pattern: `it (?:is|was) ${PASSIVE_BELIEF} that|(?<=(?:is|are|was|were|be|been) )${PASSIVE_BELIEF}(?= to (?:be|have)\\b)|(?<=(?:is|are) )${PASSIVE_BELIEF.replace('estimated|', '')}(?! (?:by|for|in|to|as|and|or) )`,
    p: P_BELIEVE,
    basis: readAs('we believe'),
  },
  { pattern: 'probably|probable|likely', p: P_LIKELY, basis: SURVEY },
  {
    pattern: '(?:it )?(?:seems|appears|looks)(?: to me)?(?: like| as if| as though| that)|apparently|seemingly',
    p: P_LIKELY,
    basis: readAs('probably'),
  },
  { pattern: '(?:seem|seems|seemed|appear|appears|appeared) to(?: be)?', p: P_LIKELY, basis: readAs('probably') },
  {
    pattern: 'perhaps|maybe|possibly|potentially|conceivably|hypothetically|theoretically|(?<!as (?:\\S+ )?)possible',
    p: P_MIGHT,
    basis: `read as "might", ${MODALS}`,
  },
  { pattern: `must${ADVERBS} (?:be|have)`, p: P_ALMOST_CERTAIN, basis: readAs('almost certain') },
  {
    pattern: `(?:${OTHERS}|it |this |that |which )(?:strongly )?(?:suggests?|suggested|indicates?|indicated|implies|implied) that`,
    p: P_LIKELY,
    basis: readAs('probably'),
  },
  {
    pattern: `${OTHERS}(?:believes?|believed|thinks?|thought|suspects?|suspected|assumes?|assumed|supposes?|supposed) that`,
    p: P_BELIEVE,
    basis: readAs('we believe'),
  },
  { pattern: `might${ADVERBS}|may(?! \\d)${ADVERBS}|could(?! not)${ADVERBS}`, p: P_MIGHT, basis: MODALS },
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
