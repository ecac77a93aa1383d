import { ENGLISH_STATEMENTS, MODALS, readAs, type Hedge } from '@assent/planner';
import type { Language, Verb } from './language';

const P_BELIEVE = 0.75;
const P_EVEN = 0.5;
const P_MIGHT = 0.4;
const P_DOUBT = 0.2;

/** Announced intents: "I will", "let us", "the best step is". "We should have access" is about a fact. */
const INTENT: Hedge = {
  pattern:
    '(?:i|we) (?:also |still |now |then |just )?(?:will|shall|(?:would|should|must|ought to)(?! (?:not )?(?:have|be|guess|say|bet|think|expect|assume|imagine)\\b)|am going to|are going to|need to|want to|have to|plan to|intend to)|let (?:us|me)|' +
    '(?:best|right|safest|next|first|simplest|obvious) (?:next )?(?:step|option|move|choice|action|fix|bet|thing to do) (?:is|would be)|' +
    '(?:my|the) plan is',
  p: P_BELIEVE,
  basis: readAs('we believe'),
};

const QUESTION = {
  pattern:
    '(?!(?:can|could|should|shall|may|might|would|will) (?:i|we|you)\\b|(?:do|did|are|have|were) you\\b|do (?:i|we) (?:need|want|have to|really need)\\b)' +
    '(?:is|are|was|were|do|does|did|has|have|had|can|could|may|might|would|will)(?: not)?',
  value: true,
  p: P_EVEN,
  basis: 'a question alone says nothing of how likely it is',
  silent: true,
} as const;

/** The base form and the inflections of regular verbs. */
const inflected = (...verbs: readonly string[]): string =>
  verbs.map((verb) => `${verb.replace(/e$/, '')}(?:e|s|es|ed|ing)?`).join('|');
const LOOK = `look(?:s|ed|ing)?|see(?:ing)?|show(?:s|ing)?|read(?:s|ing)?|find out|${inflected('open', 'view', 'check', 'inspect', 'examine', 'review', 'print', 'display', 'list')}`;
const SEARCH = `find(?:ing)?|${inflected('search', 'grep', 'locate', 'look for')}|grepping|searching`;
const CHANGE = `put(?:ting)?|write|writing|set(?:ting)?|mak(?:e|ing)|${inflected('edit', 'change', 'modify', 'patch', 'update', 'fix', 'correct', 'replace', 'add', 'create', 'rename', 'adjust', 'rewrite', 'remove', 'delete', 'append', 'insert', 'move', 'raise')}`;
const RUN = `run(?:s|ning)?|re-?run(?:ning)?|${inflected('execute', 'launch', 'test', 'invoke', 'call', 'try')}|testing|trying`;
/** Verbs for work on code and machines, in addition to those for tools. */
const DO =
  'use|kill|start|stop|clear|purge|flush|bump|pin|revert|drop|cast|switch|upgrade|downgrade|regenerate|rebuild|build|refactor|retry|restart|reload|install|submit|finish|measure|profile|benchmark|compare|reproduce|roll back|wrap|guard|disable|enable|increase|decrease|lower|extend|ask|wait|skip|ignore|leave|keep|go|start|do|bisect';

/** Any other verb in the imperative, with the thing in question as its object: "renew it with certbot". */
const ON_IT =
  '(?!(?:is|was|does|did|has|had|can|could|may|might|should|would|will|if|when|that|so|as|because|since|though|of|for|with)\\b)\\p{L}{3,} (?:it|them) (?:with|in|from|to|by|using|into|at|on|back|up|down|out)\\b';

/** Possible actions: "we could open the log". "We could be hitting the limit" is about a fact. */
const OPTION: Hedge = {
  pattern:
    `(?:i|we) (?:could|might|may|can)(?: (?:also|just|simply|still|then|instead|always|as well))* (?:need to|have to|want to|try|open|view|check|inspect|print|look(?! like)|search|${CHANGE}|${RUN}|${DO})\\b|` +
    'it (?:might|may|could|would) (?:also )?be worth(?:while)? \\p{L}+ing\\b',
  p: P_MIGHT,
  basis: `read as "might", ${MODALS}`,
};

const VERBS: readonly Verb[] = [
  { verb: LOOK, tool: 'open|view|read|cat|head|tail|show|get|list|ls|inspect|display|less|print' },
  { verb: SEARCH, tool: 'search|grep|find|rg|locate|ack|query|lookup' },
  { verb: CHANGE, tool: 'edit|write|replace|patch|create|insert|update|modify|append|apply|sed|move|rename' },
  { verb: RUN, tool: 'bash|run|exec|execute|shell|terminal|command|python|pytest|test|node|npm' },
  { verb: inflected('install'), tool: 'install|pip|npm|apt' },
  { verb: `re-?start(?:s|ed|ing)?|reload(?:s|ing)?`, tool: 'restart|reload' },
  { verb: inflected('submit', 'finish'), tool: 'submit|finish' },
];

const CONDITIONS = {
  /** "If" alone. */
  bare: { p: P_EVEN, basis: 'a condition alone says nothing of how likely it is', silent: true },
  /** "Assuming": the writer continues as if it were true. */
  goingOn: { p: P_BELIEVE, basis: readAs('we believe') },
  /** "Unless": the writer considers it the exception. */
  exception: { p: P_DOUBT, basis: readAs('unlikely') },
} as const;

