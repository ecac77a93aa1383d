import { nextStep } from '../core/decide';
import type { SearchState } from '../core/rebuild';
import type { Verification } from '@assent/contract';
import type { SearchFact } from '../core/search.facts';
import { factOfAnswer, factOfJudgement, leftOf, stateOf, type SearchSoFar } from '../core/step';

/** Who writes and who judges in a search that is played through in memory. */
export interface Player<Answer> {
  /** A stable text of an answer: equal texts are the same answer. */
  readonly keyOf: (answer: Answer) => string;
  readonly answer: (parent: Answer | null, expansion: number) => Answer;
  readonly verify: (answer: Answer) => Verification;
  /** Scores of the two as they are shown; `call` tells judgements of the same pair apart. */
  readonly judge: (first: Answer, second: Answer, call: number) => { first: number; second: number } | null;
  /** What one call takes. */
  readonly tokens: (call: number) => number;
}

export interface Played<Answer> {
  readonly search: SearchSoFar;
  readonly state: SearchState;
  readonly answers: ReadonlyMap<string, Answer>;
}

/** Plays a search to its end by the rules that the server goes by; from a log that breaks off it goes on from there. */
export function playThrough<Answer>(
  begun: SearchSoFar,
  player: Player<Answer>,
  options: {
    readonly answers?: ReadonlyMap<string, Answer>;
    readonly stepsMax?: number;
    readonly onStep?: (played: Played<Answer>) => void;
  } = {},
): Played<Answer> {
  const answers = new Map(options.answers ?? []);
  let search = begun;
  for (let steps = 0; steps < (options.stepsMax ?? Infinity); steps += 1) {
    const state = stateOf(search);
    const next = nextStep(search.rules, state, leftOf(search));
    if (next.kind === 'finish') break;
    const call = search.log.length;
    const tokens = Math.min(player.tokens(call), leftOf(search).tokens);
    let fact: SearchFact;
    if (next.kind === 'expand') {
      const parent = next.parentId === null ? null : (answers.get(next.parentId) ?? null);
      const answer = player.answer(parent, call);
      const nodeId = `n${state.nodes.length}`;
      const [answerHash, verified] = [player.keyOf(answer), player.verify(answer)];
      fact = factOfAnswer(search, state, { nodeId, parentId: next.parentId, answerHash, verified, tokens });
      if (fact.kind === 'answer') answers.set(nodeId, answer);
    } else {
      const [task] = next.tasks;
      if (!task) break;
      const { against, swapped } = task;
      const pair = { a: next.nodeId, b: against, swapped };
      const shown = swapped ? [against, next.nodeId] : [next.nodeId, against];
      const [first, second] = shown.map((id) => answers.get(id));
      fact = factOfJudgement(pair, player.judge(first as Answer, second as Answer, call));
    }
    search = { ...search, log: [...search.log, fact], tokensUsed: search.tokensUsed + tokens };
    options.onStep?.({ search, state: stateOf(search), answers });
  }
  return { search, state: stateOf(search), answers };
}
