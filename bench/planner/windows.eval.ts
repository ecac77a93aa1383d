import type { BenchReport, Figure, Goal } from '../support/report';
import { WINDOW_SETS, readWindows, type WindowSet } from './windows/corpus';
import { measureWindows, type Share, type WindowFigures } from './windows/measure';

const DEVELOPMENT = 'development';
/** The guarantee of the product: a reader of a choice sees its grounds. */
const GOAL_SHOWN = 0.9;
/** Prints each difference of the development set from its labels; the other sets must stay unread. */
const SHOWS_DIFFERENCES = process.env['WINDOWS_DIFFERENCES'] !== undefined;

const SHARES: readonly (readonly [keyof Omit<WindowFigures, 'differences'>, string])[] = [
  ['precision', 'finding, precision'],
  ['recall', 'finding, recall'],
  ['linking', 'linking, accuracy'],
  ['value', 'linking, truth value'],
  ['probability', 'probability class'],
  ['shown', 'windows with a linked assumption'],
  ['shownRightly', 'windows with one linked as labelled'],
];

/**
 * How well the offline composer finds assumptions in the reasoning of coding agents and links them to the actions on
 * offer. Nothing is sampled: the same files give the same figures.
 */
export async function windows(): Promise<BenchReport> {
  const figures: Figure[] = [];
  const goals: Goal[] = [];
  const notes = ['Windows written and labelled by the project; windows/README.md says how the sets were kept apart.'];
  for (const set of WINDOW_SETS) {
    const labelled = readWindows(set);
    const measured = await measureWindows(labelled);
    figures.push({ what: `${set}: windows`, value: labelled.length, unit: '' });
    figures.push(...SHARES.map(([name, what]) => shareFigure(`${set}: ${what}`, measured[name])));
    if (set !== DEVELOPMENT) goals.push(shownGoal(set, measured.shown));
    if (SHOWS_DIFFERENCES && set === DEVELOPMENT)
      notes.push(...measured.differences.map((difference) => `${set}: ${difference}`));
  }
  return { figures, goals, notes };
}

function shareFigure(what: string, { hits, of }: Share): Figure {
  return { what: `${what} ${hits}/${of}`, value: hits / of, unit: '' };
}

function shownGoal(set: WindowSet, { hits, of }: Share): Goal {
  return {
    what: `${set} windows with a linked assumption`,
    value: hits / of,
    unit: '',
    bound: 'at least',
    limit: GOAL_SHOWN,
    parts: `${hits} of ${of}`,
  };
}
