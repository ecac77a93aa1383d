import { Injectable } from '@nestjs/common';
import type { InputAnswer, Principal, ToolCallAnswer } from '@assent/contract';
import { QuestionRepository, type QuestionRecord } from '@assent/planner';
import { ClientCallRepository, type ClientCallRecord } from '@assent/tools';
import { requestedRuns } from '@assent/runs';
import { ClientCallService } from './client-call.service';
import { QuestionService } from './question.service';

/** Replies to requests of runs, except approvals. */
@Injectable()
export class RequestReplies {
  constructor(
    private readonly questions: QuestionRepository,
    private readonly answers: QuestionService,
    private readonly calls: ClientCallRepository,
    private readonly clients: ClientCallService,
  ) {}

  /** The question with this request id. */
  question({ tenantId }: Principal, requestId: string): Promise<QuestionRecord | undefined> {
    return this.questions.find(tenantId, requestId);
  }

  /** The call with this id of a client's tool, in a run that the principal has requested. */
  clientCall({ tenantId, subject }: Principal, callId: string): Promise<ClientCallRecord | undefined> {
    return this.calls.findByCall(tenantId, callId, requestedRuns(tenantId, subject));
  }

  /** The method of a request; null when this principal has no such request. */
  async methodOf({ tenantId, subject }: Principal, requestId: string): Promise<'input/request' | 'tool/call' | null> {
    if (await this.questions.find(tenantId, requestId)) return 'input/request';
    return (await this.calls.find(tenantId, requestId, requestedRuns(tenantId, subject))) ? 'tool/call' : null;
  }

  /**
   * @param answer null: the person declines to answer
   * @throws like QuestionService.answer
   */
  answerInput(principal: Principal, requestId: string, answer: InputAnswer | null): Promise<void> {
    return this.answers.answer(principal, requestId, answer);
  }

  /** @throws like ClientCallService.answer */
  answerCall(principal: Principal, requestId: string, { output }: ToolCallAnswer): Promise<void> {
    return this.clients.answer(principal, requestId, output as Parameters<ClientCallService['answer']>[2]);
  }

  /** @throws like ClientCallService.fail */
  failCall(principal: Principal, requestId: string, message: string): Promise<void> {
    return this.clients.fail(principal, requestId, message);
  }
}