export const ENGLISH: Language = {
  ...ENGLISH_STATEMENTS.language,
  abbreviations: /(?<![\p{L}.])(?:cf|resp|approx)\.(?=[ ,;)]+[\p{Ll}\p{N}`/(])/giu,
  intents: [INTENT, OPTION],
  unstated:
    '^(?:and |but |so |then )?(?:what|where|how|why|who|whose|which (?!suggest|indicat|impl|mean|means|would|might|could|may|should|is|was))\\b|' +
    '(?:see|find out|figure out|look(?:ing)?(?: at| into)?|check|know|understand|determine|investigate|explore|identify|think about|consider|clear|sure) (?:what|which|where|how|why|who)|' +
    '(?:docs?|documentation|readme|manual|specs?|specification|docstring|comment|rfc|standard|man page) (?:says?|states?|reads?|specif(?:y|ies)|mentions?|notes?|requires?)|' +
    'oh,? wait|yeah,? right|oh,? sure|as if (?:that|it|anybody|anyone|they)',
  question: QUESTION,
  deed: `(?:(?:and|then|so|but|or|also|just|next|first|now|instead|finally|simply|please|therefore|thus)[ ,:]+)*(?:\\p{L}{2,}ing(?<!thing|during|string)|${[LOOK, SEARCH, CHANGE, RUN].join('|')}|${DO}|${ON_IT})`,
  check:
    '(?:would|will|should|can|could) (?:\\p{L}+ly |also |soon )?(?:prove|confirm|show|tell|refute|settle|verify|reveal|answer)(?! (?:the user|them|him|her)\\b)|(?:proves|confirms|refutes|settles|verifies)(?: or \\p{L}+)? (?:it|that|this|which)',
  counterfactual: '(?:if|had) (?:it|they|that|this|there) (?:had|were)(?: so| been| been so| the case)?(?=[\\s,:;.]*$)',
  expected: 'hopefully|(?:i|we) would expect|should|ought to|which',
  subordinate: 'that|which|who|what|whether|how|where|whose|because',
  prescription: 'would|should|must|needs?|has to|have to|will',
  apart: 'before|instead of|rather than|without',
  verbs: VERBS,
  conditions: [
    { pattern: 'unless(?! (?:i am|we are) (?:mistaken|wrong)\\b)', value: false, ...CONDITIONS.exception },
    { pattern: 'assuming(?: that)?|supposing(?: that)?', value: true, ...CONDITIONS.goingOn },
    {
      pattern: 'if(?! (?:i am|we are) not (?:mistaken|wrong)\\b)|in case|provided(?: that)?|as long as',
      value: true,
      ...CONDITIONS.bare,
    },
  ],
  backReferences: [
    {
      pattern:
        'if not|otherwise|(?:or )?else|(?:if|in case) (?:that|this|it) is not(?: so| true| the case)?(?=[\\s,:;.]*$)|(?:if|in case) (?:it|they|we|this|that|there) (?:do|does|did|are|has|have|was|were) not(?=[\\s,:;.]*$)|should (?:it|they|we|this|that|there) not(?: be| have| do so)?(?=[\\s,:;.]*$)',
      value: false,
    },
    {
      pattern:
        'if so|if (?:that|this|it) is (?:so|true|the case|right)|(?:if|in case) (?:it|they|we|this|that|there) (?:is|are|do|does|did|has|have|was|were)(?=[\\s,:;.]*$)|should (?:it|they|we|this|that|there)(?: be| have| do so)?(?=[\\s,:;.]*$)|in (?:that|which|this) case',
      value: true,
    },
  ],
  complementizers: 'that|whether|if',
  writer: 'i|we|my|our',
  inference:
    'which(?: \\p{L}+ly| also| in turn)? (?:suggests|suggested|indicates|indicated|implies|implied|means|hints)(?: that)?|(?:suggesting|indicating|implying)(?: that)?',
  proof: 'would',
  consequence: 'so|then|therefore|thus|hence|and so|which means|that means|meaning',
  reason: 'because|since|given that|seeing that|considering that',
  conjunctions: 'and|but|so|or|then',
  embeddable: 'if|whether',
  embedding:
    'check|see|know|ask|wonder|verify|test|tell|confirm|sure|certain|clear|unclear|doubt|even|as|determine|decide|out|say|understand',
  clauseStarts: [
    ...[
      'but',
      'so',
      'because',
      'since',
      'if',
      'unless',
      'otherwise',
      'then',
      'while',
      'whereas',
      'although',
      'though',
      'therefore',
    ],
    ...[
      'assuming',
      'supposing',
      'provided that',
      'thus',
      'hence',
      'which means',
      'in which case',
      'in that case',
      'in case',
      'as long as',
      'given that',
      'or else',
    ],
  ],
  counter:
    'not|never|no need|no point|nothing|avoid|pointless|useless|unnecessary|dangerous|risky|harmful|unsafe|wrong|futile|worse|instead of',
  kindWords: {
    finish: 'finish(?: here)?|stop here|(?:i am|we are) done|nothing (?:more |else |left )+to do',
    noop: 'do nothing|wait(?: and see)?|leave (?:it|things|everything) (?:alone|as (?:it is|they are))',
  },
};
