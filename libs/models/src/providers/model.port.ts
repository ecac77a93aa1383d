import type { JsonObject } from '@assent/contract';

/** The purpose of a call; it selects the prompt and labels ledger rows and metrics. */
export const MODEL_PURPOSES = ['plan', 'compose', 'evaluate', 'judge', 'distil'] as const;
export type ModelPurpose = (typeof MODEL_PURPOSES)[number];

/**
 * Opaque provider data that must be sent back unchanged with a part of an answer: ids, signatures, encrypted reasoning.
 * Keyed by provider.
 */
export type ProviderItems = Readonly<Record<string, JsonObject>>;

/** A part of an answer in the form that the next request sends back. */
export type AnswerPart =
  | { readonly kind: 'text' | 'reasoning'; readonly text: string; readonly items?: ProviderItems }
  | {
      readonly kind: 'call';
      readonly id: string;
      readonly name: string;
      readonly args: JsonObject;
      readonly items?: ProviderItems;
    };

/** The result of a call that the model proposed. */
export interface CallResult {
  /** The id of the call. */
  readonly id: string;
  readonly name: string;
  readonly text: string;
}

/** One message of a conversation. JSON, so that it can be stored. */
export type ModelMessage =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | { readonly role: 'assistant'; readonly content: string | readonly AnswerPart[] }
  /** Follows the answer with the calls; every call of it MUST have its result. */
  | { readonly role: 'tool'; readonly results: readonly CallResult[] };

/** The text of a message, without opaque provider data. */
export function messageText(message: ModelMessage): string {
  if (message.role === 'tool') return message.results.map(({ text }) => text).join('\n');
  if (typeof message.content === 'string') return message.content;
  return message.content
    .map((part) => (part.kind === 'call' ? `${part.name} ${JSON.stringify(part.args)}` : part.text))
    .join('\n');
}

/** A function that a model may propose to call. `name` matches ^[a-zA-Z0-9_-]{1,64}$. */
export interface FunctionOffer {
  readonly name: string;
  readonly description: string;
  /** JSON schema of the arguments, an object. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** A JSON schema that the whole answer must match; every property required, no maps (what `strict` endpoints take). */
export interface AnswerSchema {
  readonly name: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

export interface ModelRequest {
  readonly purpose: ModelPurpose;
  readonly step: number;
  /** Starts at 1; 2 after an unusable first answer. */
  readonly attempt: number;
  /** A system message, if there is one, comes first. */
  readonly messages: readonly ModelMessage[];
  readonly maxOutputTokens: number;
  readonly signal: AbortSignal;
  /** Called once the endpoint has begun to answer. */
  readonly onHeaders: () => void;
}

export interface StreamRequest extends ModelRequest {
  readonly functions: readonly FunctionOffer[];
}

export interface StructuredRequest extends ModelRequest {
  readonly answer: AnswerSchema;
}

/** Token counts as reported by the endpoint. */
export interface ModelUsage {
  /** All input tokens, including cached ones. */
  readonly inputTokens: number;
  /** All output tokens, including reasoning. */
  readonly outputTokens: number;
  /** Input tokens from the provider's cache; absent: none, or not reported. */
  readonly cachedTokens?: number;
}

/** Why the model stopped. `filtered`: the endpoint or the model refused to continue. */
export type EndReason = 'stop' | 'length' | 'calls' | 'filtered' | 'other';

export type ModelEvent =
  | { readonly kind: 'reasoning'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  /** The name of a call that is still being written. */
  | { readonly kind: 'name'; readonly text: string }
  /** A piece of the arguments of such a call. */
  | { readonly kind: 'arguments'; readonly text: string }
  /** A complete call. `problem`: why it cannot be read; `args` is then the unparsed input. */
  | {
      readonly kind: 'call';
      /** Absent: the provider assigns none. */
      readonly id?: string;
      readonly name: string;
      readonly args: unknown;
      readonly problem: string | null;
    }
  /** `usage` null: the endpoint did not say. Its numbers are the endpoint's, so they can be anything. */
  | {
      readonly kind: 'end';
      readonly reason: EndReason;
      readonly usage: ModelUsage | null;
      /** The whole answer in the form that the next request sends back; absent: its text and its calls suffice. */
      readonly parts?: readonly AnswerPart[];
    };

/**
 * A source of model answers. An implementation
 * - MUST yield every piece as it arrives, and `end` exactly once, last, when the model stopped by itself;
 * - MUST throw a `ModelFailure` for every fault, including an answer without an end;
 * - MUST stop at once when `signal` is aborted, leave no connection open, and then throw the signal's reason;
 * - MUST do the same when its consumer stops reading (`return`);
 * - MUST call `onHeaders` when the endpoint begins to answer, and MUST NOT retry: `resilient` retries.
 */
export interface ModelProvider {
  /** Name in frames, in the ledger and in LLM_PROVIDER. */
  readonly name: string;
  readonly model: string;

  /** Loads what calls need; absent: nothing. No clock of a call counts it. Repeated calls are cheap. */
  load?(): Promise<void>;

  /** Free text and proposed calls. */
  stream(request: StreamRequest): AsyncIterable<ModelEvent>;

  /**
   * One JSON text in `text` events. It SHOULD match the schema; callers validate it. It is streamed so that all clocks
   * apply.
   */
  structured(request: StructuredRequest): AsyncIterable<ModelEvent>;
}
