import { Injectable } from '@nestjs/common';
import { QuestionRepository } from '@assent/planner';
import { Sweeper } from '@assent/platform';
import { ClientCallRepository } from '@assent/tools';
import { ClientCallService } from './client-call.service';
import { QuestionService } from './question.service';

const EVERY_MS = 2_000;

/**
 * Expires overdue questions and overdue client calls. Safe to run on several replicas at once: the first to commit
 * wins.
 */
@Injectable()
export class ExpirySweep {
  constructor(
    questions: QuestionRepository,
    questionService: QuestionService,
    calls: ClientCallRepository,
    callService: ClientCallService,
    sweeper: Sweeper,
  ) {
    sweeper.items({
      name: 'questions',
      everyMs: EVERY_MS,
      find: (limit, except) => questions.due(limit, except),
      keyOf: ({ requestId }) => requestId,
      handle: (question) => questionService.expire(question),
    });
    sweeper.items({
      name: 'client_calls',
      everyMs: EVERY_MS,
      find: (limit, except) => calls.due(limit, except),
      keyOf: ({ requestId }) => requestId,
      handle: (call) => callService.expire(call),
    });
  }
}
