/** RFC 9457 problem details, as every refused HTTP request answers them. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
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

/** A call was answered with a JSON-RPC error. docs/protocol.md lists the codes. */
export class AssentRpcError extends Error {
  override readonly name = 'AssentRpcError';

  constructor(
    readonly method: string,
    readonly code: number,
    message: string,
    readonly data: RpcErrorData,
  ) {
    super(message);
  }
}

/** HTTP refused the request, or what answered is not an Assent server (`problem.type` is then `about:blank`). */
export class AssentHttpError extends Error {
  override readonly name = 'AssentHttpError';

  constructor(
    readonly status: number,
    readonly problem: Problem,
    /** What the server asked to wait, in milliseconds; null if it did not say. */
    readonly retryAfterMs: number | null = null,
  ) {
    super(problem.detail ?? problem.title);
  }
}

/** Frames of a run were deleted by retention before they were read. Those from `earliest` on are there. */
export class AssentGapError extends Error {
  override readonly name = 'AssentGapError';

  constructor(
    readonly runId: string,
    /** seq of the last frame that was read. */
    readonly after: number,
    readonly earliest: number,
  ) {
    super(
      `Frames ${after + 1} to ${earliest - 1} of run ${runId} are gone: go on with {after: ${earliest - 1}}, or pass onGap.`,
    );
  }
}

/** Nobody has served the stream for as long as the caller was ready to wait. `cause` is the last failure. */
export class AssentConnectionError extends Error {
  override readonly name = 'AssentConnectionError';

  constructor(
    readonly runId: string,
    /** seq of the last frame that was read. */
    readonly after: number,
    options?: ErrorOptions,
  ) {
    super(
      `The stream of run ${runId} cannot be reached: go on with {after: ${after}} once the server is back.`,
      options,
    );
  }
}
