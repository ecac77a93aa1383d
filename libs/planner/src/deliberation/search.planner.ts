import { Injectable } from '@nestjs/common';
import {
  AssentError,
  CRITERIA_MAX,
  CRITIQUE_MAX_CHARS,
  LESSONS_MAX,
  LESSON_MAX_CHARS,
  META_PROMPT_MAX_CHARS,
  type Judgement,
} from '@assent/contract';
import { PromptLibrary, ModelCaller, type CallLimit } from '@assent/models';
import { excerpt } from '@assent/platform';
import { JUDGE_ANSWER, readJudgeAnswer } from './answer.schemas';
import { Fence } from './fence';
import { sessionOf } from './model.planner';
import { contextText, fencedText, historyText, recent } from './prompt.parts';
import type { Guidance, Proposal, StepRequest } from './step-request';
import { StepProposer } from './step.proposer';
import { askStructured } from './structured.answer';

/** Maximum characters of a criterion's name. */
const NAME_MAX_CHARS = 128;
const SCORE_MIN = 1;
const SCORE_MAX = 10;

/** Two plans as shown to the judge. */
export interface ShownPair {
  readonly first: string;
  readonly second: string;
  /** The advice they were written with; null: none given. */
  readonly advice: string | null;
}

export type Judged =
  | { readonly judgement: Judgement; readonly tokens: number }
  /** `problem`: a sentence that says why the judge's answer cannot be used. */
  | { readonly judgement: null; readonly problem: string; readonly tokens: number };

/** The model calls of a search: plans, and judgements of pairs of plans. */
@Injectable()
export class SearchPlanner {
  constructor(
    private readonly caller: ModelCaller,
    private readonly proposer: StepProposer,
    private readonly prompts: PromptLibrary,
  ) {}

  /**
   * Proposes one plan. Asks the model once more when nothing in its answer can be used.
   * @param tokens maximum tokens
   * @throws AssentError model_failed, budget_exhausted
   */
  async propose(
    request: StepRequest,
    guidance: Guidance,
    tokens: number,
  ): Promise<{ readonly proposal: Proposal; readonly tokens: number }> {
    const limit: CallLimit = { tokens, used: 0 };
    // Streaming every plan of a search would drown the chosen one.
    const quiet: StepRequest = { ...request, onDelta: () => undefined };
    const given = guidance.earlier === null && guidance.advice === null ? null : guidance;
    const proposal = await this.proposer.propose(quiet, sessionOf(request, limit), new Fence(request.treeId), given);
    return { proposal, tokens: limit.used };
  }

  /** @param tokens maximum tokens @throws AssentError budget_exhausted */
  async judge(request: StepRequest, { first, second, advice }: ShownPair, tokens: number): Promise<Judged> {
    const limit: CallLimit = { tokens, used: 0 };
    const fence = new Fence(request.treeId);
    const user = this.prompts.render('judge.user', {
      goal: request.goal,
      context: contextText(request.context),
      history: historyText(recent(request.history).actions, fence),
      advice: fencedText('advice', advice, fence),
      first: fence.around('first plan', first),
      second: fence.around('second plan', second),
    });
    const answer = await askStructured(this.caller, this.prompts, sessionOf(request, limit), {
      purpose: 'judge',
      messages: [
        { role: 'system', content: this.prompts.render('judge.system', { fence: fence.tag }) },
        { role: 'user', content: user },
      ],
      answer: JUDGE_ANSWER,
      fence,
      read: (text) => readJudgement(text, this.caller.source),
    });
    if (answer.ok) return { judgement: answer.value, tokens: limit.used };
    return { judgement: null, problem: answer.problem, tokens: limit.used };
  }
}

/** Checks bounds, which strict schemas cannot express. @throws AssentError invalid */
function readJudgement(text: string, judge: string): Judgement {
  const { criteria, critique, lessons, evolvedPrompt } = readJudgeAnswer(text);
  if (criteria.length === 0 || criteria.length > CRITERIA_MAX) {
    throw new AssentError('invalid', `There must be 1 to ${CRITERIA_MAX} criteria.`, { pointer: '/criteria' });
  }
  criteria.forEach(({ weight, first, second }, index) => {
    const isScore = (score: number) => score >= SCORE_MIN && score <= SCORE_MAX;
    if (weight >= 0 && isScore(first) && isScore(second)) return;
    throw new AssentError('invalid', 'A weight is 0 or more, a score is from 1 to 10.', {
      pointer: `/criteria/${index}`,
    });
  });
  const advice = excerpt(evolvedPrompt.trim(), META_PROMPT_MAX_CHARS);
  const kept = lessons.map((lesson) => excerpt(lesson.trim(), LESSON_MAX_CHARS)).filter((lesson) => lesson !== '');
  return {
    criteria: criteria.map((criterion) => ({ ...criterion, name: excerpt(criterion.name, NAME_MAX_CHARS) })),
    critique: excerpt(critique, CRITIQUE_MAX_CHARS),
    lessons: kept.slice(0, LESSONS_MAX),
    ...(advice === '' ? {} : { evolvedPrompt: advice }),
    judge,
  };
}
