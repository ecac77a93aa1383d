import { Injectable } from '@nestjs/common';
import { Ajv, type ValidateFunction } from 'ajv';
import { ApprovalAnswerSchema, AssentError, type ApprovalAnswer } from '@assent/contract';
import { ApprovalRepository, DecisionService } from '@assent/approvals';
import { requireScope } from '@assent/platform';
import type { CallContext } from './call.context';
import type { RpcReply } from './envelope';

/** Takes a client's answers to requests of the server. Ids are bound to the tenant: a foreign one does not exist. */
@Injectable()
export class ReplyReceiver {
  private readonly isAnswer: ValidateFunction<ApprovalAnswer> = new Ajv({ strict: true }).compile<ApprovalAnswer>(
    ApprovalAnswerSchema,
  );

  constructor(
    private readonly approvals: ApprovalRepository,
    private readonly decisions: DecisionService,
  ) {}

  /** @throws AssentError not_found, forbidden, invalid, conflict (decided already), gone (expired), precondition_failed */
  async receive(reply: RpcReply, context: CallContext): Promise<void> {
    const { principal } = context;
    const approval = await this.approvals.findByRequest(principal.tenantId, reply.id);
    if (!approval)
      throw new AssentError('not_found', `There is no request ${reply.id}: run/get lists those that are pending.`);
    requireScope(principal, 'approval:decide');
    if (reply.error) {
      throw new AssentError(
        'invalid',
        `Request ${reply.id} still waits: answer it with a result {decision, hash, comment?}; to say no, decide "reject".`,
      );
    }
    if (!this.isAnswer(reply.result)) {
      throw new AssentError(
        'invalid',
        `The result for ${reply.id} must be {decision: "approve"|"reject", hash, comment?}.`,
        { pointer: '/result' },
      );
    }
    await this.decisions.decide(principal, { approvalId: approval.id, ...reply.result });
  }
}
