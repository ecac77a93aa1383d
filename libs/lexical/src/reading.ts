import { canonical, clampProbability, contentTokens, type CompiledHedge, type Statement } from '@assent/planner';
import type { Condition } from './language/language';
import type { Lexicon } from './language/lexicon';
import type { Requirement } from './clauses';
import type { Mentions } from './mentions';

/** The writer's certainty about a clause, and the phrase that expresses it. */
export interface Sureness {
  readonly phrase: string;
  readonly p: number;
  readonly basis: string;
  /** The phrase does not express how likely the statement is. */
  readonly silent?: true;
}

/** The writer's own words for a statement. */
interface Shown {
  readonly text: string;
  /** The words deny the key of the statement. */
  readonly negated: boolean;
}

/** Maximum characters of the words that open a clause with a denial or a belief: "it is very unlikely that". */
const OPENING_MAX_CHARS = 60;

/** Maximum characters before an announced intent: "from what I saw so far, I will". */
const INTENT_WITHIN_CHARS = 80;

/** Ends a question. */
const QUESTION_END = /\?[\s"')\]]*$/;

/** The role of one clause in its sentence. */
export interface Reading {
  readonly clause: Requirement;
  /** "if", "unless": the clause states `statement`, and the main clause applies where it has this value. */
  readonly condition: { readonly value: boolean; readonly sureness: Sureness } | null;
  /** "if so", "otherwise": refers to the last statement. */
  readonly back: { readonly value: boolean } | null;
  /** "if it had": the sentence gives a reason and states nothing. */
  readonly counterfactual: boolean;
  readonly consequence: boolean;
  readonly reason: boolean;
  /** The clause is about the result of the activity before it. */
  readonly expected: boolean;
  readonly hedge: Sureness | null;
  /** "I will", "we could": the clause is about an action and states no fact. */
  readonly intent: Sureness | null;
  /** The statement of the clause without opening words; null when it states nothing uncertain. */
  readonly statement: Statement | null;
  readonly shown: Shown;
  readonly action: string | null;
  /** The clause names its action as an activity ("raising the limit"), not by its topic ("the limit"). True when unknown. */
  readonly deed: boolean;
  /** The clause shows that the writer begins an activity. */
  readonly acts: boolean;
  /** The clause says what to do, not how something works. */
  readonly prescribes: boolean;
  /** The clause speaks against the action, by negation or by a word such as "pointless". */
  readonly against: boolean;
  /** The clause speaks against the action by other words than a negation. */
  readonly counter: boolean;
}

/** Returns a reader of single clauses, with the patterns of a language and the available actions. */
export function createReader(lexicon: Lexicon, mentions: Mentions): (clause: Requirement) => Reading {
  const { language, hedges, negation, counter, conditions, backReferences, proof, consequence, reason } = lexicon;
  const isProof = (opener: RegExp, text: string, clause: Requirement): boolean =>
    proof?.test(text.replace(opener, '')) === true &&
    (mentions(clause.text, true) ?? mentions(clause.text, false)) === null;
  return (clause) => {
    const text = language.expand(clause.said);
    const reference = backReferences.find(({ match }) => match.test(text)) ?? null;
    const counterfactual = lexicon.counterfactual?.test(text) ?? false;
    const back = reference && !counterfactual && !isProof(reference.match, text, clause) ? reference : null;
    const condition = back || counterfactual ? null : (conditions.find(({ match }) => match.test(text)) ?? null);
    const opener = [condition?.match, back?.match, reason, consequence].find((match) => match?.test(text));
    const rest = opener ? text.replace(opener, '') : text;
    const intent = condition ? null : intentOf(rest, lexicon);
    const question = condition || intent ? null : questionOf(rest, lexicon);
    const unstated = condition === null && leavesUnstated(rest, lexicon);
    const hedge = intent || unstated ? null : (leastSure(rest, hedges) ?? question);
    const checks = lexicon.check?.test(rest) ?? false;
    const acts = intent !== null || checks || (lexicon.deed?.test(rest) ?? false);
    const deed = acts || lexicon.deed === null;
    const acting = partThatActs(clause.text, deed, lexicon);
    const turns = countOf(counter, acting === clause.text ? rest : acting);
    const doubted = condition !== null || hedge !== null;
    const says = doubted && contentTokens(rest.replace(lexicon.anyHedge, ' '), lexicon).length > 0;
    const statement = says ? canonical(statedIn(clause, opener, lexicon), lexicon) : null;
    return {
      clause,
      condition: condition && { value: condition.value, sureness: hedge ?? bare(condition, text) },
      back: back && { value: back.value },
      counterfactual,
      consequence: consequence.test(text),
      reason: reason.test(text),
      expected: lexicon.expected?.test(text) ?? false,
      hedge,
      intent,
      statement,
      shown: shownIn(clause, opener, statement, condition !== null, lexicon),
      action: mentions(acting, deed) ?? (acting === clause.text ? null : mentions(clause.text, deed)),
      deed,
      acts,
      prescribes: deed || hedge !== null || (lexicon.prescription?.test(rest) ?? true),
      against: turns % 2 === 1,
      counter: (turns - countOf(negation, rest)) % 2 !== 0,
    };
  };
}

/** The clause without its opening words, with code and quotations unchanged. */
function statedIn({ text }: Requirement, opener: RegExp | undefined, { language }: Lexicon): string {
  const expanded = language.expand(text);
  return opener ? expanded.replace(opener, '') : expanded;
}

/** The writer's own words without those that open the clause, deny it, infer it or say whose belief it is: of "I suspect that X", X. */
function shownIn(
  clause: Requirement,
  opener: RegExp | undefined,
  statement: Statement | null,
  isCondition: boolean,
  lexicon: Lexicon,
): Shown {
  const text = writtenIn(clause, opener, isCondition ? statement : null, lexicon);
  const stated = withoutDenial(text, lexicon);
  if (stated !== null && statement !== null) return { text: stated, negated: statement.denied };
  return { text: withoutBelief(text, lexicon) ?? text, negated: statement?.negated ?? false };
}

/**
 * The writer's own words without those that open the clause. If a conjunction changes the mood of the clause ("à moins que le
 * port ne soit bon"), its plain form is returned, because the text without the conjunction has another meaning.
 */
function writtenIn(
  { text, written }: Requirement,
  opener: RegExp | undefined,
  condition: Statement | null,
  { language, joining }: Lexicon,
): string {
  const expanded = language.expand(text);
  if (condition && !condition.negated && language.plain(expanded) !== expanded) return condition.text;
  const rest = opener?.test(written) === true ? written.replace(opener, '') : written;
  return rest.replace(joining, '');
}

/** The clause that follows a denial such as "there is little chance that" or "I do not think"; null without one. */
function withoutDenial(written: string, lexicon: Lexicon): string | null {
  const { complementizers, writer, denial } = lexicon;
  return clauseAfter(denial, written, lexicon, (opening, last, next) => {
    return (
      complementizers?.test(last) === true || (writer?.test(opening) === true && complementizers?.test(next) === false)
    );
  });
}

/** The clause that follows a belief of the writer such as "I suspect that", or an inference ("which suggests that"); null without one. */
function withoutBelief(written: string, lexicon: Lexicon): string | null {
  const { complementizers, writer, inference, anyHedge } = lexicon;
  return clauseAfter(anyHedge, written, lexicon, (opening, last, next) => {
    if (inference?.test(opening) === true) return complementizers?.test(next) !== true;
    return writer?.test(opening) === true && (complementizers?.test(last) === true || last.endsWith(':'));
  });
}

/** The clause after an opening phrase of this pattern. @param joins whether its last word, or the next one, joins a clause */
function clauseAfter(
  pattern: RegExp,
  written: string,
  lexicon: Lexicon,
  joins: (opening: string, last: string, next: string) => boolean,
): string | null {
  const { language, anyHedge } = lexicon;
  const [found] = language.expand(written).matchAll(pattern);
  if (!found || found.index > OPENING_MAX_CHARS) return null;
  const end = found.index + found[0].length;
  for (const { index, 0: space } of written.slice(0, 2 * OPENING_MAX_CHARS).matchAll(/\s+(?=\S)/gu)) {
    const opening = language.expand(written.slice(0, index));
    if (opening.length < end) continue;
    const rest = written.slice(index + space.length);
    const [last = '', next = ''] = [opening.split(/\s+/u).at(-1), rest.split(/\s+/u)[0]];
    if (contentTokens(opening.replace(anyHedge, ' '), lexicon).length > 0) return null;
    if (joins(opening, last, next)) return rest;
  }
  return null;
}

/** The part that says what to do: "Check the log before changing the limit" is about the log. */
function partThatActs(text: string, deed: boolean, { apart }: Lexicon): string {
  const at = deed && apart ? text.search(apart) : -1;
  return at > 0 ? text.slice(0, at) : text;
}

/** The announced intent, as certain as the words before it: "maybe we should". */
function intentOf(text: string, { intents, hedges, anyHedge, subordinate }: Lexicon): Sureness | null {
  const found = intents.flatMap((intent) => {
    const sureness = surenessBy(intent, text);
    return sureness ? [{ sureness, at: text.search(intent.match) }] : [];
  });
  const [first] = found.sort((a, b) => a.at - b.at);
  if (!first) return null;
  const before = text.slice(0, first.at);
  if (subordinate?.test(before.replace(anyHedge, ' ')) === true || before.length > INTENT_WITHIN_CHARS) return null;
  const graded = leastSure(before, hedges);
  return graded ? lessSure(graded, first.sureness) : first.sureness;
}

function questionOf(text: string, { question }: Lexicon): Sureness | null {
  return question && QUESTION_END.test(text) && question.match.test(text) ? bare(question, text) : null;
}

/** "Let me see what might be wrong", "the manual says that it may be empty". */
function leavesUnstated(text: string, { unstated }: Lexicon): boolean {
  return unstated?.test(text) ?? false;
}

function countOf(pattern: RegExp, text: string): number {
  return text.match(pattern)?.length ?? 0;
}

/** The least certain hedge of a statement: "I think it might" is no more certain than "it might". */
function leastSure(text: string, hedges: readonly CompiledHedge[]): Sureness | null {
  let rest = text;
  const found = hedges.flatMap((hedge): Sureness[] => {
    const sureness = surenessBy(hedge, rest);
    // Blank out a phrase that was read, so that "highly likely" does not also match "likely".
    if (sureness) rest = rest.replace(hedge.match, (words) => '#'.repeat(words.length));
    return sureness ? [sureness] : [];
  });
  return found.length > 0 ? found.reduce(lessSure) : null;
}

function lessSure(a: Sureness, b: Sureness): Sureness {
  return Math.abs(b.p - 0.5) < Math.abs(a.p - 0.5) ? b : a;
}

function surenessBy({ match, p, stated, basis }: CompiledHedge, statement: string): Sureness | null {
  const phrase = match.exec(statement)?.[0];
  if (phrase === undefined) return null;
  const percent = stated === true ? /\d+/.exec(phrase)?.[0] : undefined;
  return {
    phrase: phrase.trim().toLowerCase(),
    p: percent === undefined ? p : clampProbability(Number(percent) / 100),
    basis,
  };
}

function bare(condition: Condition & { readonly match: RegExp }, text: string): Sureness {
  const phrase = condition.match.exec(text)?.groups?.['phrase']?.toLowerCase() ?? '';
  return { phrase, p: condition.p, basis: condition.basis, ...(condition.silent === true ? { silent: true } : {}) };
}
