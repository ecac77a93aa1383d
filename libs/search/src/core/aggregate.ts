import { BitMatrix } from './bits';
import { bradleyTerry } from './bradley-terry';
import { SCORE_TIE, pairsOf, type Duel, type Pair } from './duels';
import { midRankQuantiles } from './quantiles';
import type { Aggregator } from '@assent/contract';

/** The quantile of each of `count` items among all, in [0, 1], from judgements of pairs. */
export function aggregate(aggregator: Aggregator, count: number, duels: readonly Duel[]): number[] {
  const pairs = pairsOf(duels);
  switch (aggregator) {
    case 'ebc':
      return enhancedBorda(count, pairs);
    case 'bt':
      return midRankQuantiles([...bradleyTerry(count, pairs)].map((then) => ({ first: 0, then })));
    case 'winrate':
      return midRankQuantiles(winRates(count, pairs).map((then) => ({ first: 0, then })));
    default:
      return unknown(aggregator);
  }
}

/**
 * Enhanced Borda Count (LLaMA-Berry, arXiv 2410.02884): beating is transitive, and the items of a cycle are
 * equal. The score is the number of items that an item beats; ties are broken by Bradley-Terry.
 */
function enhancedBorda(count: number, pairs: readonly Pair[]): number[] {
  const over = new BitMatrix(count);
  for (const { a, b, margin } of pairs) {
    if (margin >= -SCORE_TIE) over.set(a, b);
    if (margin <= SCORE_TIE) over.set(b, a);
  }
  over.close();
  const strengths = bradleyTerry(count, pairs);
  const items = Array.from({ length: count }, (_, item) => item);
  return midRankQuantiles(
    items.map((item) => ({
      first: items.filter((other) => over.has(item, other) && !over.has(other, item)).length,
      then: strengths[item] ?? 0,
    })),
  );
}

/** With one win and one loss added to each (Laplace), so that one win of one is not above nine of ten. */
function winRates(count: number, pairs: readonly Pair[]): number[] {
  const wins = new Float64Array(count).fill(1);
  const games = new Float64Array(count).fill(2);
  for (const pair of pairs) {
    wins[pair.a] = (wins[pair.a] ?? 0) + pair.wins;
    wins[pair.b] = (wins[pair.b] ?? 0) + pair.games - pair.wins;
    games[pair.a] = (games[pair.a] ?? 0) + pair.games;
    games[pair.b] = (games[pair.b] ?? 0) + pair.games;
  }
  return [...wins].map((won, item) => won / (games[item] ?? 1));
}

function unknown(aggregator: never): never {
  throw new RangeError(`there is no aggregator ${String(aggregator)}`);
}
