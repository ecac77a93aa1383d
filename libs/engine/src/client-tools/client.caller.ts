import { Injectable } from '@nestjs/common';
import { frame, type ClientTool } from '@assent/contract';
import { Config, newId } from '@assent/platform';
import { insertClientCall, toolCallRequest, type ToolCallRecord } from '@assent/tools';
import { transition } from '../run.machine';
import { databaseTime, type PhaseResult, type Work } from '../work';

const MS_PER_SECOND = 1_000;

/** Asks the client to call one of its tools. */
@Injectable()
export class ClientCaller {
  constructor(private readonly config: Config) {}

  /** @param diffId the approved diff that the call carries out; null for a read */
  call(work: Work, call: ToolCallRecord, tool: ClientTool | undefined, diffId: string | null): PhaseResult {
    const { step, id: runId } = work.run;
    const seconds = tool?.deadlineSeconds ?? this.config.env.CLIENT_TOOL_SECONDS;
    const requestId = `req_${newId()}`;
    const request = {
      runId,
      callId: call.id,
      tool: call.tool,
      args: call.args,
      workspace: call.workspace,
      idempotencyKey: `${runId}:${step}`,
      deadline: new Date(databaseTime(work) + seconds * MS_PER_SECOND).toISOString(),
    };
    return {
      frames: [
        frame('tool.started', step, { callId: call.id, tool: call.tool }),
        frame('request', step, toolCallRequest({ requestId, request })),
        frame('run.waiting', step, { for: 'client_tool', requestId }),
      ],
      writes: [insertClientCall({ requestId, step, callId: call.id, actionId: call.actionId, diffId, request })],
      next: transition(step, { kind: 'called_client' }),
      settle: true,
    };
  }
}

/** What the client has declared under this name. */
export function clientToolOf(tools: readonly ClientTool[] | undefined, name: string): ClientTool | undefined {
  return tools?.find((tool) => tool.name === name);
}
