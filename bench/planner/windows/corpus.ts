import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionInput } from '@assent/contract';

/** Ranges of a probability of the plain statement, as a reader can distinguish them by the words. */
export const PROBABILITY_CLASSES = {
  excluded: [0, 0.1],
  unlikely: [0.1, 0.35],
  possible: [0.35, 0.45],
  even: [0.45, 0.55],
  likely: [0.55, 0.9],
  certain: [0.9, 1],
} as const satisfies Readonly<Record<string, readonly [above: number, upTo: number]>>;
export type ProbabilityClass = keyof typeof PROBABILITY_CLASSES;

/** One assumption that a reader marked in a window. */
export interface LabelledAssumption {
  /** The writer's own words; occurs once in the trace. */
  readonly clause: string;
  /** `denies`: by its negation or hedge the clause speaks against its statement. */
  readonly polarity: 'affirms' | 'denies';
  /** How likely the statement is, without hedge and negation. */
  readonly probability: ProbabilityClass;
  /** The action that it concerns. */
  readonly action: string | null;
  /** The truth value under which that action is right; by default the clause is true. */
  readonly value?: boolean;
  /** The action that is right in the other case, where the trace names one. */
  readonly alternative?: string;
}

/** Reasoning of an agent before one step, and its possible actions. */
export interface Window {
  readonly trace: string;
  readonly actions: readonly ActionInput[];
  readonly assumptions: readonly LabelledAssumption[];
}

export const WINDOW_SETS = ['development', 'held-out', 'held-out-2', 'held-out-3', 'held-out-4'] as const;
export type WindowSet = (typeof WINDOW_SETS)[number];

/** @throws Error naming the line whose label is not a part of its trace, or names an unknown action */
export function readWindows(set: WindowSet): Window[] {
  const lines = readFileSync(join(__dirname, `${set}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line, index) => {
    const window = JSON.parse(line) as Window;
    const ids = new Set<string | null | undefined>([null, undefined, ...window.actions.map(({ id }) => id)]);
    for (const { clause, action, alternative } of window.assumptions) {
      if (window.trace.split(clause).length === 2 && ids.has(action) && ids.has(alternative)) continue;
      throw new Error(
        `Line ${index + 1} of ${set}.jsonl: "${clause}" is not in its trace once, or its action is not on offer.`,
      );
    }
    return window;
  });
}
