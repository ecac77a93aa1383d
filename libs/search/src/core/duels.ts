/** One judgement of two items, named by their index. `margin` > 0: `a` was better; 0: a tie. */
export interface Duel {
  readonly a: number;
  readonly b: number;
  readonly margin: number;
}

/** All judgements of one pair; `a` < `b`. */
export interface Pair {
  readonly a: number;
  readonly b: number;
  /** Judgements. */
  readonly games: number;
  /** Judgements won by `a`; a tie is half a win. */
  readonly wins: number;
  /** Sum of the margins, positive for `a`. */
  readonly margin: number;
}

/** Scores that differ by less are a tie: far below a difference that a judge can mean, far above rounding. */
export const SCORE_TIE = 1e-9;

export function pairsOf(duels: readonly Duel[]): Pair[] {
  const pairs = new Map<string, Pair>();
  for (const duel of duels) {
    const forward = duel.a < duel.b;
    const [a, b] = forward ? [duel.a, duel.b] : [duel.b, duel.a];
    const margin = forward ? duel.margin : -duel.margin;
    const key = `${a} ${b}`;
    const { games, wins, margin: sum } = pairs.get(key) ?? { games: 0, wins: 0, margin: 0 };
    pairs.set(key, { a, b, games: games + 1, wins: wins + winOf(margin), margin: sum + margin });
  }
  return [...pairs.values()];
}

function winOf(margin: number): number {
  if (Math.abs(margin) <= SCORE_TIE) return 0.5;
  return margin > 0 ? 1 : 0;
}
