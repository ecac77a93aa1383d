import { SEARCH_CALLS_MAX, SEARCH_NODES_MAX, type SearchAmounts, type SearchRulesInput } from '@assent/contract';
import { DEFAULT_RULES, type SearchRules } from './core/search.facts';

/** Open searches that the agents of one tenant may have: far more than anyone drives at once, few enough to notice a leak. */
export const OPEN_SEARCHES_MAX = 1_000;
/** Default token limit of a search: some 200 long answers with their judgements. */
const TOKENS_USUAL = 1_000_000;
/** Both orders against two rivals. */
const MAX_JUDGEMENTS = 4;

export function rulesOf(input: SearchRulesInput = {}): SearchRules {
  return { ...DEFAULT_RULES, ...input };
}

/** What a search may use: what was asked for, else as much as its rules can need. */
export function budgetOf({ maxIter }: SearchRules, asked: Partial<SearchAmounts> = {}): SearchAmounts {
  return {
    nodes: asked.nodes ?? Math.min(SEARCH_NODES_MAX, maxIter + 1),
    calls: asked.calls ?? Math.min(SEARCH_CALLS_MAX, 1 + maxIter * (1 + MAX_JUDGEMENTS)),
    tokens: asked.tokens ?? TOKENS_USUAL,
  };
}
