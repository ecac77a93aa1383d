import { Injectable } from '@nestjs/common';
import type { Static, TSchema } from '@sinclair/typebox';
import {
  ApprovalAnswerSchema,
  AssentError,
  InputAnswerSchema,
  ToolCallAnswerSchema,
  type Scope,
} from '@assent/contract';
import { ApprovalRepository, DecisionService } from '@assent/approvals';
import { RequestReplies } from '@assent/engine';
import { requireScope } from '@assent/identity';
import type { CallContext } from '../call.context';
import { wireMatch } from '../wire.schema';
import type { RpcReply } from './envelope';

/** A kind of server request: the scope required to respond, and the form of the response. */
interface Kind<T extends TSchema> {
  readonly scope: Scope;
  readonly form: string;
  readonly schema: T;
}

/**
 * Receives clients' responses to requests of the server. Ids belong to the tenant; ids of `tool/call` belong to the
 * requester of the run. For anyone else the id does not exist.
 */
@Injectable()
export class ReplyReceiver {
  private readonly approval: Kind<typeof ApprovalAnswerSchema> = {
    scope: 'approval:decide',
    form: '{decision: "approve"|"reject", hash, comment?}',
    schema: ApprovalAnswerSchema,
  };
  private readonly input: Kind<typeof InputAnswerSchema> = {
    scope: 'run:write',
    form: '{truth?: boolean, resolved?: [{assumptionId, truth}], text?}, at least one of them',
    schema: InputAnswerSchema,
  };

  private readonly call: Kind<typeof ToolCallAnswerSchema> = {
    scope: 'run:write',
    form: '{output: {...}}, or an error {code, message} when the tool has failed',
    schema: ToolCallAnswerSchema,
  };

  constructor(
    private readonly approvals: ApprovalRepository,
    private readonly decisions: DecisionService,
    private readonly replies: RequestReplies,
  ) {}

  /** @throws AssentError not_found, forbidden, invalid, conflict (resolved already), gone (expired), precondition_failed */
  async receive(reply: RpcReply, context: CallContext): Promise<void> {
    const { principal } = context;
    const approval = await this.approvals.findByRequest(principal.tenantId, reply.id);
    if (approval) {
      const answer = read(reply, context, this.approval);
      await this.decisions.decide(principal, { approvalId: approval.id, ...answer });
      return;
    }
    switch (await this.replies.methodOf(principal, reply.id)) {
      case 'input/request':
        return this.replies.answerInput(principal, reply.id, read(reply, context, this.input));
      case 'tool/call':
        if (reply.error) {
          requireScope(principal, this.call.scope);
          return this.replies.failCall(principal, reply.id, reply.error.message);
        }
        return this.replies.answerCall(principal, reply.id, read(reply, context, this.call));
      case null:
        throw new AssentError('not_found', `There is no request ${reply.id}. run/get lists the pending ones.`);
    }
  }
}

function read<T extends TSchema>(
  { id, result, error }: RpcReply,
  { principal }: CallContext,
  kind: Kind<T>,
): Static<T> {
  requireScope(principal, kind.scope);
  if (error) {
    throw new AssentError('invalid', `Request ${id} is still pending. Answer it with a result ${kind.form}.`, { id });
  }
  if (wireMatch(kind.schema)(result)) return result;
  throw new AssentError('invalid', `The result for ${id} must be ${kind.form}.`, { pointer: '/result', id });
}
