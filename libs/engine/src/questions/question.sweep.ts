import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { LOG, type Log } from '@assent/platform';
import { QuestionRepository, type QuestionRecord } from '@assent/planner';
import { QuestionService } from './question.service';

const EVERY_MS = 2_000;
const BATCH = 50;

/** Ends questions whose time is up. Safe on several replicas at once: the first one takes each. */
@Injectable()
export class QuestionSweep {
  constructor(
    private readonly questions: QuestionRepository,
    private readonly service: QuestionService,
    @Inject(LOG) private readonly log: Log,
  ) {}

  @Interval(EVERY_MS)
  async sweep(): Promise<void> {
    try {
      for (const question of await this.questions.due(BATCH)) await this.expire(question);
    } catch (error) {
      this.log.warn({ err: error }, 'looking for expired questions failed; the next look tries again');
    }
  }

  /** One that cannot be ended holds up no other. */
  private async expire(question: QuestionRecord): Promise<void> {
    try {
      await this.service.expire(question);
    } catch (error) {
      const { runId, requestId } = question;
      this.log.error(
        { err: error, runId, request: requestId },
        'a question could not be ended; the next look tries again',
      );
    }
  }
}
