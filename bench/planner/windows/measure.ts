import type { Association } from '@assent/contract';
import { composeFromTrace } from '@assent/lexical';
import { completeActions, type Composed } from '@assent/planner';
import { PROBABILITY_CLASSES, type LabelledAssumption, type Window } from './corpus';

export interface Share {
  readonly hits: number;
  readonly of: number;
}

/** Figures of the composer on labelled windows. */
export interface WindowFigures {
  /** Share of the found assumptions that are labelled. */
  readonly precision: Share;
  /** Share of the labelled assumptions that were found. */
  readonly recall: Share;
  /** Of the labelled assumptions that were found: linked to exactly the labelled actions, or to none where none is. */
  readonly linking: Share;
  /** Of the same: probability in the labelled class. */
  readonly probability: Share;
  /** Of those that are linked as labelled: correct where the statement has the labelled truth value. */
  readonly value: Share;
  /** Of the windows with an assumption that concerns an action: at least one assumption is linked, rightly or not. */
  readonly shown: Share;
  /** Of the same windows: at least one labelled assumption is found and linked as labelled. */
  readonly shownRightly: Share;
  /** One line for each difference, for people. */
  readonly differences: readonly string[];
}

type Found = Composed['assumptions'][number];

/** A found assumption is a labelled one where their spans share more than half of what they cover together. */
const OVERLAP = 0.5;

export async function measureWindows(windows: readonly Window[]): Promise<WindowFigures> {
  const tally = new Tally();
  for (const window of windows)
    tally.add(window, await composeFromTrace(window.trace, completeActions(window.actions)));
  return tally.figures();
}

class Tally {
  private readonly shares = new Map<string, { hits: number; of: number }>();
  private readonly differences: string[] = [];

  add({ trace, assumptions: labels }: Window, composed: Composed): void {
    const found = composed.assumptions.filter(isWritten);
    const pairs = labels.map((label) => ({ label, match: found.find((each) => covers(each, label, trace)) }));
    const matched = new Set(pairs.map(({ match }) => match));
    for (const each of found) this.count('precision', matched.has(each), `found: ${textOf(each, trace)}`);
    for (const { label, match } of pairs) {
      this.count('recall', match !== undefined, `missed: ${label.clause}`);
      if (match) this.compare(label, match, linksOf(match, composed));
    }
    if (!labels.some(({ action }) => action !== null)) return;
    const linked = found.filter((each) => linksOf(each, composed).length > 0);
    this.count('shown', linked.length > 0, `nothing linked: ${trace}`);
    const right = pairs.some(
      ({ label, match }) => label.action !== null && match !== undefined && isLinkedAs(label, linksOf(match, composed)),
    );
    this.count('shownRightly', right, `nothing linked rightly: ${trace}`);
  }

  figures(): WindowFigures {
    const share = (name: string): Share => this.shares.get(name) ?? { hits: 0, of: 0 };
    return {
      precision: share('precision'),
      recall: share('recall'),
      linking: share('linking'),
      probability: share('probability'),
      value: share('value'),
      shown: share('shown'),
      shownRightly: share('shownRightly'),
      differences: this.differences,
    };
  }

  private compare(label: LabelledAssumption, match: Found, links: readonly Association[]): void {
    const [above, upTo] = PROBABILITY_CLASSES[label.probability];
    const { clause, polarity, value = polarity === 'affirms' } = label;
    const right = isLinkedAs(label, links);
    this.count('linking', right, `linked to [${namesOf(links).join(', ')}], not ${label.action ?? 'none'}: ${clause}`);
    const p = isNegated(match) ? 1 - match.p : match.p;
    this.count('probability', p > above && p <= upTo, `${p}, not ${label.probability}: ${clause}`);
    if (!right || label.action === null) return;
    const own = links.find(({ actionId }) => actionId === label.action);
    this.count('value', own?.value === (value !== isNegated(match)), `linked where it is not ${value}: ${clause}`);
  }

  private count(name: string, hit: boolean, otherwise: string): void {
    const share = this.shares.get(name) ?? { hits: 0, of: 0 };
    this.shares.set(name, { hits: share.hits + Number(hit), of: share.of + 1 });
    if (!hit) this.differences.push(otherwise);
  }
}

/** Not added by the composer itself: a clause of the trace states it. */
function isWritten({ sources = [] }: Found): boolean {
  return !sources.includes('composer');
}

/** For such an assumption the composer states the opposite of its plain statement. */
function isNegated({ statement }: Found): boolean {
  return statement?.negated === true;
}

function linksOf({ id }: Found, { associations }: Composed): Association[] {
  return associations.filter(({ assumptionId }) => assumptionId === id);
}

function namesOf(links: readonly Association[]): string[] {
  return links.map(({ actionId }) => actionId).sort();
}

function isLinkedAs({ action, alternative }: LabelledAssumption, links: readonly Association[]): boolean {
  const labelled = [action, alternative].filter((id) => typeof id === 'string').sort();
  return JSON.stringify(namesOf(links)) === JSON.stringify(labelled);
}

function spansOf({ sources = [] }: Found): (readonly [start: number, end: number])[] {
  return sources.flatMap((source) => (typeof source === 'string' ? [] : [source.span]));
}

function covers(found: Found, { clause }: LabelledAssumption, trace: string): boolean {
  const from = trace.indexOf(clause);
  const to = from + clause.length;
  return spansOf(found).some(([start, end]) => {
    const shared = Math.min(end, to) - Math.max(start, from);
    return shared > OVERLAP * (Math.max(end, to) - Math.min(start, from));
  });
}

function textOf(found: Found, trace: string): string {
  return spansOf(found)
    .map(([start, end]) => trace.slice(start, end))
    .join(' | ');
}
