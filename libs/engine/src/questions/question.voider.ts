import { Injectable } from '@nestjs/common';
import { frame, type NewFrame } from '@assent/contract';
import type { Cte } from '@assent/platform';
import { QuestionRepository, takeQuestion } from '@assent/planner';
import { RunCommits, RunHandoff, holdWaiting } from '@assent/runs';
import type { Consequence } from '../refutation/waiting.runs';

/** Takes questions back that have been answered elsewhere. */
@Injectable()
export class QuestionVoider {
  constructor(
    private readonly questions: QuestionRepository,
    private readonly commits: RunCommits,
    private readonly handoff: RunHandoff,
  ) {}

  /** @returns null: the run asks about something else; false: somebody was faster */
  async void({ run, assumption, frames }: Consequence, actor: string, writes: readonly Cte[]): Promise<boolean | null> {
    const question = await this.questions.pendingOf(run.id);
    if (!question?.request.assumptions.some(({ assumptionId }) => assumptionId === assumption.id)) return null;
    const told: NewFrame[] = [
      ...frames,
      frame('request.resolved', run.step, { id: question.requestId, outcome: 'voided', actor }),
      frame('run.resumed', run.step, { reason: 'refutation' }),
    ];
    const resumed = await this.handoff.commit((claim) =>
      this.commits.commit({
        before: takeQuestion(question, 'voided', null, actor),
        hold: holdWaiting('taken', claim, 'plan', told.length, 1),
        writes,
        frames: told,
      }),
    );
    return resumed !== null;
  }
}
