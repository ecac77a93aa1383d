import type { RankedAction } from '@assent/contract';
import { EPSILON_U } from './numbers';
import { compareText } from './order';

/** An action with all that may decide a tie. */
export interface Contender {
  readonly actionId: string;
  readonly U: number;
  readonly C: number;
  /** Likelihood of the paths that lead to it. */
  readonly L: number;
  readonly irreversible: boolean;
  readonly ask: boolean;
  /** An ask whose answer cannot change the choice: it is ranked last, regardless of its U. */
  readonly idle: boolean;
  readonly leafId?: string;
}

/**
 * Best first. U closer than 1e-9 to the best that is left is a tie; it goes to the lower C, then the higher L, a
 * reversible action, one that asks nobody, and the action id. Taking the best again and again keeps this an order,
 * which comparing pairs with a tolerance is not.
 */
export function rank(contenders: readonly Contender[]): Contender[] {
  const left = [...contenders].sort((a, b) => Number(a.idle) - Number(b.idle) || b.U - a.U || breakTie(a, b));
  const ranked: Contender[] = [];
  for (let winner = bestOf(left); winner !== undefined; winner = bestOf(left)) {
    ranked.push(winner);
    left.splice(left.indexOf(winner), 1);
  }
  return ranked;
}

/** The first of `rank`, without ranking the others. */
export function bestOf(contenders: readonly Contender[]): Contender | undefined {
  const allIdle = contenders.every(({ idle }) => idle);
  let top = -Infinity;
  for (const { U, idle } of contenders) if (allIdle || !idle) top = Math.max(top, U);
  let best: Contender | undefined;
  for (const contender of contenders) {
    if (contender.idle && !allIdle) continue;
    if (contender.U >= top - EPSILON_U && (best === undefined || breakTie(contender, best) < 0)) best = contender;
  }
  return best;
}

function breakTie(a: Contender, b: Contender): number {
  return (
    a.C - b.C ||
    (Math.abs(b.L - a.L) > EPSILON_U ? b.L - a.L : 0) ||
    Number(a.irreversible) - Number(b.irreversible) ||
    Number(a.ask) - Number(b.ask) ||
    compareText(a.actionId, b.actionId)
  );
}

export function toRanking(ranked: readonly Contender[]): RankedAction[] {
  return ranked.map(({ actionId, U, C, leafId }) => ({ actionId, U, C, ...(leafId === undefined ? {} : { leafId }) }));
}

/** How far the first is above the second; a tie is 0, and null means that there is no second. */
export function marginOf([first, second]: readonly RankedAction[]): number | null {
  return first && second ? Math.max(0, first.U - second.U) : null;
}
