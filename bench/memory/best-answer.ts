import type { Aggregator } from '@assent/contract';
import {
  DEFAULT_RULES,
  bestOf,
  nextStep,
  factOfAnswer,
  factOfJudgement,
  leftOf,
  stateOf,
  type SearchSoFar,
} from '@assent/search/testing';
import { bootstrapMean, mean, type Interval } from '../support/bootstrap';
import { streamOf } from '../support/random';

export interface BestAnswerRow {
  /** How often the judge is right. */
  readonly right: number;
  readonly aggregator: Aggregator;
  /** Share of searches that return the best of their answers, with and without comparing with the best so far. */
  readonly withIncumbent: number;
  readonly without: number;
  /** Difference of the two, search by search. */
  readonly gain: Interval;
  /** Calls with, over calls without. */
  readonly calls: number;
}

const BUDGET = { nodes: 256, calls: 2_560, tokens: 1_000_000 };

/** Searches over nine answers of random quality, by the core that the server runs. */
export function findBest(
  rights: readonly number[],
  aggregators: readonly Aggregator[],
  { trials, seed }: { readonly trials: number; readonly seed: number },
): BestAnswerRow[] {
  return rights.flatMap((right) =>
    aggregators.map((aggregator) => {
      const runs = Array.from({ length: trials }, (_, trial) => {
        const play = (incumbent: boolean) => search(aggregator, incumbent, right, [seed, trial]);
        return { yes: play(true), no: play(false) };
      });
      return {
        right,
        aggregator,
        withIncumbent: mean(runs.map(({ yes }) => yes.found)),
        without: mean(runs.map(({ no }) => no.found)),
        gain: bootstrapMean(runs.map(({ yes, no }) => yes.found - no.found)),
        calls: mean(runs.map(({ yes }) => yes.calls)) / mean(runs.map(({ no }) => no.calls)),
      };
    }),
  );
}

function search(aggregator: Aggregator, incumbent: boolean, right: number, path: readonly [number, number]) {
  const rules = { ...DEFAULT_RULES, aggregator, incumbent, judging: 'single' as const };
  const [seed, trial] = path;
  const qualities = streamOf(seed, trial, 0);
  const judge = streamOf(seed, trial, 1);
  const answers = new Map<string, number>();
  let state: SearchSoFar = { rules, seed: trial, budget: BUDGET, tokensUsed: 0, log: [] };
  for (;;) {
    const tree = stateOf(state);
    const next = nextStep(rules, tree, leftOf(state));
    if (next.kind === 'finish') break;
    if (next.kind === 'expand') {
      const nodeId = String(answers.size);
      answers.set(nodeId, qualities());
      const { parentId } = next;
      const fact = factOfAnswer(state, tree, { nodeId, parentId, answerHash: nodeId, verified: 'unknown', tokens: 0 });
      state = { ...state, log: [...state.log, fact] };
      continue;
    }
    const [task] = next.tasks;
    if (!task) break;
    const { against, swapped } = task;
    const isBetter = (answers.get(next.nodeId) ?? 0) > (answers.get(against) ?? 0);
    const wins = isBetter === judge() < right;
    const [scoreA, scoreB] = wins ? [7, 4] : [4, 7];
    const shown = swapped ? { first: scoreB, second: scoreA } : { first: scoreA, second: scoreB };
    state = { ...state, log: [...state.log, factOfJudgement({ a: next.nodeId, b: against, swapped }, shown)] };
  }
  const best = bestOf(stateOf(state));
  const found = answers.get(best?.nodeId ?? '') === Math.max(...answers.values()) ? 1 : 0;
  return { found, calls: state.log.length };
}
