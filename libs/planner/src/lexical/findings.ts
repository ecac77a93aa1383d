import type { Reading, Sureness } from './reading';

/** One statement of a trace, and the action that it speaks for. */
export interface Finding {
  readonly key: string;
  /** Without hedge and negation: `p` is the probability that this is true. */
  readonly text: string;
  readonly p: number;
  readonly sureness: Sureness;
  readonly traceId: string;
  readonly span: readonly [start: number, end: number];
  /** The action that is right where the statement has this value. */
  link: { readonly actionId: string; readonly value: boolean } | null;
  /** No clause says it: the composer's own. */
  readonly inferred?: true;
}

/**
 * Finds hedged and conditional statements and links each to the action named in the same clause, in the main clause of
 * a condition, or in the next clause. A clause that was read as the consequence of a statement is no statement itself.
 */
export function findingsOf(readings: readonly Reading[]): Finding[] {
  const findings: Finding[] = [];
  const used = new Set<number>();
  /** The value under which the last link applied; what "if so" repeats and "otherwise" turns round. */
  let branch = true;

  const note = (
    reading: Reading,
    sureness: Sureness,
  ): { finding: Finding; written: boolean; stated: boolean } | null => {
    const { traceId, start, end } = reading.clause;
    if (!reading.statement) return null;
    const { key, text, negated, denied } = reading.statement;
    const p = denied ? 1 - sureness.p : sureness.p;
    const finding: Finding = { key, text, p, sureness, traceId, span: [start, end], link: null };
    findings.push(finding);
    return { finding, written: !negated, stated: !denied };
  };

  const link = (finding: Finding, index: number | undefined, value: boolean): void => {
    const linked = index === undefined ? null : linkTo(readings[index], value);
    if (index === undefined || linked === null) return;
    branch = value;
    used.add(index);
    finding.link = linked;
  };

  readings.forEach((reading, index) => {
    if (used.has(index)) return;
    const last = findings.at(-1);
    if (reading.back && last) {
      const value = reading.back.value === branch;
      const place = [index, ...following(readings, index)].find((other) => names(readings[other]));
      repeat(findings, last, readings, place, value);
      if (place !== undefined) used.add(place);
      return;
    }
    if (reading.condition) {
      const noted = note(reading, reading.condition.sureness);
      if (!noted) return;
      branch = noted.written === reading.condition.value;
      link(noted.finding, consequenceOfCondition(readings, index, used), branch);
      return;
    }
    if (leadsToCondition(readings, index)) return;
    const sureness = reading.hedge ?? (reading.action === null ? null : reading.intent);
    const noted = sureness && note(reading, sureness);
    if (!noted) return;
    // "There is little chance that X. If so, ...": so is X, not the little chance.
    branch = noted.stated;
    if (reading.action === null) link(noted.finding, consequenceOfHedge(readings, index, used), noted.written);
    else noted.finding.link = { actionId: reading.action, value: !reading.counter };
  });
  return findings;
}

/** The last statement once more, for the action of another branch. It keeps the link that it has. */
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

/** The action of a clause, right where the statement has `value`, or where it has not when the clause speaks against it. */
function linkTo(reading: Reading | undefined, value: boolean): Finding['link'] {
  const actionId = reading?.action ?? null;
  return actionId === null ? null : { actionId, value: value !== reading?.against };
}

/** The main clause of a condition: after it in its sentence, before it, or the next clause. */
function consequenceOfCondition(
  readings: readonly Reading[],
  index: number,
  used: ReadonlySet<number>,
): number | undefined {
  const free = (other: number) => names(readings[other]) && !used.has(other);
  return (
    following(readings, index).find(free) ??
    preceding(readings, index).find(free) ??
    nextSentence(readings, index).find(free)
  );
}

function consequenceOfHedge(
  readings: readonly Reading[],
  index: number,
  used: ReadonlySet<number>,
): number | undefined {
  const follows = (other: number) => {
    const reading = readings[other];
    return names(reading) && !used.has(other) && (reading?.hedge === null || reading?.consequence === true);
  };
  const before =
    readings[index]?.reason === true ? preceding(readings, index).find((other) => names(readings[other])) : undefined;
  return before ?? following(readings, index).find(follows) ?? nextSentence(readings, index).find(follows);
}

/** A main clause that its condition or its reason follows: read with that one. */
function leadsToCondition(readings: readonly Reading[], index: number): boolean {
  const [reading, next] = [readings[index], readings[index + 1]];
  if (!reading || next?.clause.sentence !== reading.clause.sentence || !names(reading)) return false;
  return next.condition !== null || (next.reason && next.hedge !== null);
}

/** Later clauses of the same sentence, up to the next condition. */
function following(readings: readonly Reading[], index: number): number[] {
  const sentence = readings[index]?.clause.sentence;
  const places: number[] = [];
  for (let other = index + 1; other < readings.length; other += 1) {
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

/** The first clause of the next sentence, unless it opens something of its own. */
function nextSentence(readings: readonly Reading[], index: number): number[] {
  const sentence = readings[index]?.clause.sentence;
  let next = index + 1;
  while (readings[next]?.clause.sentence === sentence && next < readings.length) next += 1;
  const reading = readings[next];
  return reading && !reading.condition && !reading.back ? [next] : [];
}

function names(reading: Reading | undefined): boolean {
  return typeof reading?.action === 'string';
}
