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
/** Subject of a belief: at most six words without a denial, so that matching stays linear. */
const OTHERS = "(?:(?!(?:not|never|no|nobody|i|we|it|if|that) )[\\p{L}\\p{N}'_./-]+ ){1,6}";
const SURE = '(?:certain|sure|convinced|confident|positive)';

/** Results that are expected. "Should" before any other verb is a requirement: "it should return a list". */
const OUTCOME =
  '(?:work|allow|fix|help|solve|resolve|suffice|do(?! (?:not|so))|pass|tell|show|reveal|confirm|prove|clear|prevent|ensure|let|make|give|unblock|address|handle|cover|be (?:enough|fine|ok|okay|sufficient|safe|able|harmless|possible|ready|good|unaffected))';
/** Participles after which "must" is a duty and not a conclusion. */
const DUTY =
  '(?:fixed|updated|changed|edited|replaced|removed|added|installed|restarted|done|called|run|avoided|escaped|handled|rebuilt|kept|tested|checked|verified|set|used|passed|provided|specified)';
const STEPS = '(?: (?:not|now|also|then|just|still|already|probably|at least|be able to))*';
/** "Raising the limit": any verb after it names an expected result. */
const AFTER_DEED = '(?<=^(?:\\S+ )?\\p{L}{2,}ing (?:\\S+ ){0,12}(?:should|ought to))';
/** "Should" and "ought to" as an expectation, not as a requirement. */
export const ENGLISH_EXPECTATION = `(?<!(?:i|we|you|who|one) )(?:should|ought to)(?=${STEPS} ${OUTCOME}\\b)|(?:should|ought to)(?= not (?:break|affect|hurt|harm|matter|cause|interfere|be (?:a problem|an issue))\\b)|(?:should|ought to)${AFTER_DEED}(?! (?:be (?:avoided|considered|tried)|wait)\\b)`;

