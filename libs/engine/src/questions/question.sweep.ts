import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { LOG, type Log } from '@assent/platform';
import { QuestionRepository } from '@assent/planner';
import { QuestionService } from './question.service';
import { endDue } from '../due.sweep';

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
    await endDue(
      'expired questions',
      () => this.questions.due(BATCH),
      (due) => this.service.expire(due),
      this.log,
    );
  }
}
