import { Injectable } from '@nestjs/common';
import { frame, type ClientTool, type NewFrame } from '@assent/contract';
import { Config, newId } from '@assent/platform';
import { insertClientCalls, toolCallRequest, type NewClientCall } from '@assent/tools';
import type { PhaseResult } from '../step/phase';
import type { StepCall, StepContext } from '../step/step.context';

const MS_PER_SECOND = 1_000;

/** A call that the client is asked to make. */
export interface CallOfClient {
  readonly call: StepCall;
  readonly tool: ClientTool;
  /** The approved diff that the call applies; null for a read. */
  readonly diffId: string | null;
  readonly idempotencyKey: string;
}

/** One request to the client: its frames, and the row that stores its answer. */
export interface ClientRequest {
  readonly requestId: string;
  readonly frames: readonly NewFrame[];
  readonly row: NewClientCall;
}

/** Asks the client to call its tools. */
@Injectable()
export class ClientCaller {
  constructor(private readonly config: Config) {}

  /** Ends the step with this call. @param diffId the approved diff that the call applies; null for a read */
  call(context: StepContext, call: StepCall, tool: ClientTool, diffId: string | null): PhaseResult {
    const { idempotencyKey } = context;
    const request = this.request(context, { call, tool, diffId, idempotencyKey });
    return {
      frames: [...request.frames, waitingFor(context.run.step, [request])],
      writes: [insertClientCalls([request.row])],
      next: { kind: 'called_client', phase: 'observe' },
      carry: {},
    };
  }

  request(context: StepContext, { call, tool, diffId, idempotencyKey }: CallOfClient): ClientRequest {
    const { step, id: runId } = context.run;
    const seconds = tool.deadlineSeconds ?? this.config.env.CLIENT_TOOL_SECONDS;
    const requestId = `req_${newId()}`;
    const request = {
      runId,
      callId: call.id,
      tool: call.tool,
      args: call.args,
      workspace: call.workspace,
      idempotencyKey,
      deadline: new Date(context.now() + seconds * MS_PER_SECOND).toISOString(),
    };
    return {
      requestId,
      frames: [
        frame('tool.started', step, { callId: call.id, tool: call.tool }),
        frame('request', step, toolCallRequest({ requestId, request })),
      ],
      row: { requestId, step, callId: call.id, actionId: call.actionId, diffId, request },
    };
  }
}

/** The frame for a run that waits until all of these requests are answered. */
export function waitingFor(step: number, requests: readonly Pick<ClientRequest, 'requestId'>[]): NewFrame {
  const ids = requests.map(({ requestId }) => requestId);
  const [requestId = ''] = ids;
  return frame('run.waiting', step, {
    for: 'client_tool',
    requestId,
    ...(ids.length > 1 ? { requestIds: ids } : {}),
  });
}
