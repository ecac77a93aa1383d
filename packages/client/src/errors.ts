/** RFC 9457 problem details, the body of the response to every refused HTTP request. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly retryable?: boolean;
  readonly requestId?: string;
  readonly [extension: string]: unknown;
}

/** `error.data` of a JSON-RPC error. */
export interface RpcErrorData {
  readonly type: string;
  readonly retryable: boolean;
  readonly requestId: string;
  /** JSON pointer into the params (RFC 6901). */
  readonly pointer?: string;
  readonly [extension: string]: unknown;
}

/** The properties of every error of this client. */
export interface ErrorFacts {
  /** `urn:assent:error:<reason>` of the server, `urn:assent:client:<reason>`, or `about:blank`. */
  readonly type: string;
  readonly status?: number;
  readonly code?: number;
  readonly retryable: boolean;
  readonly retryAfterMs?: number | null;
  readonly requestId?: string | null;
}

const CLIENT = 'urn:assent:client:';
const WAIT = 'Repeat the call later, after `retryAfterMs`.';
/** Derived from the last part of the type. */
const HINTS: Readonly<Record<string, string>> = {
  invalid: 'Correct the params; `pointer` names the place.',
  unauthenticated: 'Check the credential: it is unknown, revoked or expired.',
  'idempotency-mismatch': 'Use another idempotency key for other params.',
  'precondition-failed': 'The content has changed: show it again and name its new hash.',
  'rate-limited': WAIT,
  overloaded: WAIT,
  draining: WAIT,
  internal: 'Report it with the `requestId`.',
  gap: 'Continue with `after: earliest - 1`, or pass `onGap`.',
  connection: 'Check that the server runs and its address; then repeat the call.',
};

/** Every failure that this client reports itself. An aborted signal is thrown as its own reason. */
export class AssentError extends Error {
  override readonly name: string = 'AssentError';
  readonly type: string;
  readonly status: number | undefined;
  readonly code: number | undefined;
  /** The same call may succeed later. */
  readonly retryable: boolean;
  /** The pause that the server requested, in milliseconds; null if it requested none. */
  readonly retryAfterMs: number | null;
  /** Identifies the request in the server's log; null: the server did not respond. */
  readonly requestId: string | null;
  /** What to do next; empty if the message already says it. */
  readonly hint: string;

  constructor(message: string, facts: ErrorFacts, options?: ErrorOptions) {
    super(message, options);
    this.type = facts.type;
    this.status = facts.status;
    this.code = facts.code;
    this.retryable = facts.retryable;
    this.retryAfterMs = facts.retryAfterMs ?? null;
    this.requestId = facts.requestId ?? null;
    this.hint = HINTS[facts.type.slice(facts.type.lastIndexOf(':') + 1)] ?? '';
  }
}

/** A call was answered with a JSON-RPC error. docs/protocol.md lists the codes. */
export class AssentRpcError extends AssentError {
  override readonly name = 'AssentRpcError';
  override readonly code: number;

  constructor(
    readonly method: string,
    code: number,
    message: string,
    readonly data: RpcErrorData,
  ) {
    const { type, retryable, requestId, retryAfterSeconds } = data;
    const retryAfterMs = typeof retryAfterSeconds === 'number' ? retryAfterSeconds * 1_000 : null;
    super(message, { type, retryable, requestId, retryAfterMs });
    this.code = code;
  }
}

/**
 * The request was refused with an HTTP error, or the response is not from an Assent server (`type` is then
 * `about:blank`).
 */
export class AssentHttpError extends AssentError {
  override readonly name = 'AssentHttpError';
  override readonly status: number;

  constructor(
    status: number,
    readonly problem: Problem,
    retryAfterMs: number | null = null,
  ) {
    const { type, detail, title, retryable = false, requestId = null } = problem;
    super(detail ?? title, { type, retryable, retryAfterMs, requestId });
    this.status = status;
  }
}

/** A stream of the server: the frames of a run, or (`runId: null`) the events of the inbox. */
export interface StreamName {
  readonly runId: string | null;
}

/** Entries of a stream were deleted by retention before they were read. Those from `earliest` on still exist. */
export class AssentGapError extends AssentError {
  override readonly name = 'AssentGapError';
  readonly runId: string | null;

  constructor(
    { runId }: StreamName,
    /** seq of the last entry that was read. */
    readonly after: number,
    readonly earliest: number,
  ) {
    const what = runId === null ? 'Events of the inbox' : `Frames of run ${runId}`;
    super(
      `${what} from ${after + 1} to ${earliest - 1} are deleted. Continue with {after: ${earliest - 1}}, or pass onGap.`,
      { type: `${CLIENT}gap`, retryable: false },
    );
    this.runId = runId;
  }
}

/** The server could not be reached, or a stream was not served within the time that the caller allows. */
export class AssentConnectionError extends AssentError {
  override readonly name = 'AssentConnectionError';

  constructor(
    message: string,
    /** With a stream: seq of the last entry that was read. */
    readonly after: number | null,
    options?: ErrorOptions,
  ) {
    super(message, { type: `${CLIENT}connection`, retryable: true }, options);
  }
}

/** A run did not complete. */
export class AssentRunError extends AssentError {
  override readonly name = 'AssentRunError';

  constructor(
    readonly runId: string,
    /** Of `run.failed`; else `cancelled`, or `erased` for a run that was forgotten. */
    readonly reason: string,
    message: string,
  ) {
    super(message, { type: `${CLIENT}run`, retryable: false });
  }
}
