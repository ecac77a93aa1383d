import type { Action, Learned, TreeParams } from '@assent/contract';
import type { TableRow } from '../model';

/**
 * Applies the outcomes of an action to its gain table: moves every gain so that the tree's expected gain `stated` becomes
 * the success rate `p`, then adds the exploration bonus. The move is linear, so the expectation under any beliefs moves
 * in the same way, and the gains stay within 0 to 1: they move towards 0 for an action that does worse than stated, towards 1 for one that
 * does better. The dependence of the action on the assumptions is kept.
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
  // Where no row matches the gain is 0, which moves too. The least specific row comes last.
  return worth(0) === 0 || rows.some(({ when }) => when.length === 0) ? rows : [...rows, { when: [], value: worth(0) }];
}

function moved(gain: number, { stated, p }: Learned): number {
  if (p === stated) return gain;
  return p < stated ? (gain * p) / stated : 1 - ((1 - gain) * (1 - p)) / (1 - stated);
}

/** The bonus added to U: explore * sqrt(ln(1 + N) / (1 + n)). @param n outcomes of the action @param total outcomes of its family */
export function explorationBonus(explore: number, n: number, total: number): number {
  return explore * Math.sqrt(Math.log1p(total) / (1 + n));
}

/** The action with its exploration bonus under these parameters. */
export function explored(action: Action, { explore = 0 }: Pick<TreeParams, 'explore'>): Action {
  if (!action.explore) return action;
  const { n, total } = action.explore;
  return { ...action, explore: { n, total, bonus: explorationBonus(explore, n, total) } };
}
