export { aggregate } from '../core/aggregate';
export { bestOf, nextStep } from '../core/decide';
export type { Duel } from '../core/duels';
export { rebuild } from '../core/rebuild';
export { DEFAULT_RULES, type SearchFact } from '../core/search.facts';
export { type SearchSoFar, factOfAnswer, factOfJudgement, leftOf, stateOf } from '../core/step';
