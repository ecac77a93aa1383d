import type { insertRun } from '../run.update';

/** The row of a run that has just been started. */
export function startedRunRow(id: string, tenantId: string): Parameters<typeof insertRun>[0] {
  return {
    id,
    tenantId,
    requester: 'developer',
    workspace: 'ws',
    reverts: null,
    goal: 'Raise the limit',
    clientTraceId: null,
    traceparent: null,
    requestId: 'request',
    authority: { scopes: [], roles: [] } as never,
    issuers: [],
    modelPlanned: false,
    origin: 'caller',
    waitingFor: null,
    paramsJson: '{}',
  };
}