export const ENGLISH_HEDGES: readonly Hedge[] = [
  {
    pattern: `(?:(?:i am|we are|with) )?(?:about |around |roughly )?\\d{1,3} ?(?:%|percent) (?:${SURE}(?: that)?|likely|probable|chance|probability|confidence(?: that)?|that)`,
    p: P_EVEN,
    stated: true,
    basis: 'as stated',
  },
  { pattern: 'almost certainly not', p: P_ALMOST_CERTAINLY_NOT, denies: true, basis: readAs('not almost certain') },
  {
    pattern: `(?:i|we) can not be (?:entirely |completely |fully |really |quite )?${SURE}(?: that| whether| if)?`,
    p: P_EVEN,
    basis: readAs('about even'),
  },
  { pattern: 'can not be', p: P_ALMOST_CERTAINLY_NOT, denies: true, basis: readAs('not almost certain') },
  {
    pattern: '(?:it is )?not impossible(?: that)?|(?:i|we|one) can not (?:rule out|exclude)(?: that)?',
    p: P_MIGHT,
    basis: `read as "might", ${MODALS}`,
  },
  { pattern: '(?:may|might|could) or (?:may|might|could) not', p: P_EVEN, basis: readAs('about even') },
  {
    pattern: '(?:(?:it is|it would be) )?(?<!not )impossible(?: that)?',
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
    pattern: 'it does not (?:look|seem|appear)(?: to me)?(?: like| as if| as though| that)',
    p: P_PROBABLY_NOT,
    denies: true,
    basis: readAs('probably not'),
  },
  {
    pattern: `(?:i|we) do not (?:really )?${BELIEVE}(?: that)?|(?:i|we) would not (?:bet(?: on)?|say|guess|think|expect|assume|imagine)(?: that)?`,
    p: P_PROBABLY_NOT,
    denies: true,
    basis: readAs('probably not'),
  },
  {
    pattern:
      '(?:i|we) (?:really |rather |highly |strongly |seriously |very much )?doubt(?: that| whether| if)?|doubtful',
    p: P_DOUBT,
    denies: true,
    basis: `"we doubt", ${SURVEY}`,
  },
  { pattern: 'little chance|improbable', p: 0.1, denies: true, basis: SURVEY },
  {
    pattern:
      '(?:slight|slim|small|remote) chance|(?:the )?(?:chances|odds) are (?:very )?(?:slight|slim|small|remote)(?: that)?',
    p: 0.1,
    denies: true,
    basis: readAs('chances are slight'),
  },
  { pattern: 'unlikely', p: P_DOUBT, denies: true, basis: SURVEY },
  {
    pattern:
      '(?:the )?(?:chances|odds|probability) (?:are|is) (?:quite |rather |pretty )?low(?: that)?|low (?:chance|probability)',
    p: P_DOUBT,
    denies: true,
    basis: readAs('unlikely'),
  },
  {
    pattern: `(?:(?:i am|we are) )?(?:not ${SURE}|(?:it is )?far from (?:${SURE}|clear)|unsure|uncertain|not clear|unclear)(?: that| whether| if)?|(?:i|we) do not (?:yet |really )?know (?:if|whether)|not necessarily`,
    p: P_EVEN,
    basis: readAs('about even'),
  },
  {
    pattern:
      'about even|fifty[- ]fifty|50[/-]50|toss-?up|(?:could|may|might) (?:just as|equally) (?:well|likely)(?= be\\b)',
    p: P_EVEN,
    basis: `"about even", ${SURVEY}`,
  },
  { pattern: '(?:i|we) (?:also |still |do )?wonder(?: if| whether)?', p: P_EVEN, basis: readAs('about even') },
  { pattern: 'better than even', p: 0.6, basis: SURVEY },
  { pattern: 'hopefully|(?:i|we) hope(?: that)?', p: 0.6, basis: readAs('better than even') },
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
  {
    pattern: `(?:i|we) would (?:guess|say|bet|think|expect|assume|imagine)(?: that)?|as far as (?:i|we) (?:can tell|know|can see)`,
    p: P_BELIEVE,
    basis: readAs('we believe'),
  },
  { pattern: `(?:i|we) (?:strongly )?${BELIEVE}(?: that)?`, p: P_BELIEVE, basis: `"we believe", ${SURVEY}` },
  {
    pattern:
      '(?:my|our) (?:best )?(?:guess|hunch|suspicion|assumption|bet)(?: is(?: that)?|(?=:|$))|if (?:i am|we are) not (?:mistaken|wrong)|unless (?:i am|we are) (?:mistaken|wrong)|in (?:my|our) (?:view|opinion)|presumably|supposedly|allegedly|reportedly|purportedly',
    p: P_BELIEVE,
    basis: readAs('we believe'),
  },
  {
    pattern: `it (?:is|was) ${PASSIVE_BELIEF} that|(?<=(?:is|are|was|were|be|been) )${PASSIVE_BELIEF}(?= to (?:be|have)\\b)|(?<=(?:is|are) )${PASSIVE_BELIEF.replace('estimated|', '')}(?! (?:by|for|in|to|as|and|or) )`,
    p: P_BELIEVE,
    basis: readAs('we believe'),
  },
  { pattern: 'probably|probable|likely', p: P_LIKELY, basis: SURVEY },
  { pattern: 'in all likelihood|in all probability', p: P_LIKELY, basis: readAs('probably') },
  { pattern: '(?:the )?(?:chances|odds) are(?: that)?', p: P_LIKELY, basis: readAs('probably') },
  {
    pattern: '(?:it )?(?:seems|appears|looks)(?: to me)?(?: like| as if| as though| that)|apparently|seemingly',
    p: P_LIKELY,
    basis: readAs('probably'),
  },
  {
    pattern: 'it (?:seems|seemed|appears)(?: to me)?(?! (?:to|like|as|that)\\b)',
    p: P_LIKELY,
    basis: readAs('probably'),
  },
  {
    pattern:
      '(?:seem|seems|seemed|appear|appears|appeared) to(?: be)?|(?:seem|seems|seemed)(?! to\\b)(?: like| as if| as though)?',
    p: P_LIKELY,
    basis: readAs('probably'),
  },
  { pattern: ENGLISH_EXPECTATION, p: P_LIKELY, basis: readAs('probably') },
  {
    pattern: 'perhaps|maybe|possibly|potentially|conceivably|hypothetically|theoretically|(?<!as (?:\\S+ )?)possible',
    p: P_MIGHT,
    basis: `read as "might", ${MODALS}`,
  },
  { pattern: `must${ADVERBS} (?:be|have)(?! ${DUTY}\\b)`, p: P_ALMOST_CERTAIN, basis: readAs('almost certain') },
  {
    pattern: `(?:${OTHERS}|it |this |that |which )(?:strongly )?(?:suggests?|suggested|indicates?|indicated|implies|implied) that`,
    p: P_LIKELY,
    basis: readAs('probably'),
  },
  {
    pattern:
      '(?:which|this|that|it)(?: strongly| in turn| also)? (?:suggests|suggested|indicates|indicated|implies|implied|hints)(?: that)?(?! (?:to|a|an|some|using|adding|how|what)\\b)|(?:suggesting|indicating|implying) that',
    p: P_LIKELY,
    basis: readAs('probably'),
  },
  {
    pattern: `${OTHERS}(?:believes?|believed|thinks?|thought|suspects?|suspected|assumes?|assumed|supposes?|supposed) that`,
    p: P_BELIEVE,
    basis: readAs('we believe'),
  },
  {
    pattern: `(?<!(?:the|its|their|all) )might${ADVERBS}|may(?! \\d)${ADVERBS}|could(?! not)${ADVERBS}`,
    p: P_MIGHT,
    basis: MODALS,
  },
];
