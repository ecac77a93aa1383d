import fc from 'fast-check';
import { AGGREGATORS, type Verification } from '@assent/contract';
import type { SearchSoFar } from '../core/step';
import type { Player } from './playthrough';

/** Answers are numbers; a hash decides what comes next, so that the same seed plays the same search. */
export function mixed(...parts: readonly number[]): number {
  let hash = 2_166_136_261;
  for (const part of parts) {
    hash = Math.imul(hash ^ part, 16_777_619);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  }
  return (hash ^ (hash >>> 13)) >>> 0;
}

export interface Game {
  readonly begun: SearchSoFar;
  readonly player: Player<number>;
}

/** `spread` answers: few make duplicates. `noise`: how far the judge may be off. */
export const game: fc.Arbitrary<Game> = fc
  .record({
    seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    rules: fc.record({
      alpha: fc.double({ min: 0, max: 1, noNaN: true }),
      gamma: fc.double({ min: 0, max: 1, noNaN: true }),
      c: fc.double({ min: 0, max: 3, noNaN: true }),
      maxChild: fc.integer({ min: 1, max: 4 }),
      maxIter: fc.integer({ min: 0, max: 14 }),
      aggregator: fc.constantFrom(...AGGREGATORS),
      judging: fc.constantFrom('auto' as const, 'both' as const, 'single' as const),
      stopOnPass: fc.boolean(),
      incumbent: fc.boolean(),
    }),
    budget: fc.record({
      nodes: fc.integer({ min: 1, max: 16 }),
      calls: fc.integer({ min: 1, max: 80 }),
      tokens: fc.integer({ min: 1, max: 4_000 }),
    }),
    spread: fc.integer({ min: 1, max: 40 }),
    noise: fc.integer({ min: 0, max: 9 }),
    verifies: fc.boolean(),
    abstains: fc.boolean(),
  })
  .map(({ seed, rules, budget, spread, noise, verifies, abstains }) => ({
    begun: { rules, seed, budget, tokensUsed: 0, log: [] },
    player: {
      keyOf: String,
      answer: (parent, call) => mixed(seed, parent ?? 99, call) % spread,
      verify: (answer): Verification => {
        if (!verifies) return 'unknown';
        const kind = mixed(seed, answer, 7) % 4;
        return kind === 0 ? 'pass' : kind === 1 ? 'fail' : 'unknown';
      },
      judge: (first, second, call) => {
        if (abstains && mixed(seed, call, 3) % 5 === 0) return null;
        const off = (side: number) => (noise === 0 ? 0 : (mixed(seed, call, side) % (2 * noise + 1)) - noise);
        const score = (answer: number, side: number) => Math.min(10, Math.max(1, 1 + (answer % 10) + off(side)));
        return { first: score(first, 1), second: score(second, 2) };
      },
      tokens: (call) => mixed(seed, call, 5) % 300,
    },
  }));
