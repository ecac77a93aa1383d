import { ERROR_REASONS, type AssentError, type ErrorReason } from '@assent/contract';

/** Wire code and status of each reason. Codes are never reused. A reason without a row is a compile error. */
const WIRE: Record<ErrorReason, { readonly rpc: number; readonly status: number }> = {
  invalid: { rpc: -32602, status: 400 },
  unknown_event: { rpc: -32602, status: 400 },
  unauthenticated: { rpc: -32003, status: 401 },
  invalid_link: { rpc: -32003, status: 401 },
  forbidden: { rpc: -32003, status: 403 },
  unknown_actor: { rpc: -32003, status: 403 },
  not_found: { rpc: -32001, status: 404 },
  conflict: { rpc: -32002, status: 409 },
  not_a_session: { rpc: -32002, status: 409 },
  not_editable: { rpc: -32002, status: 409 },
  in_flight: { rpc: -32002, status: 409 },
  idempotency_mismatch: { rpc: -32004, status: 422 },
  precondition_required: { rpc: -32005, status: 428 },
  precondition_failed: { rpc: -32005, status: 412 },
  rate_limited: { rpc: -32006, status: 429 },
  timeout: { rpc: -32007, status: 504 },
  gone: { rpc: -32008, status: 410 },
  draining: { rpc: -32009, status: 503 },
  overloaded: { rpc: -32000, status: 503 },
  budget_exhausted: { rpc: -32006, status: 429 },
  model_failed: { rpc: -32000, status: 503 },
  disk_unavailable: { rpc: -32000, status: 503 },
  internal: { rpc: -32603, status: 500 },
};

export interface RpcErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** RFC 9457 problem details. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly [extension: string]: unknown;
}

/** Identifies a kind of error; docs/protocol.md describes each under the same anchor. */
export function problemType(reason: string): string {
  return `urn:assent:error:${reason.replaceAll('_', '-')}`;
}

export function toRpcError(error: AssentError, requestId: string): RpcErrorObject {
  const { reason, message, details } = error;
  const data = { ...details, type: problemType(reason), retryable: ERROR_REASONS[reason].retryable, requestId };
  return { code: WIRE[reason].rpc, message, data };
}

export function rpcCodeOf(reason: ErrorReason): number {
  return WIRE[reason].rpc;
}

export function toProblem(error: AssentError, requestId: string): Problem {
  const { reason, message, details } = error;
  const { title, retryable } = ERROR_REASONS[reason];
  return {
    ...details,
    type: problemType(reason),
    title,
    status: WIRE[reason].status,
    detail: message,
    retryable,
    requestId,
  };
}

/** The problem details of a request refused at the HTTP level, before its content is read. */
export function httpProblem(status: number, title: string, detail: string, requestId: string): Problem {
  return { type: 'about:blank', title, status, detail, requestId };
}
