import { Injectable } from '@nestjs/common';
import {
  AssentError,
  frame,
  type Action,
  type InputAnswer,
  type JsonObject,
  type NewFrame,
  type Principal,
  type Resolution,
  type Tree,
} from '@assent/contract';
import {
  QuestionRepository,
  TreeRepository,
  assumptionIn,
  insertStep,
  resolutionOf,
  stepActionOf,
  takeQuestion,
  type QuestionRecord,
} from '@assent/planner';
import { RunCommits, RunDispatcher, resumeRun, type RunHead, lockWaitingRun } from '@assent/runs';
import { storeResolutions } from '../step/resolution.writes';
import { RefutationSweep } from './refutation.sweep';
import { resolutionsIn, resolutionsOnExpiry } from './answer.reading';

const EXPIRY_ACTOR = 'system:expiry';

interface Ending {
  readonly to: 'answered' | 'expired';
  readonly source: 'answer' | 'expiry';
  readonly actor: string;
  readonly answer: InputAnswer | null;
  readonly resolutions: readonly Resolution[];
}

/** Ends questions with an answer or by expiry. The first to commit wins, and the run resumes with a new plan. */
@Injectable()
export class QuestionService {
  constructor(
    private readonly questions: QuestionRepository,
    private readonly trees: TreeRepository,
    private readonly commits: RunCommits,
    private readonly dispatcher: RunDispatcher,
    private readonly refutations: RefutationSweep,
  ) {}

  /**
   * @param answer null: the person declines to answer, and the default of the question applies
   * @throws AssentError not_found, invalid, conflict (already answered, or the run has ended), gone (expired)
   */
  async answer(principal: Principal, requestId: string, answer: InputAnswer | null): Promise<void> {
    const question = await this.load(principal, requestId);
    if (isRepeated(question, principal, answer)) return;
    const tree = await this.treeOf(question);
    const resolutions = answer
      ? resolutionsIn(answer, question.request, requestId, actionIn(tree, question))
      : resolutionsOnExpiry(question.request);
    const actor = principal.subject;
    const ended = await this.end(question, tree, { to: 'answered', source: 'answer', actor, answer, resolutions });
    if (ended || isRepeated(await this.load(principal, requestId), principal, answer)) return;
    throw new AssentError('in_flight', `Request ${requestId} is being changed by another call. Try again.`);
  }

  /** Resumes the run without an answer. @returns false when nothing was changed */
  async expire(question: QuestionRecord): Promise<boolean> {
    const resolutions = resolutionsOnExpiry(question.request);
    const ending: Ending = { to: 'expired', source: 'expiry', actor: EXPIRY_ACTOR, answer: null, resolutions };
    return (await this.end(question, await this.treeOf(question), ending)) !== null;
  }

  private async load(principal: Principal, requestId: string): Promise<QuestionRecord> {
    const question = await this.questions.find(principal.tenantId, requestId);
    if (question) return question;
    throw new AssentError('not_found', `There is no request ${requestId}. run/get lists the pending ones.`);
  }

  private async treeOf({ tenantId, runId, step, requestId }: QuestionRecord): Promise<Tree> {
    const tree = await this.trees.find(tenantId, runId, step);
    if (!tree) throw new Error(`question ${requestId} has no tree`);
    return tree;
  }

  private async end(question: QuestionRecord, tree: Tree, ending: Ending): Promise<RunHead | null> {
    const { runId, step, requestId } = question;
    const { to, source, actor, answer, resolutions } = ending;
    const frames: NewFrame[] = [
      ...resolutions.map((resolution) => frame('assumption.resolved', step, { ...resolution, source, actor })),
      frame('request.resolved', step, { id: requestId, outcome: to, actor }),
      frame('run.resumed', step, { reason: to === 'answered' ? 'answer' : 'expiry' }),
    ];
    const lock = lockWaitingRun(runId);
    const taken = takeQuestion(lock, question, to, answer, actor);
    const run = await this.dispatcher.commit((claim) =>
      this.commits.commit({
        runId: question.runId,
        before: [lock, taken],
        run: resumeRun(taken, claim, 'plan', frames.length, 1),
        writes: [...storeResolutions(known(tree, resolutions, step), source, actor), stepOf(question, tree, ending)],
        frames,
      }),
    );
    if (run && resolutions.length > 0) this.refutations.wake();
    return run;
  }
}

function known(tree: Tree, resolutions: readonly Resolution[], step: number) {
  return resolutions.flatMap(({ assumptionId, truth }) => {
    const assumption = assumptionIn(tree, assumptionId);
    return assumption ? [resolutionOf(assumption, truth, step)] : [];
  });
}

function stepOf(question: QuestionRecord, tree: Tree, { to, answer, actor, resolutions }: Ending) {
  const action = actionIn(tree, question);
  const outcome = { kind: to, answer, by: actor, resolved: [...resolutions] } as unknown as JsonObject;
  return insertStep({ step: question.step, action: stepActionOf(action), outcome });
}

function actionIn(tree: Tree, { actionId, requestId }: QuestionRecord): Action {
  const action = tree.actions.find(({ id }) => id === actionId);
  if (!action) throw new Error(`question ${requestId} belongs to no action of its tree`);
  return action;
}

/** Whether this actor gave the same answer before. @throws AssentError for any other question that is not open */
function isRepeated(question: QuestionRecord, principal: Principal, answer: InputAnswer | null): boolean {
  const { state, requestId, actor, expiresAt, overdue } = question;
  if (state === 'expired' || overdue) {
    throw new AssentError('gone', `Request ${requestId} expired at ${expiresAt.toISOString()}: the run went on.`);
  }
  if (state === 'pending') return false;
  const same = JSON.stringify(sorted(question.answer)) === JSON.stringify(sorted(answer));
  if (state === 'answered' && actor === principal.subject && same) return true;
  const winner = { answer: question.answer, actor, at: question.resolvedAt?.toISOString() ?? null };
  throw new AssentError('conflict', `Request ${requestId} is ${state} already: nothing was changed.`, {
    state,
    winner,
  });
}

function sorted(answer: InputAnswer | null) {
  if (!answer) return null;
  const resolved = [...(answer.resolved ?? [])]
    .sort((a, b) => (a.assumptionId < b.assumptionId ? -1 : 1))
    .map(({ assumptionId, truth }) => [assumptionId, truth]);
  return [answer.truth ?? null, answer.option ?? null, answer.text ?? null, resolved];
}
