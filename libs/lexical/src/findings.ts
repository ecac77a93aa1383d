import { contentTokens } from '@assent/planner';
import type { Reading, Sureness } from './reading';

/** Maximum distance in sentences between a statement and its action. Reasoning continues for a sentence or two. */
const SENTENCES_AHEAD = 3;

/** Maximum distance in clauses. A sentence may have any number of them, and the work for each must not grow with it. */
const CLAUSES_AHEAD = 64;

/** Maximum probability of a statement that its writer dismisses: "it is probably not the cache". */
const DISMISSED_P = 0.35;

/** One statement of a trace, and the action it speaks for. */
export interface Finding {
  readonly key: string;
  /** The writer's text, including hedge and negation. */
  readonly text: string;
  /** The text denies the key. */
  readonly negated: boolean;
  /** Probability that the key holds. */
  readonly p: number;
  readonly sureness: Sureness;
  readonly traceId: string;
  readonly span: readonly [start: number, end: number];
  /** The action that is right if the statement has this value. */
  link: { readonly actionId: string; readonly value: boolean } | null;
  /** A condition that describes how something works and leads to no action. */
  readonly describes?: true;
  /** Inferred by the composer; no clause states it. */
  readonly inferred?: true;
}

/**
 * Finds hedged and conditional statements and links each to the action named in the same clause, in the main clause of
 * a condition, or in the same or the next sentence. An announced intent is not a statement; it speaks for its action.
 * A clause that is the consequence of a condition is not a separate statement.
 * @param labels of the actions, by id
 */
export function findingsOf(readings: readonly Reading[], labels: ReadonlyMap<string, string>): Finding[] {
  const findings: Finding[] = [];
  const used = counterfactualIn(readings);
  const served = new Set<number>();
  /** The last statement of the writer. */
  let last: Finding | undefined;
  /** The value to which "if so" refers. */
  let branch = true;
  /** The value to which "otherwise" refers: the opposite of the last branch, or before any branch the opposite of the writer's belief. */
  let alternative = false;
  /** The value for which the writer takes the last statement. */
  let believed = true;
  /** Only the other value of the last statement has an action so far. */
  let isOpen = false;

  const note = (reading: Reading, sureness: Sureness, describes = false): Noted | null => {
    const { traceId, start, end } = reading.clause;
    if (!reading.statement) return null;
    const { key, negated, denied } = reading.statement;
    const p = denied ? 1 - sureness.p : sureness.p;
    const finding: Finding = {
      key,
      ...reading.shown,
      p,
      sureness,
      traceId,
      span: [start, end],
      link: null,
      ...(describes ? { describes: true } : {}),
    };
    findings.push(finding);
    last = finding;
    return { finding, written: !negated, stated: !denied };
  };

  const link = (finding: Finding, index: number | undefined, value: boolean): void => {
    const linked = index === undefined ? null : linkTo(readings[index], value);
    if (index === undefined || linked === null) return;
    branch = value;
    alternative = !value;
    served.add(index);
    finding.link = linked;
  };

  readings.forEach((reading, index) => {
    if (used.has(index)) return;
    const again = last && !reading.back ? restated(reading, last) : null;
    if (last && (reading.back || again !== null)) {
      const value = again ?? (reading.back?.value === true ? branch : alternative);
      if (again !== null) branch = again;
      alternative = !branch;
      const place = [index, ...following(readings, index)].find((other) => names(readings[other]));
      isOpen = place !== undefined && value !== believed && last.link?.value !== believed;
      repeat(findings, last, readings, place, value);
      if (place !== undefined) used.add(place);
      return;
    }
    if (last && isOpen && reading.acts && names(reading)) {
      // "It is probably not full; otherwise drain it. Let me restart the consumer."
      repeat(findings, last, readings, index, believed);
      isOpen = false;
      return;
    }
    if (reading.condition) {
      const noted = note(reading, reading.condition.sureness, !prescribesAround(readings, index));
      if (!noted) return;
      branch = noted.written === reading.condition.value;
      believed = branch;
      isOpen = false;
      alternative = !branch;
      const place = consequenceOfCondition(readings, index, used);
      link(noted.finding, place, branch);
      if (place !== undefined) used.add(place);
      return;
    }
    if (leadsToCondition(readings, index)) return;
    if (reading.intent && reading.action !== null && !served.has(index)) {
      findings.push(intended(reading, reading.intent, reading.action, labels));
    }
    const noted = reading.hedge && note(reading, reading.hedge);
    if (!noted) return;
    // "There is little chance that X. If so, ...": "so" refers to X, not to the little chance.
    branch = noted.stated;
    alternative = !noted.written;
    believed = noted.written;
    isOpen = false;
    const instead = reading.deed ? undefined : actedOn(readings, index, used);
    if (reading.action === null) {
      const place = consequenceOfHedge(readings, index, used);
      const isDismissed =
        noted.finding.p <= DISMISSED_P && place !== undefined && hasBetterGuess(readings, index, place);
      if (!isDismissed) link(noted.finding, place, noted.written);
    } else if (instead !== undefined) link(noted.finding, instead, noted.written);
    else noted.finding.link = { actionId: reading.action, value: reading.deed ? !reading.counter : noted.stated };
  });
  return findings;
}

