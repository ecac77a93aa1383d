import { Injectable } from '@nestjs/common';
import { frame, type NewFrame } from '@assent/contract';
import type { RunPart } from '@assent/platform';
import { QuestionRepository, takeQuestion } from '@assent/planner';
import { RunCommits, RunDispatcher, resumeRun, lockWaitingRun } from '@assent/runs';
import type { Consequence } from './waiting.runs';

/** Voids questions that a resolution of another run has answered. */
@Injectable()
export class QuestionVoider {
  constructor(
    private readonly questions: QuestionRepository,
    private readonly commits: RunCommits,
    private readonly dispatcher: RunDispatcher,
  ) {}

  /** @returns null when the run asks about another assumption; false when the question was answered first */
  async void(
    { run, assumption, frames }: Consequence,
    actor: string,
    writes: readonly RunPart[],
  ): Promise<boolean | null> {
    const question = await this.questions.pendingOf(run.id);
    if (!question?.request.assumptions.some(({ assumptionId }) => assumptionId === assumption.id)) return null;
    const all: NewFrame[] = [
      ...frames,
      frame('request.resolved', run.step, { id: question.requestId, outcome: 'voided', actor }),
      frame('run.resumed', run.step, { reason: 'refutation' }),
    ];
    const lock = lockWaitingRun(run.id);
    const taken = takeQuestion(lock, question, 'voided', null, actor);
    const resumed = await this.dispatcher.commit((claim) =>
      this.commits.commit({
        runId: run.id,
        before: [lock, taken],
        run: resumeRun(taken, claim, 'plan', all.length, 1),
        writes,
        frames: all,
      }),
    );
    return resumed !== null;
  }
}
