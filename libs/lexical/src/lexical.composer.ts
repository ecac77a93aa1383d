import { setImmediate as nextTurn } from 'node:timers/promises';
import { MAX_ASSOCIATIONS, MAX_ASSUMPTIONS, type Action, type Association, type GainRow } from '@assent/contract';
import { compareText, poolProbabilities, traceParts, type Composed, type SourcedAssumption } from '@assent/planner';
import { clausesOf, type Requirement } from './clauses';
import { findingsOf, rightAction, type Finding } from './findings';
import type { Lexicon } from './language/lexicon';
import { mentionsOf } from './mentions';
import { createReader, type Reading } from './reading';

/** Clauses read without yielding, about 5 ms of the event loop. */
const CLAUSES_PER_TURN = 100;

/** Probability of an action that is only named. */
const P_NAMED = 0.5;

/**
 * The offline composer: no model, deterministic, for English and French. If no statement can be linked to an action, the last
 * action that the trace names becomes an assumption, because reasoning ends in its conclusion. If no action is named, none is
 * favoured, and the cheapest wins.
 */
export async function composeFromTrace(
  trace: string | readonly string[],
  actions: readonly Action[],
): Promise<Composed> {
  const clauses = await clausesOf(traceParts(trace));
  const readings = await readAll(clauses, actions);
  const labels = new Map(actions.map(({ id, label }) => [id, label]));
  const findings = findingsOf(readings, labels).filter((finding) => isLinked(finding) || !isIdle(finding, actions));
  const named = findings.some(isLinked) ? undefined : namedLast(readings, actions);
  const groups = groupByKey(named ? [...findings, named] : findings);
  const kept = strongest(groups).sort(([a], [b]) => compareText(a.key, b.key));
  const associations = kept.flatMap((group, index) => associationsOf(group, `a${index + 1}`)).slice(-MAX_ASSOCIATIONS);
  return {
    assumptions: kept.map((group, index) => toAssumption(group, `a${index + 1}`)),
    associations,
    gains: gainsOf(associations, actions),
    degraded: !findings.some(isLinked),
    warnings: [...linkWarnings(groups, named), ...sizeWarnings(groups.length)],
  };
}

/** Reads each clause in its own language. */
async function readAll(clauses: readonly Requirement[], actions: readonly Action[]): Promise<Reading[]> {
  const readers = new Map<Lexicon, (clause: Requirement) => Reading>();
  for (const { lexicon } of clauses) {
    if (!readers.has(lexicon)) readers.set(lexicon, createReader(lexicon, mentionsOf(actions, lexicon)));
  }
  const readings: Reading[] = [];
  for (const clause of clauses) {
    if (readings.length % CLAUSES_PER_TURN === CLAUSES_PER_TURN - 1) await nextTurn();
    const reading = readers.get(clause.lexicon)?.(clause);
    if (reading) readings.push(reading);
  }
  return readings;
}

/** Drops a statement that only describes, because no action depends on it. Without available actions it is kept. */
function isIdle({ describes }: Finding, actions: readonly Action[]): boolean {
  return describes === true && actions.length > 0;
}

/** Findings of one statement in trace order. */
type Group = readonly [Finding, ...Finding[]];

function isLinked({ link }: Finding): boolean {
  return link !== null;
}

function groupByKey(findings: readonly Finding[]): Group[] {
  const groups = new Map<string, [Finding, ...Finding[]]>();
  for (const finding of findings) {
    const group = groups.get(finding.key);
    if (group) group.push(finding);
    else groups.set(finding.key, [finding]);
  }
  return [...groups.values()];
}

/** Limits the statements to what a tree can evaluate: first those that speak for an action, later ones before earlier ones. */
function strongest(groups: readonly Group[]): Group[] {
  const latest = [...groups].reverse();
  return [...latest.filter((group) => group.some(isLinked)), ...latest.filter((group) => !group.some(isLinked))].slice(
    0,
    MAX_ASSUMPTIONS,
  );
}

/** The finding whose text is shown: preferably one that does not negate the key. */
function shownOf(group: Group): Finding {
  return group.find(({ negated }) => !negated) ?? group[0];
}

/** Repetitions at one place ("if it is in seconds, ...; otherwise ...") count once. A bare "if" has no weight next to a hedge. */
function toAssumption(group: Group, id: string): SourcedAssumption {
  const { key, text, negated } = shownOf(group);
  const said = [...new Map(group.map((finding) => [`${finding.traceId} ${finding.span[0]}`, finding])).values()];
  const informative = said.filter(({ sureness }) => sureness.silent !== true);
  const p = poolProbabilities((informative.length > 0 ? informative : said).map((finding) => finding.p));
  return {
    id,
    text,
    statement: { key, negated },
    p: negated ? 1 - p : p,
    sources: said.flatMap(({ traceId, span, inferred }) => [
      { traceId, span: [...span] },
      ...(inferred ? ['composer' as const] : []),
    ]),
    evidence: said.map(({ sureness }) => `"${sureness.phrase}": ${sureness.p}, ${sureness.basis}`),
  };
}

/** One association per action; the last one counts. */
function associationsOf(group: Group, assumptionId: string): Association[] {
  const { negated } = shownOf(group);
  const links = new Map(group.flatMap(({ link }) => (link ? [[link.actionId, link.value !== negated] as const] : [])));
  return [...links].map(([actionId, value]) => ({ assumptionId, value, actionId }));
}

function gainsOf(associations: readonly Association[], actions: readonly Action[]): GainRow[] {
  const noops = new Set(actions.filter(({ kind }) => kind === 'noop').map(({ id }) => id));
  return associations
    .filter(({ actionId }) => !noops.has(actionId))
    .map(({ assumptionId, value, actionId }) => ({ actionId, when: { [assumptionId]: value }, gain: 1 }));
}

function namedLast(readings: readonly Reading[], actions: readonly Action[]): Finding | undefined {
  const reading = readings.findLast(({ action, against }) => action !== null && !against);
  const action = actions.find(({ id }) => id === reading?.action);
  if (!reading || !action) return undefined;
  const { traceId, start, end } = reading.clause;
  return {
    ...rightAction(action.id, action.label),
    p: P_NAMED,
    sureness: { phrase: action.id, p: P_NAMED, basis: 'named last; nothing in the trace speaks for or against it' },
    traceId,
    span: [start, end],
  };
}

function linkWarnings(groups: readonly Group[], named: Finding | undefined): string[] {
  if (named) {
    return [
      `No statement of the trace could be linked to an action; ${named.link?.actionId ?? ''} is taken because it is named last.`,
    ];
  }
  const unlinked = groups.filter((group) => !group.some(isLinked)).length;
  if (unlinked === groups.length) {
    return ['Nothing in the trace speaks for any of the actions; the cheapest is taken. Name them, or send beliefs.'];
  }
  return unlinked > 0 ? [`${unlinked} of the statements found in the trace name no action and carry no weight.`] : [];
}

function sizeWarnings(statements: number): string[] {
  return statements > MAX_ASSUMPTIONS
    ? [`The trace makes ${statements} statements; the last ${MAX_ASSUMPTIONS} that matter were weighed.`]
    : [];
}
