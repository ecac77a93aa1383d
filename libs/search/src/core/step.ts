import { judgeTasks } from './decide';
import { rebuild, type SearchState } from './rebuild';
import type { SearchAmounts, Verification } from '@assent/contract';
import type { AnswerFact, ComparisonFact, DuplicateFact, SearchFact, SearchRules } from './search.facts';

/** A search as its log records it. */
export interface SearchSoFar {
  readonly rules: SearchRules;
  readonly seed: number;
  readonly budget: SearchAmounts;
  readonly tokensUsed: number;
  readonly log: readonly SearchFact[];
}

export interface NewAnswer {
  /** Id of the new node. */
  readonly nodeId: string;
  readonly parentId: string | null;
  readonly answerHash: string;
  readonly verified: Verification;
  readonly tokens: number;
}

export function usedBy({ log, tokensUsed }: Pick<SearchSoFar, 'log' | 'tokensUsed'>): SearchAmounts {
  return { nodes: log.filter(({ kind }) => kind === 'answer').length, calls: log.length, tokens: tokensUsed };
}

export function leftOf(search: SearchSoFar): SearchAmounts {
  const { budget } = search;
  const used = usedBy(search);
  return {
    nodes: budget.nodes - used.nodes,
    calls: budget.calls - used.calls,
    tokens: budget.tokens - used.tokens,
  };
}

/** The fact of an expansion: a new node with its planned judgements, or a visit if the answer exists. */
export function factOfAnswer(search: SearchSoFar, state: SearchState, answer: NewAnswer): AnswerFact | DuplicateFact {
  const { nodeId, parentId, answerHash, verified, tokens } = answer;
  const same = state.nodes.find((node) => node.answerHash === answerHash);
  if (same && parentId !== null) return { kind: 'duplicate', parentId, sameAs: same.nodeId };
  const left = leftOf(search);
  const after = { nodes: left.nodes - 1, calls: left.calls - 1, tokens: left.tokens - tokens };
  const tasks = judgeTasks(search.rules, search.seed, state, { parentId, verified }, after);
  return { kind: 'answer', nodeId, parentId, answerHash, verified, tasks };
}

/** Turns a judgement of the pair as shown into one of the pair as stored. */
export function factOfJudgement(
  pair: Pick<ComparisonFact, 'a' | 'b' | 'swapped'>,
  shown: { readonly first: number; readonly second: number } | null,
): ComparisonFact {
  if (shown === null) return { kind: 'comparison', ...pair, scoreA: null, scoreB: null };
  const { first, second } = shown;
  const [scoreA, scoreB] = pair.swapped ? [second, first] : [first, second];
  return { kind: 'comparison', ...pair, scoreA, scoreB };
}

export function stateOf({ rules, log }: SearchSoFar): SearchState {
  return rebuild(rules, log);
}
