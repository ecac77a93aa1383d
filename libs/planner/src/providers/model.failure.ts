/** How a call of a model ended badly. */
export const FAILURE_OUTCOMES = [
  'rate_limited',
  'server_error',
  'rejected',
  'connection',
  'malformed',
  'too_long',
  'timeout_headers',
  'timeout_first_content',
  'timeout_gap',
  'timeout_total',
] as const;
export type FailureOutcome = (typeof FAILURE_OUTCOMES)[number];

/** Tried again by themselves, as long as nothing of the answer was passed on. */
const RETRYABLE: ReadonlySet<FailureOutcome> = new Set<FailureOutcome>(['rate_limited', 'server_error', 'connection']);

export interface FailureDetails {
  readonly status?: number;
  /** What the endpoint asked to wait. */
  readonly retryAfterMs?: number;
}

/** A call of a model that failed. The message says what happened; it never holds a key or a prompt. */
export class ModelFailure extends Error {
  override readonly name: string = 'ModelFailure';

  constructor(
    readonly outcome: FailureOutcome,
    message: string,
    readonly details: FailureDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  get retryable(): boolean {
    return RETRYABLE.has(this.outcome);
  }
}

export type ModelClock = 'headers' | 'first_content' | 'gap' | 'total';

const WAITED_FOR: Readonly<Record<ModelClock, string>> = {
  headers: 'did not begin to answer',
  first_content: 'sent no content',
  gap: 'sent no further content',
  total: 'did not finish',
};

const VARIABLE: Readonly<Record<ModelClock, string>> = {
  headers: 'LLM_HEADERS_TIMEOUT_MS',
  first_content: 'LLM_FIRST_CONTENT_TIMEOUT_MS',
  gap: 'LLM_GAP_TIMEOUT_MS',
  total: 'LLM_TOTAL_TIMEOUT_MS',
};

/** One of the four clocks has run out. */
export class ModelTimeout extends ModelFailure {
  override readonly name = 'ModelTimeout';

  constructor(
    readonly clock: ModelClock,
    readonly afterMs: number,
  ) {
    super(`timeout_${clock}`, `The model ${WAITED_FOR[clock]} within ${afterMs} ms (${VARIABLE[clock]}).`);
  }
}
