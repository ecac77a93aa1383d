import { Injectable } from '@nestjs/common';
import type { Interrupt } from '@ag-ui/core';
import { DECISIONS, InputAnswerSchema, type Approval, type Principal, type ServerRequest } from '@assent/contract';
import { ApprovalService, reviewUrl } from '@assent/approvals';
import { PendingRequests } from '@assent/engine';
import { Config } from '@assent/platform';
import { SEQ_METADATA, type AgUiEventOf } from './ag-ui.event';
import { approvalContent, type Mapping } from './frame.mapper';
import { plainSchema } from '../wire.schema';
import type { Wait } from './input.mapper';

const QUESTION_ANSWER = plainSchema(InputAnswerSchema);

/**
 * The consequence of a waiting run for its client. `finish`: the client must act, and the response ends. `watch`:
 * somebody else must act, and the response shows what the run waits for. null: the run continues without this client.
 */
export type Waiting =
  | { readonly kind: 'finish'; readonly outcome: NonNullable<AgUiEventOf<'RUN_FINISHED'>['outcome']> }
  | { readonly kind: 'watch'; readonly content: Readonly<Record<string, unknown>> }
  | null;

/** Decides who must act on a waiting run: the person at this client, or somebody else. */
@Injectable()
export class Interrupts {
  constructor(
    private readonly approvals: ApprovalService,
    private readonly requests: PendingRequests,
    private readonly config: Config,
  ) {}

  /**
   * @param mapping of the frame `run.waiting` or a later one
   * @param principal null: a client that only watches
   */
  async of(mapping: Mapping, principal: Principal | null, wait: Wait | null): Promise<Waiting> {
    const { waiting, runId } = mapping.view;
    if (!waiting || runId === null) return null;
    switch (waiting.for) {
      case 'approval':
        return this.ofApproval(mapping, principal, wait);
      case 'input':
        return this.ofQuestion(mapping, principal, wait);
      case 'client_tool':
        return this.ofCalls(mapping, principal);
      case 'pause':
        return null;
    }
  }

  /** Ids of the interrupts that are open for a principal in the given runs. */
  async openIn(runIds: readonly string[], principal: Principal, wait: Wait | null): Promise<string[]> {
    if (wait === 'stream' || runIds.length === 0) return [];
    const pending = [...(await this.requests.of(runIds)).values()].flat();
    const open = await Promise.all(
      pending.map(async ({ id, method, params }) => {
        if (method === 'input/request') return [id];
        if (method !== 'approval/request') return [];
        const { you } = await this.approvals.get(principal, String(params['approvalId']));
        return you.mayDecide || wait === 'interrupt' ? [id] : [];
      }),
    );
    return open.flat();
  }

  private async ofApproval(mapping: Mapping, principal: Principal | null, wait: Wait | null): Promise<Waiting> {
    const { approval: shown } = mapping.view;
    if (!shown) return null;
    const approval = principal && (await this.approvals.get(principal, shown.approvalId));
    const isOpen = approval?.state === 'pending';
    if (isOpen && wait !== 'stream' && (wait === 'interrupt' || approval.you.mayDecide)) {
      return { kind: 'finish', outcome: { type: 'interrupt', interrupts: [decisionInterrupt(mapping, approval)] } };
    }
    if (wait === 'interrupt') return null;
    const content = approvalContent(shown);
    const url = reviewUrl(this.config.env.PUBLIC_URL, content.approvalId, content.hash);
    return {
      kind: 'watch',
      content: { ...content, needed: approval?.needed ?? content.needed, reviewUrl: url },
    };
  }

  private async ofQuestion(mapping: Mapping, principal: Principal | null, wait: Wait | null): Promise<Waiting> {
    const [request] = waitedFor(mapping);
    if (!request) return null;
    if (principal && wait !== 'stream') {
      if ((await this.pendingOf(mapping, [request])).length === 0) return null;
      return { kind: 'finish', outcome: { type: 'interrupt', interrupts: [questionInterrupt(mapping, request)] } };
    }
    const { question, expiresAt } = request.params;
    return { kind: 'watch', content: { for: 'input', requestId: request.id, question, expiresAt, state: 'pending' } };
  }

  private async ofCalls(mapping: Mapping, principal: Principal | null): Promise<Waiting> {
    const requests = waitedFor(mapping);
    if (principal?.subject !== mapping.view.requester) {
      return { kind: 'watch', content: { for: 'client_tool', state: 'pending' } };
    }
    const pending = await this.pendingOf(mapping, requests);
    if (pending.length === 0) return null;
    const pendingToolCallIds = pending.map(({ params }) => String(params['callId']));
    return { kind: 'finish', outcome: { type: 'success', pendingToolCallIds } };
  }

  private async pendingOf(
    { view: { runId } }: Mapping,
    requests: readonly ServerRequest[],
  ): Promise<readonly ServerRequest[]> {
    const pending = (await this.requests.of([runId ?? ''])).get(runId ?? '') ?? [];
    const ids = new Set(pending.map(({ id }) => id));
    return requests.filter(({ id }) => ids.has(id));
  }
}

function waitedFor({ view: { waiting, requests } }: Mapping): ServerRequest[] {
  const { requestId, requestIds = requestId === undefined ? [] : [requestId] } = waiting ?? {};
  return requests.filter(({ id }) => requestIds.includes(id));
}

function decisionInterrupt({ view, callOfDiff }: Mapping, approval: Approval): Interrupt {
  const { requestId, approvalId, diffId, tool, files, hash, expiresAt, risks } = approval;
  const toolCallId = callOfDiff.get(diffId ?? '') ?? callOfDiff.get(view.diff?.diffId ?? '');
  const what = files.map(({ path, added, removed }) => `${path} (+${added} -${removed})`).join(', ');
  return {
    id: requestId,
    reason: 'assent:approval',
    message: `Approve ${tool}${what === '' ? '' : `: ${what}`}?`,
    ...(toolCallId === undefined ? {} : { toolCallId }),
    expiresAt,
    responseSchema: {
      type: 'object',
      properties: {
        decision: { type: 'string', enum: [...DECISIONS] },
        hash: { const: hash },
        comment: { type: 'string' },
        hunks: { type: 'array', items: { type: 'integer', minimum: 1 } },
        ...(risks.includes('external') ? { editedArgs: { type: 'object' } } : {}),
      },
      required: ['decision', 'hash'],
      additionalProperties: false,
    },
    metadata: { 'assent/approvalId': approvalId, [SEQ_METADATA]: view.seq },
  };
}

function questionInterrupt({ view }: Mapping, { id, params }: ServerRequest): Interrupt {
  return {
    id,
    reason: 'assent:question',
    message: String(params['question']),
    expiresAt: String(params['expiresAt']),
    responseSchema: QUESTION_ANSWER,
    metadata: { [SEQ_METADATA]: view.seq },
  };
}
