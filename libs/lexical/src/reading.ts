import { canonical, clampProbability, contentTokens, type CompiledHedge, type Statement } from '@assent/planner';
import type { Condition } from './language/language';
import type { Lexicon } from './language/lexicon';
import type { Requirement } from './clauses';
import type { Mentions } from './mentions';

/** How sure the writer is of a clause, and by which word. */
export interface Sureness {
  readonly phrase: string;
  readonly p: number;
  readonly basis: string;
  /** It says nothing of how likely the statement is. */
  readonly silent?: true;
}

/** What may stand before an announcement: "from what I saw so far, I will". */
const INTENT_WITHIN_CHARS = 80;

/** Ends a question. */
const QUESTION_END = /\?[\s"')\]]*$/;

/** What one clause does in its sentence. */
export interface Reading {
  readonly clause: Requirement;
  /** "if", "unless": the clause states `statement`, and the main clause holds where that has this value. */
  readonly condition: { readonly value: boolean; readonly sureness: Sureness } | null;
  /** "if so", "otherwise": the last statement again. */
  readonly back: { readonly value: boolean } | null;
  readonly consequence: boolean;
  readonly reason: boolean;
  readonly hedge: Sureness | null;
  /** "I will", "we could": the clause is about what to do, and states nothing. */
  readonly intent: Sureness | null;
  /** What the clause states, without the words that open it; null where it states nothing that may be doubted. */
  readonly statement: Statement | null;
  /** The writer's own words for it. */
  readonly written: string;
  readonly action: string | null;
  /** It names its action by doing it ("raising the limit"), not by what the action is about ("the limit"). Where that cannot be told, true. */
  readonly deed: boolean;
  /** The writer is seen to turn to doing something. */
  readonly acts: boolean;
  /** It says what is to be done, not how something works. */
  readonly prescribes: boolean;
  /** The use of the action is turned round, by negation or by a word such as "pointless". */
  readonly against: boolean;
  /** The same, but by other words than a negation. */
  readonly counter: boolean;
}

/** Reads clauses one by one, with the patterns of a language and the actions on offer. */
export function createReader(lexicon: Lexicon, mentions: Mentions): (clause: Requirement) => Reading {
  const { language, hedges, negation, counter, conditions, backReferences, consequence, reason } = lexicon;
  return (clause) => {
    const text = language.expand(clause.said);
    const back = backReferences.find(({ match }) => match.test(text)) ?? null;
    const condition = back ? null : (conditions.find(({ match }) => match.test(text)) ?? null);
    const opener = [condition?.match, back?.match, reason, consequence].find((match) => match?.test(text));
    const rest = opener ? text.replace(opener, '') : text;
    const intent = condition ? null : intentOf(rest, lexicon);
    const question = condition || intent ? null : questionOf(rest, lexicon);
    const unstated = condition === null && leavesUnstated(rest, lexicon);
    const hedge = intent || unstated ? null : (leastSure(rest, hedges) ?? question);
    const acts = intent !== null || (lexicon.deed?.test(rest) ?? false);
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
      consequence: consequence.test(text),
      reason: reason.test(text),
      hedge,
      intent,
      statement,
      written: writtenIn(clause, opener, condition === null ? null : statement, lexicon),
      action: mentions(acting, deed) ?? (acting === clause.text ? null : mentions(clause.text, deed)),
      deed,
      acts,
      prescribes: deed || hedge !== null || (lexicon.prescription?.test(rest) ?? true),
      against: turns % 2 === 1,
      counter: (turns - countOf(negation, rest)) % 2 !== 0,
    };
  };
}

/** The clause without the words that open it, code and quotations as they are. */
function statedIn({ text }: Requirement, opener: RegExp | undefined, { language }: Lexicon): string {
  const expanded = language.expand(text);
  return opener ? expanded.replace(opener, '') : expanded;
}

/**
 * The writer's own words without those that open the clause. What a conjunction has put into another mood ("à moins que le
 * port ne soit bon") says something else without it, so its plain form is given.
 */
function writtenIn(
  { text, written }: Requirement,
  opener: RegExp | undefined,
  condition: Statement | null,
  { language }: Lexicon,
): string {
  const expanded = language.expand(text);
  if (condition && !condition.negated && language.plain(expanded) !== expanded) return condition.text;
  return opener?.test(written) === true ? written.replace(opener, '') : written;
}

/** "Check the log before changing the limit" is about the log. */
function partThatActs(text: string, deed: boolean, { apart }: Lexicon): string {
  const at = deed && apart ? text.search(apart) : -1;
  return at > 0 ? text.slice(0, at) : text;
}

/** What the writer means to do, as sure as the words before it: "maybe we should". */
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

/** The least sure of the phrases that hedge a statement: "I think it might" is no surer than "it might". */
function leastSure(text: string, hedges: readonly CompiledHedge[]): Sureness | null {
  let rest = text;
  const found = hedges.flatMap((hedge): Sureness[] => {
    const sureness = surenessBy(hedge, rest);
    // A phrase that was read is blanked out: "highly likely" is not "likely" as well.
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
