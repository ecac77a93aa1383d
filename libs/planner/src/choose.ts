import type { RankedAction } from '@assent/contract';
import { EPSILON_U } from './numbers';
import { compareText } from './order';

/** An action with all values that may break a tie. */
export interface Contender {
  readonly actionId: string;
  readonly U: number;
  readonly C: number;
  /** Likelihood of the paths that lead to the action. */
  readonly L: number;
  readonly irreversible: boolean;
  readonly ask: boolean;
  /** An ask whose answer cannot change the choice. It ranks last, regardless of its U. */
  readonly idle: boolean;
  readonly leafId?: string;
}

/**
 * Best first. A U within 1e-9 of the best remaining one is a tie, broken by lower C, then higher L, then reversible before
 * irreversible, then not asking, then the action id. Repeatedly taking the best gives an order; comparing pairs with a tolerance
 * does not.
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

/** The first of `rank`, without ranking the rest. */
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

/** Lead of the first over the second; 0 for a tie, null without a second. */
export function marginOf([first, second]: readonly RankedAction[]): number | null {
  return first && second ? Math.max(0, first.U - second.U) : null;
}