interface Noted {
  readonly finding: Finding;
  /** The clause says that the statement holds. */
  readonly written: boolean;
  /** The same without its hedge. */
  readonly stated: boolean;
}

/** The statement that an action is right, for a writer who intends to take it or not to take it. */
export function rightAction(
  actionId: string,
  label: string,
): Pick<Finding, 'key' | 'text' | 'negated' | 'link' | 'inferred'> {
  const text = `${label} is the right action`;
  return { key: text.toLowerCase(), text, negated: false, link: { actionId, value: true }, inferred: true };
}

function intended(
  { clause: { traceId, start, end }, against }: Reading,
  sureness: Sureness,
  actionId: string,
  labels: ReadonlyMap<string, string>,
): Finding {
  const p = against ? 1 - sureness.p : sureness.p;
  return { ...rightAction(actionId, labels.get(actionId) ?? actionId), p, sureness, traceId, span: [start, end] };
}

/** Adds the last statement again for the action of another branch. The first link does not change. */
function repeat(
  findings: Finding[],
  last: Finding,
  readings: readonly Reading[],
  place: number | undefined,
  value: boolean,
): void {
  const link = place === undefined ? null : linkTo(readings[place], value);
  if (link === null) return;
  if (last.link === null) last.link = link;
  else findings.push({ ...last, link });
}

/**
 * The value of the last statement under which a condition holds that repeats it: after "the regex is at fault", "if it is the
 * regex". Null for other conditions.
 */
function restated({ condition, statement, clause: { lexicon } }: Reading, last: Finding): boolean | null {
  if (!condition || !statement) return null;
  const words = contentTokens(statement.key, lexicon);
  const known = new Set(contentTokens(last.key, lexicon));
  return words.length > 0 && words.every((word) => known.has(word)) ? condition.value !== statement.negated : null;
}

/** Links a clause's action to `value` of the statement, or to the opposite when the clause speaks against the action. */
function linkTo(reading: Reading | undefined, value: boolean): Finding['link'] {
  const actionId = reading?.action ?? null;
  return actionId === null ? null : { actionId, value: value !== reading?.against };
}

/** Whether the sentence of a condition says what to do. */
function prescribesAround(readings: readonly Reading[], index: number): boolean {
  return [...following(readings, index), ...preceding(readings, index)].some((other) => readings[other]?.prescribes);
}

/** The main clause of a condition: after it in its sentence, before it, or in the next sentence. */
function consequenceOfCondition(
  readings: readonly Reading[],
  index: number,
  used: ReadonlySet<number>,
): number | undefined {
  const free = (other: number) => names(readings[other]) && !used.has(other);
  const prescribes = (other: number) => free(other) && readings[other]?.prescribes === true;
  const own = following(readings, index).find(free) ?? preceding(readings, index).find(prescribes);
  // "If the lock file is stale, npm ci will refuse. Regenerate it with npm install."
  const [next] = nextSentence(readings, index);
  const describes = own !== undefined && own > index && readings[own]?.acts === false;
  if (describes && next !== undefined && readings[next]?.acts === true && free(next)) return next;
  // "It returns nothing if the key is missing" is a description; the next action does not depend on it.
  if (own !== undefined || preceding(readings, index).length > 0) return own;
  return nextSentence(readings, index).slice(0, 1).find(free);
}

/**
 * The action that follows from a hedged statement: named in the same or the next sentence as a deed and not as a topic, or
 * taken by the writer soon after.
 */
