import { Injectable } from '@nestjs/common';
import { Ajv, type ValidateFunction } from 'ajv';
import {
  ApprovalAnswerSchema,
  AssentError,
  InputAnswerSchema,
  type ApprovalAnswer,
  type InputAnswer,
  type Scope,
} from '@assent/contract';
import { ApprovalRepository, DecisionService } from '@assent/approvals';
import { QuestionService } from '@assent/engine';
import { QuestionRepository } from '@assent/planner';
import { requireScope } from '@assent/platform';
import type { CallContext } from './call.context';
import type { RpcReply } from './envelope';

/** A kind of request: who may answer it, and what an answer looks like. */
interface Kind<Answer> {
  readonly scope: Scope;
  readonly form: string;
  readonly isAnswer: ValidateFunction<Answer>;
}

const ajv = new Ajv({ strict: true });

/** Takes a client's answers to requests of the server. Ids are bound to the tenant: a foreign one does not exist. */
@Injectable()
export class ReplyReceiver {
  private readonly approval: Kind<ApprovalAnswer> = {
    scope: 'approval:decide',
    form: '{decision: "approve"|"reject", hash, comment?}',
    isAnswer: ajv.compile<ApprovalAnswer>(ApprovalAnswerSchema),
  };
  private readonly input: Kind<InputAnswer> = {
    scope: 'run:write',
    form: '{truth?: boolean, resolved?: [{assumptionId, truth}], text?}, at least one of them',
    isAnswer: ajv.compile<InputAnswer>(InputAnswerSchema),
  };

  constructor(
    private readonly approvals: ApprovalRepository,
    private readonly decisions: DecisionService,
    private readonly questions: QuestionRepository,
    private readonly answers: QuestionService,
  ) {}

  /** @throws AssentError not_found, forbidden, invalid, conflict (resolved already), gone (expired), precondition_failed */
  async receive(reply: RpcReply, context: CallContext): Promise<void> {
    const { principal } = context;
    const { tenantId } = principal;
    const approval = await this.approvals.findByRequest(tenantId, reply.id);
    if (approval) {
      const answer = read(reply, context, this.approval);
      await this.decisions.decide(principal, { approvalId: approval.id, ...answer });
      return;
    }
    if (!(await this.questions.find(tenantId, reply.id))) {
      throw new AssentError('not_found', `There is no request ${reply.id}: run/get lists those that are pending.`);
    }
    await this.answers.answer(principal, reply.id, read(reply, context, this.input));
  }
}

function read<Answer>({ id, result, error }: RpcReply, { principal }: CallContext, kind: Kind<Answer>): Answer {
  requireScope(principal, kind.scope);
  if (error) {
    throw new AssentError('invalid', `Request ${id} still waits: answer it with a result ${kind.form}.`);
  }
  if (kind.isAnswer(result)) return result;
  throw new AssentError('invalid', `The result for ${id} must be ${kind.form}.`, { pointer: '/result' });
}
