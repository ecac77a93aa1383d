import type { Diagram } from './diagram';
import { UNKNOWN, type Model, type Truth } from './model';
import { clampProbability } from './numbers';

/** Moves the probability of one variable, in its prior and in every row of its table. */
export interface Shift {
  readonly variable: number;
  readonly by: number;
}

/** Expected gains of all actions, given what is known. */
export interface Outlook {
  /** E[G(a) | truth]. What is known MUST be closed: nothing known whose probability needs something unknown, but facts. */
  gain(action: number, truth: Truth): number;
  shifted(variable: number, p: number): number;
}

/** Diagrams of one model with scratch space; not for use by two callers at once. */
export function createOutlook(diagrams: readonly Diagram[], shift?: Shift): Outlook {
  const values: number[] = [];
  const stamps: number[] = [];
  let stamp = 0;

  const shifted = (variable: number, p: number) => (variable === shift?.variable ? clampProbability(p + shift.by) : p);

  const expect = (from: Diagram, truth: Truth): number => {
    let diagram = from;
    while (typeof diagram !== 'number' && truth[diagram.variable] !== UNKNOWN) {
      diagram = truth[diagram.variable] === 1 ? diagram.yes : diagram.no;
    }
    if (typeof diagram === 'number') return diagram;
    const { id, variable, yes, no } = diagram;
    if (stamps[id] === stamp) return values[id] ?? 0;
    const p = shifted(variable, diagram.p);
    const value = p * expect(yes, truth) + (1 - p) * expect(no, truth);
    stamps[id] = stamp;
    values[id] = value;
    return value;
  };

  return {
    gain: (action, truth) => {
      stamp += 1;
      return expect(diagrams[action] ?? 0, truth);
    },
    shifted,
  };
}

/** Positions of the actions that can be done now: all but the asks. */
export function actsOf({ actions }: Model): number[] {
  return actions.flatMap(({ kind }, index) => (kind === 'ask' ? [] : [index]));
}
