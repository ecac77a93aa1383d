import { Injectable } from '@nestjs/common';
import { AssentError, isUuid, type ErrorReason } from '@assent/contract';
import { ApprovalRepository, DecisionService, type ApprovalRecord } from '@assent/approvals';
import { RequestReplies } from '@assent/engine';
import { requireScope } from '@assent/identity';
import type { CallContext } from '../call.context';
import { ReplyReceiver } from '../rpc/reply.receiver';
import { wireCheck } from '../wire.schema';
import {
  DecisionPayloadSchema,
  locatedError,
  textOf,
  type DecisionPayload,
  type InputMessage,
  type ResumeEntry,
} from './input.mapper';

/** Where a run continues after its requests were answered. */
export interface Continuation {
  readonly runId: string;
  /** The request whose `run.waiting` the client has seen last. */
  readonly requestId: string;
  /** Requests that the client leaves to others. */
  readonly left: ReadonlySet<string>;
  readonly refusal: Refusal | null;
}

/** Why an answer did not count. The request stays open, unless it has ended. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  /** The content has changed, and the client must see the new one. */
  readonly isChanged: boolean;
}

/** Codes of RUN_ERROR for refused answers. Any other failure is a problem of the request. */
const CODES: Partial<Record<ErrorReason, string>> = {
  forbidden: 'forbidden',
  gone: 'expired',
  precondition_failed: 'content_changed',
};

const checkDecision = wireCheck(DecisionPayloadSchema, 'The payload');

/** Passes the answers of an AG-UI client on, with the rights of the caller. */
@Injectable()
export class Resumes {
  constructor(
    private readonly approvals: ApprovalRepository,
    private readonly decisions: DecisionService,
    private readonly replies: RequestReplies,
    private readonly receiver: ReplyReceiver,
  ) {}

  /** @throws AssentError not_found (an unknown interrupt), invalid (a payload, or interrupts of several runs) */
  async resume(entries: readonly ResumeEntry[], context: CallContext): Promise<Continuation> {
    const { tenantId } = context.principal;
    const found = await Promise.all(
      entries.map(async (entry, index) => {
        const approval = await this.approvals.findByRequest(tenantId, entry.interruptId);
        const question = approval ? undefined : await this.replies.question(context.principal, entry.interruptId);
        const runId = approval?.runId ?? question?.runId;
        if (runId !== undefined) return { entry, approval, runId, pointer: `/resume/${index}` };
        const message = `There is no interrupt ${entry.interruptId}. Start the run again with its threadId and runId.`;
        throw new AssentError('not_found', message, { pointer: `/resume/${index}/interruptId` });
      }),
    );
    const [first] = found;
    const other = found.find(({ runId }) => runId !== first?.runId);
    if (!first || other) {
      const message = 'The interrupts belong to several runs. Resume one run at a time.';
      throw new AssentError('invalid', message, { pointer: other?.pointer ?? '/resume' });
    }
    let refusal: Refusal | null = null;
    for (const { entry, approval, pointer } of found) {
      const answered = await refusalOf(() =>
        located(`${pointer}/payload`, () =>
          approval ? this.decide(entry, approval, context) : this.answer(entry, context),
        ),
      );
      // Somebody else has decided the approval: the frames of the run show the outcome.
      const isOver = answered?.code === 'forbidden' && approval !== undefined && approval.state !== 'pending';
      refusal ??= isOver ? null : answered;
    }
    const left = found.filter(({ entry, approval }) => approval && entry.status === 'cancelled');
    return {
      runId: first.runId,
      requestId: first.entry.interruptId,
      left: new Set(left.map(({ entry }) => entry.interruptId)),
      refusal,
    };
  }

  /** @returns null: no message answers a call of a client's tool */
  async replyToCalls(messages: readonly InputMessage[], context: CallContext): Promise<Continuation | null> {
    const answered: Continuation[] = [];
    for (const message of messages) {
      const { toolCallId = '' } = message;
      const call = isUuid(toolCallId) ? await this.replies.clientCall(context.principal, toolCallId) : undefined;
      if (!call) continue;
      const { requestId, runId, state } = call;
      const earlier = answered.at(-1)?.refusal ?? null;
      const refusal = state === 'pending' ? await refusalOf(() => this.reply(requestId, message, context)) : null;
      answered.push({ runId, requestId, left: new Set(), refusal: earlier ?? refusal });
    }
    return answered.at(-1) ?? null;
  }

  private async decide(
    { status, payload }: ResumeEntry,
    approval: ApprovalRecord,
    { principal }: CallContext,
  ): Promise<void> {
    if (status === 'cancelled') return;
    const { editedArgs, ...decision } = checkDecision(payload);
    requireScope(principal, 'approval:decide');
    const approvalId = approval.id;
    if (editedArgs === undefined) {
      await this.decisions.decide(principal, { approvalId, ...decision });
      return;
    }
    requireEditable(approval, decision);
    const { hash } = await this.decisions.revise(principal, { approvalId, hash: decision.hash, args: editedArgs });
    await this.decisions.decide(principal, { approvalId, ...decision, hash });
  }

  private async answer(entry: ResumeEntry, context: CallContext): Promise<void> {
    const { interruptId: id, status, payload } = entry;
    if (status === 'cancelled') {
      requireScope(context.principal, 'run:write');
      return this.replies.answerInput(context.principal, id, null);
    }
    return this.receiver.receive({ kind: 'reply', id, result: payload, error: null }, context);
  }

  private reply(id: string, { content, error }: InputMessage, context: CallContext): Promise<void> {
    if (error !== undefined) {
      return this.receiver.receive({ kind: 'reply', id, result: undefined, error: { message: error } }, context);
    }
    const result = { output: outputOf(textOf(content)) };
    return this.receiver.receive({ kind: 'reply', id, result, error: null }, context);
  }
}

/** @throws AssentError invalid */
function requireEditable({ risks }: ApprovalRecord, { decision }: DecisionPayload): void {
  const isEdit = decision === 'approve' && risks.includes('external');
  if (isEdit) return;
  const message = '`editedArgs` can only be used to approve an external effect. Revise a change of files instead.';
  throw new AssentError('invalid', message, { pointer: '/editedArgs' });
}

/** Executes an answer. @returns why it did not count; null: it counts, or another one came first */
async function refusalOf(answer: () => Promise<void>): Promise<Refusal | null> {
  try {
    await answer();
    return null;
  } catch (thrown) {
    if (!(thrown instanceof AssentError)) throw thrown;
    // The first decision wins; the client sees it in the state.
    if (thrown.reason === 'conflict') return null;
    const code = CODES[thrown.reason];
    if (code === undefined) throw thrown;
    return { code, message: thrown.message, isChanged: thrown.reason === 'precondition_failed' };
  }
}

async function located(pointer: string, answer: () => Promise<void>): Promise<void> {
  await answer().catch((thrown: unknown) => {
    throw locatedError(thrown, pointer);
  });
}

/** The output of a client's tool: a JSON object, or a text under `content`. */
function outputOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    return { content: text };
  }
  return { content: text };
}
