import type { Action, Learned, TreeParams } from '@assent/contract';
import type { TableRow } from '../model';

/**
 * What the outcomes of an action make of its gain table: every gain is moved so that the expected gain of the tree, `stated`,
 * becomes the success rate `p`, and then the exploration bonus is added. The move is linear, so that the expectation under
 * any beliefs moves as told, and stays within 0 to 1: towards 0 for an action that does worse than stated, towards 1 for one
 * that does better. What the assumptions say of the action is kept.
 */
export function learnedGains(
  table: readonly TableRow[],
  { kind, learned, explore }: Action,
  { learning }: TreeParams,
): readonly TableRow[] {
  if (kind === 'ask' || kind === 'noop') return table;
  const moves = learning === 'apply' ? learned : undefined;
  const bonus = explore?.bonus ?? 0;
  if (!moves && bonus === 0) return table;
  const worth = (gain: number) => (moves ? moved(gain, moves) : gain) + bonus;
  const rows = table.map(({ when, value }) => ({ when, value: worth(value) }));
  // Where no row holds the gain is 0, and that moves too. The least specific row comes last.
  return worth(0) === 0 || rows.some(({ when }) => when.length === 0) ? rows : [...rows, { when: [], value: worth(0) }];
}

function moved(gain: number, { stated, p }: Learned): number {
  if (p === stated) return gain;
  return p < stated ? (gain * p) / stated : 1 - ((1 - gain) * (1 - p)) / (1 - stated);
}

/** What exploration adds to U: explore * sqrt(ln(1 + N) / (1 + n)). @param n outcomes of the action @param total of its family */
export function explorationBonus(explore: number, n: number, total: number): number {
  return explore * Math.sqrt(Math.log1p(total) / (1 + n));
}

/** The exploration of an action under these parameters. */
export function explored(action: Action, { explore = 0 }: Pick<TreeParams, 'explore'>): Action {
  if (!action.explore) return action;
  const { n, total } = action.explore;
  return { ...action, explore: { n, total, bonus: explorationBonus(explore, n, total) } };
}
