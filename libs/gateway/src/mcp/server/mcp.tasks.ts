import { AssentError, isTerminal, isUuid, type Run } from '@assent/contract';
import type { McpRequestScope, McpSdk, McpServer } from '../mcp.sdk';
import { TASKS, takesForms, takesTasks } from './client.capabilities';
import { answerIn, isLate, questionForm, questionOf } from './mcp.elicitation';
import { toResult, type McpCall } from './mcp.call';
import { taskOf } from './run.task';

const PARAMS = {
  type: 'object',
  properties: { taskId: { type: 'string' } },
  required: ['taskId'],
} as const;

interface TaskParams {
  readonly taskId: string;
}

interface ListenRequest {
  readonly params?: {
    readonly notifications?: { readonly taskIds?: unknown } | null;
    readonly _meta?: unknown;
  } | null;
}

/** Reads, answers and cancels the runs behind calls that returned a task. */
export function addTasks(
  { server }: McpServer,
  sdk: McpSdk,
  callOf: (mcp: McpRequestScope) => McpCall,
  toError: (thrown: unknown) => Error,
): void {
  const params = sdk.fromJsonSchema<TaskParams>(PARAMS);
  const handle = (
    method: string,
    act: (params: TaskParams, call: McpCall, mcp: McpRequestScope) => Promise<Readonly<Record<string, unknown>>>,
  ): void => {
    server.setRequestHandler(method, { params }, async (given, { mcpReq }) => {
      if (!takesTasks(mcpReq)) throw missingTasks(sdk);
      try {
        if (!isUuid(given.taskId)) throw new AssentError('not_found', 'There is no such task.', { pointer: '/taskId' });
        return await act(given, callOf(mcpReq), mcpReq);
      } catch (thrown) {
        throw toError(thrown);
      }
    });
  };
  handle('tasks/get', async ({ taskId: runId }, call, mcp) => {
    const run = await call.invoke('run/get', { runId });
    return { ...taskOf(run, await call.factsOf(run)), ...(await detailOf(run, call, mcp, sdk)) };
  });
  handle('tasks/update', async ({ taskId: runId }, call, { inputResponses = {} }) => {
    const { pending } = await call.invoke('run/get', { runId });
    for (const { id } of pending.filter(({ method }) => method === 'input/request')) {
      const answer = answerIn(inputResponses[id]);
      if (answer) await call.answer(id, answer).catch(ignoreLate);
    }
    return {};
  });
  handle('tasks/cancel', async ({ taskId: runId }, call) => {
    await call.invoke('run/cancel', { runId });
    return {};
  });
}

/**
 * Clients that support tasks poll them, so the acknowledgement of their subscription names no task.
 * @param request `subscriptions/listen`
 * @throws ProtocolError if it names tasks and its client does not support them
 */
export function requireTasks(request: unknown, sdk: McpSdk): void {
  const { notifications, _meta } = (request as ListenRequest).params ?? {};
  if (notifications?.taskIds !== undefined && !takesTasks({ envelope: _meta })) throw missingTasks(sdk);
}

function missingTasks(sdk: McpSdk): Error {
  return new sdk.MissingRequiredClientCapabilityError({ requiredCapabilities: { extensions: { [TASKS]: {} } } });
}

/**
 * A decision is made elsewhere, so a task that waits for one is `working`. A question is for the person at this client.
 */
async function detailOf(
  run: Run,
  call: McpCall,
  mcp: McpRequestScope,
  sdk: McpSdk,
): Promise<Readonly<Record<string, unknown>>> {
  if (run.state === 'cancelled') return { status: 'cancelled' };
  if (isTerminal(run.state)) return { status: 'completed', result: toResult(await call.factsOf(run)) };
  const question = takesForms(mcp) ? questionOf(run) : null;
  if (!question) return { status: 'working' };
  return { status: 'input_required', inputRequests: { [question.requestId]: questionForm(sdk, question) } };
}

function ignoreLate(thrown: unknown): void {
  if (!isLate(thrown)) throw thrown;
}
