/**
 * The error catalogue: every failure the server can name. A reason is never reused for something else. Inside the
 * server an error is an `AssentError` with a reason and knows nothing of HTTP or JSON-RPC; the gateway maps it.
 */
export const ERROR_REASONS = {
  invalid: { title: 'Invalid input', retryable: false },
  unknown_event: { title: 'The hook has no answer for this event', retryable: false },
  unauthenticated: { title: 'No valid credentials', retryable: false },
  invalid_link: { title: 'The one-time link is not valid', retryable: false },
  forbidden: { title: 'Not allowed for this principal', retryable: false },
  unknown_actor: { title: 'The account is not mapped to a subject', retryable: false },
  not_found: { title: 'Not found', retryable: false },
  conflict: { title: 'Conflict with the current state', retryable: false },
  not_a_session: { title: 'The credential is not a session', retryable: false },
  not_editable: { title: 'The content cannot be changed', retryable: false },
  in_flight: { title: 'The same call is still in flight', retryable: true },
  idempotency_mismatch: { title: 'Idempotency key reused with another payload', retryable: false },
  precondition_required: { title: 'A precondition header is missing', retryable: false },
  precondition_failed: { title: 'The precondition does not hold', retryable: false },
  rate_limited: { title: 'Too many requests', retryable: true },
  timeout: { title: 'Timed out', retryable: true },
  gone: { title: 'Expired or gone', retryable: false },
  draining: { title: 'This replica is shutting down', retryable: true },
  overloaded: { title: 'Overloaded', retryable: true },
  budget_exhausted: { title: 'The budget for models or steps is used up', retryable: false },
  model_failed: { title: 'The model endpoint gave nothing to work with', retryable: true },
  disk_unavailable: { title: 'The disk of the workspace failed', retryable: true },
  internal: { title: 'Internal error', retryable: true },
} as const satisfies Record<string, { title: string; retryable: boolean }>;

export type ErrorReason = keyof typeof ERROR_REASONS;

/** Machine-readable context of an error. `pointer` is a JSON pointer into the caller's params (RFC 6901). */
export interface ErrorDetails {
  readonly pointer?: string;
  readonly [name: string]: unknown;
}

/** The one error class of the server. The message says what happened, to which id, and what to do next. */
export class AssentError extends Error {
  override readonly name = 'AssentError';

  constructor(
    readonly reason: ErrorReason,
    message: string,
    readonly details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  get retryable(): boolean {
    return ERROR_REASONS[this.reason].retryable;
  }
}

/** The error of a list whose cursor does not come from an earlier page. */
export function invalidCursor(): AssentError {
  return new AssentError('invalid', 'This cursor is not valid: pass the cursor of the previous page.', {
    pointer: '/cursor',
  });
}

/** Normalises a thrown value; an unknown failure becomes `internal` and keeps its cause. */
export function toAssentError(thrown: unknown): AssentError {
  if (thrown instanceof AssentError) return thrown;
  return new AssentError(
    'internal',
    'Something failed inside the server. Quote the requestId when you report it.',
    {},
    { cause: thrown },
  );
}
