/** The outcome of a failed model call. */
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

const STATUS_TOO_MANY = 429;
const STATUS_SERVER_ERROR = 500;

/** The outcome for the HTTP status of a refusal. */
export function outcomeOfStatus(status: number): FailureOutcome {
  if (status === STATUS_TOO_MANY) return 'rate_limited';
  return status >= STATUS_SERVER_ERROR ? 'server_error' : 'rejected';
}

/** Remedies by outcome, for statuses without a remedy of their own. */
const ADVICE: Readonly<Record<FailureOutcome, string>> = {
  rate_limited: 'Wait and start the run again, or raise the limits of the account at the provider.',
  server_error: 'The endpoint failed: start the run again later, or use another endpoint.',
  rejected: 'Correct what the endpoint names and start the run again.',
  connection: 'Check that the endpoint (LLM_BASE_URL) can be reached from this server, and start the run again.',
  malformed: 'Check that LLM_BASE_URL is the address of the API that LLM_PROVIDER names, not of a web page.',
  too_long: 'Start the run again with a smaller goal, or use another model.',
  timeout_headers: 'Raise LLM_HEADERS_TIMEOUT_MS, or use a faster model.',
  timeout_first_content: 'Raise LLM_FIRST_CONTENT_TIMEOUT_MS, or use a faster model.',
  timeout_gap: 'Raise LLM_GAP_TIMEOUT_MS, or use a faster model.',
  timeout_total: 'Raise LLM_TOTAL_TIMEOUT_MS, or use a faster model.',
};

const STATUS_ADVICE: Readonly<Record<number, string>> = {
  400: 'Correct the setting that the endpoint names (LLM_MAX_TOKENS_FIELD, LLM_REASONING_EFFORT, LLM_TEMPERATURE, LLM_EXTRA_BODY), or use another model.',
  401: 'Check LLM_API_KEY.',
  402: 'Check the balance of the account at the provider.',
  403: 'Check the permissions of LLM_API_KEY.',
  404: 'Check LLM_MODEL and the path of LLM_BASE_URL.',
  413: 'The prompt is too long for the endpoint: start the run again with a smaller goal or context.',
  422: 'Correct the setting that the endpoint names (LLM_MAX_TOKENS_FIELD, LLM_REASONING_EFFORT, LLM_TEMPERATURE, LLM_EXTRA_BODY), or use another model.',
};
/** Phrases by which endpoints report a prompt that is longer than the context window. */
const TOO_LONG_PROMPT = /context[ _-]?(length|window)|prompt is too long|maximum context|too many (input )?tokens/i;

/** Outcomes that are retried automatically until a part of the answer was passed on. */
const RETRYABLE: ReadonlySet<FailureOutcome> = new Set<FailureOutcome>(['rate_limited', 'server_error', 'connection']);

export interface FailureDetails {
  readonly status?: number;
  /** The pause that the endpoint requested. */
  readonly retryAfterMs?: number;
}

/** A failed model call. The message never holds a key or a prompt. */
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

  /** The remedy, as a sentence that fits the failure. */
  get advice(): string {
    const { outcome, details, message } = this;
    if (outcome === 'rejected' && TOO_LONG_PROMPT.test(message)) return STATUS_ADVICE[413] ?? ADVICE.rejected;
    const byStatus = outcome === 'rejected' && details.status !== undefined ? STATUS_ADVICE[details.status] : undefined;
    return byStatus ?? ADVICE[outcome];
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

/** One of the four clocks has expired. */
export class ModelTimeout extends ModelFailure {
  override readonly name = 'ModelTimeout';

  constructor(
    readonly clock: ModelClock,
    readonly afterMs: number,
  ) {
    super(`timeout_${clock}`, `The model ${WAITED_FOR[clock]} within ${afterMs} ms (${VARIABLE[clock]}).`);
  }
}
