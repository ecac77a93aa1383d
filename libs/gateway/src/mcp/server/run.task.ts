import type { Run } from '@assent/contract';
import type { McpAnswer, McpResult } from '../mcp.sdk';
import type { Facts } from './run.facts';

const POLL_MS = 5_000;

/** The handle of a run in progress. The id of the task is that of the run. */
export function createdTask(run: Run, facts: Facts): McpAnswer {
  // The SDK's type covers only the results of the core protocol.
  return { resultType: 'task', ...taskOf(run, facts), status: 'working' } as unknown as McpResult;
}

/** The members that a task has in each state. */
export function taskOf({ runId, createdAt, updatedAt }: Run, { state, next, expiresAt }: Facts) {
  const ttlMs = typeof expiresAt === 'string' ? Date.parse(expiresAt) - Date.parse(createdAt) : null;
  const statusMessage = state === 'pending' ? 'A person has not decided yet.' : next;
  return { taskId: runId, statusMessage, createdAt, lastUpdatedAt: updatedAt, ttlMs, pollIntervalMs: POLL_MS };
}
