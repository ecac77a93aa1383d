import type { Aggregator, JudgingMode, Verification } from '@assent/contract';

/** The rules of a search, fixed when it starts. */
export interface SearchRules {
  /** Weight of the rank among all answers against the comparison with the parent, in [0, 1]. */
  readonly alpha: number;
  /** Weight of a child's value in the value of its parent, in [0, 1]. */
  readonly gamma: number;
  /** Weight of exploration; 0 is greedy. */
  readonly c: number;
  readonly maxChild: number;
  /** Expansions after the first answer, duplicates included. */
  readonly maxIter: number;
  readonly aggregator: Aggregator;
  readonly judging: JudgingMode;
  /** Whether an answer that passed a verifier ends the search. */
  readonly stopOnPass: boolean;
  /** Whether a new answer is also compared with the best one so far, not with its parent alone. */
  readonly incumbent: boolean;
}

/** c = 1.4 is the square root of 2 of UCB1, for values in [0, 1]. */
export const DEFAULT_RULES: SearchRules = {
  alpha: 0.9,
  gamma: 0.1,
  c: 1.4,
  maxChild: 2,
  maxIter: 8,
  aggregator: 'ebc',
  judging: 'auto',
  stopOnPass: true,
  incumbent: true,
};

/** One planned judgement of a new answer. `swapped`: the judge sees `against` first. */
export interface JudgeTask {
  readonly against: string;
  readonly swapped: boolean;
}

/** A new answer in the tree. Its tasks are planned when it is added. */
export interface AnswerFact {
  readonly kind: 'answer';
  readonly nodeId: string;
  /** null: the first answer. */
  readonly parentId: string | null;
  readonly answerHash: string;
  readonly verified: Verification;
  readonly tasks: readonly JudgeTask[];
}

/** An expansion of `parentId` whose answer is equal to that of `sameAs`: a visit, not a node. */
export interface DuplicateFact {
  readonly kind: 'duplicate';
  readonly parentId: string;
  readonly sameAs: string;
}

/** One judgement: the new answer `a` beside `b`. */
export interface ComparisonFact {
  readonly kind: 'comparison';
  readonly a: string;
  readonly b: string;
  readonly swapped: boolean;
  /** In [1, 10]; null: the judge gave no usable score. */
  readonly scoreA: number | null;
  readonly scoreB: number | null;
}

/** Facts in log order. A search is a pure function of its rules, its seed and its facts. */
export type SearchFact = AnswerFact | DuplicateFact | ComparisonFact;