function consequenceOfHedge(
  readings: readonly Reading[],
  index: number,
  used: ReadonlySet<number>,
): number | undefined {
  const follows = (other: number) => {
    const reading = readings[other];
    if (!names(reading) || used.has(other)) return false;
    return reading?.hedge === null || reading?.consequence === true || reading?.acts === true;
  };
  const acts = (other: number) => readings[other]?.acts === true && follows(other);
  const { reason = false, expected = false } = readings[index] ?? {};
  const before =
    reason || expected
      ? preceding(readings, index).find((other) => names(readings[other]) && (reason || readings[other]?.acts === true))
      : undefined;
  const [next, ...later] = unusedSentencesAfter(readings, index, used);
  return (
    before ??
    following(readings, index).find(follows) ??
    next?.find(acts) ??
    next?.find(follows) ??
    later.flat().find(acts)
  );
}

/**
 * The action that the writer takes next, where the statement only mentions another one as its topic: "the cache is hardly
 * stale; let me profile first".
 */
function actedOn(readings: readonly Reading[], index: number, used: ReadonlySet<number>): number | undefined {
  const [next = []] = unusedSentencesAfter(readings, index, used);
  for (const sentence of [following(readings, index), next]) {
    const first = sentence.findIndex((other) => readings[other]?.acts === true);
    if (first >= 0) return sentence.slice(first).find((other) => names(readings[other]) && !used.has(other));
  }
  return undefined;
}

/** Whether another guess stands before the action: "I doubt that it is the parser. The lexer might drop it, so look there". */
function hasBetterGuess(readings: readonly Reading[], index: number, place: number): boolean {
  const { sentence } = readings[place]?.clause ?? {};
  return readings.slice(index + 1, place + CLAUSES_AHEAD).some((other, offset) => {
    const at = index + 1 + offset;
    const isBefore = at < place || (other.clause.sentence === sentence && !(at === place && other.consequence));
    return isBefore && other.hedge !== null && other.statement !== null;
  });
}

/** The clauses of sentences that open with a condition that does not hold. */
function counterfactualIn(readings: readonly Reading[]): Set<number> {
  let sentence: number | null = null;
  return new Set(
    readings.flatMap(({ clause, counterfactual }, index) => {
      if (counterfactual) ({ sentence } = clause);
      return clause.sentence === sentence ? [index] : [];
    }),
  );
}

/** Whether a main clause is followed by its condition or reason, with which it is read. */
function leadsToCondition(readings: readonly Reading[], index: number): boolean {
  const [reading, next] = [readings[index], readings[index + 1]];
  if (!reading || next?.clause.sentence !== reading.clause.sentence || !names(reading)) return false;
  return next.condition !== null || (next.reason && next.hedge !== null);
}

/** Later clauses of the same sentence, up to the next condition. */
function following(readings: readonly Reading[], index: number): number[] {
  const sentence = readings[index]?.clause.sentence;
  const places: number[] = [];
  for (let other = index + 1; other <= index + CLAUSES_AHEAD; other += 1) {
    const reading = readings[other];
    if (!reading || reading.clause.sentence !== sentence || reading.condition || reading.back) break;
    places.push(other);
  }
  return places;
}

function preceding(readings: readonly Reading[], index: number): number[] {
  const before = readings[index - 1];
  return before && before.clause.sentence === readings[index]?.clause.sentence && !before.condition ? [index - 1] : [];
}

/** The clauses of the next sentence, up to a clause that opens another topic. */
function nextSentence(readings: readonly Reading[], index: number): number[] {
  return sentencesAfter(readings, index)[0] ?? [];
}

/** The clauses of the next few sentences, up to a clause that opens another topic. */
function sentencesAfter(readings: readonly Reading[], index: number): number[][] {
  const sentences: number[][] = [];
  let sentence = readings[index]?.clause.sentence;
  for (let next = index + 1; next <= index + CLAUSES_AHEAD; next += 1) {
    const reading = readings[next];
    if (!reading || reading.condition || reading.back) break;
    if (reading.clause.sentence !== readings[index]?.clause.sentence) {
      if (reading.clause.sentence !== sentence) {
        if (sentences.length === SENTENCES_AHEAD) break;
        sentences.push([]);
        ({ sentence } = reading.clause);
      }
      sentences.at(-1)?.push(next);
    }
  }
  return sentences;
}

/** `sentencesAfter` without sentences whose clauses are all used. */
function unusedSentencesAfter(readings: readonly Reading[], index: number, used: ReadonlySet<number>): number[][] {
  return sentencesAfter(readings, index).filter((sentence) => sentence.some((other) => !used.has(other)));
}

function names(reading: Reading | undefined): boolean {
  return typeof reading?.action === 'string';
}
