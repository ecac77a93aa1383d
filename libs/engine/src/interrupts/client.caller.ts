import { Injectable } from '@nestjs/common';
import { frame, type ClientTool } from '@assent/contract';
import { Config, newId } from '@assent/platform';
import { insertClientCall, toolCallRequest } from '@assent/tools';
import type { PhaseResult } from '../step/phase';
import type { StepCall, StepContext } from '../step/step.context';

const MS_PER_SECOND = 1_000;

/** Asks the client to call one of its tools. */
@Injectable()
export class ClientCaller {
  constructor(private readonly config: Config) {}

  /** @param diffId the approved diff that the call carries out; null for a read */
  call(context: StepContext, call: StepCall, tool: ClientTool, diffId: string | null): PhaseResult {
    const { step, id: runId } = context.run;
    const seconds = tool.deadlineSeconds ?? this.config.env.CLIENT_TOOL_SECONDS;
    const requestId = `req_${newId()}`;
    const request = {
      runId,
      callId: call.id,
      tool: call.tool,
      args: call.args,
      workspace: call.workspace,
      idempotencyKey: context.idempotencyKey,
      deadline: new Date(context.now() + seconds * MS_PER_SECOND).toISOString(),
    };
    return {
      frames: [
        frame('tool.started', step, { callId: call.id, tool: call.tool }),
        frame('request', step, toolCallRequest({ requestId, request })),
        frame('run.waiting', step, { for: 'client_tool', requestId }),
      ],
      writes: [insertClientCall({ requestId, step, callId: call.id, actionId: call.actionId, diffId, request })],
      next: { kind: 'called_client' },
      carry: {},
    };
  }
}
