import type { JsonObject } from '@assent/contract';

/** What a call is for: it names the prompt, the rows of the ledger and the series of the metrics. */
export const MODEL_PURPOSES = ['plan', 'compose', 'evaluate', 'judge', 'distil'] as const;
export type ModelPurpose = (typeof MODEL_PURPOSES)[number];

/** What a provider wants back unchanged with a part of its answer: ids, signatures, encrypted reasoning. By provider. */
export type ProviderItems = Readonly<Record<string, JsonObject>>;

/** A part of an answer, as it goes back to the provider with the next request. */
export type AnswerPart =
  | { readonly kind: 'text' | 'reasoning'; readonly text: string; readonly items?: ProviderItems }
  | {
      readonly kind: 'call';
      readonly id: string;
      readonly name: string;
      readonly args: JsonObject;
      readonly items?: ProviderItems;
    };

/** What came of a call of the model. */
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

/** The words of a message, without what only the provider can read. */
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
  /** Starts at 1; 2 when the first answer could not be used. */
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

/** Tokens, as the endpoint counts them. */
export interface ModelUsage {
  /** All of them, those from the cache among them. */
  readonly inputTokens: number;
  /** All of them, reasoning among them. */
  readonly outputTokens: number;
  /** Of the input, read from the provider's cache; absent: none, or it does not say. */
  readonly cachedTokens?: number;
}

/** Why a model stopped by itself. `filtered`: the endpoint or the model refused to go on. */
export type EndReason = 'stop' | 'length' | 'calls' | 'filtered' | 'other';

export type ModelEvent =
  | { readonly kind: 'reasoning'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  /** The name of a call that is still being written. */
  | { readonly kind: 'name'; readonly text: string }
  /** A piece of the arguments of such a call. */
  | { readonly kind: 'arguments'; readonly text: string }
  /** A whole call. `problem`: why it cannot be read; `args` is what came then. */
  | {
      readonly kind: 'call';
      /** Absent: the provider names none. */
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
      /** The whole answer as it goes back to the provider; absent: its text and its calls say all. */
      readonly parts?: readonly AnswerPart[];
    };

/**
 * A source of model answers. An implementation
 * - MUST yield every piece as it comes, and `end` exactly once, last, when the model stopped by itself;
 * - MUST throw a `ModelFailure` for everything that goes wrong, an answer without an end among it;
 * - MUST stop at once when `signal` is aborted, leave no connection open, and then throw the signal's reason;
 * - MUST do the same when its consumer stops reading (`return`);
 * - MUST call `onHeaders` when the endpoint begins to answer, and MUST NOT retry: that is the work of `resilient`.
 */
export interface ModelProvider {
  /** As it stands in frames, in the ledger and in LLM_PROVIDER. */
  readonly name: string;
  readonly model: string;

  /** Free text and proposed calls. */
  stream(request: StreamRequest): AsyncIterable<ModelEvent>;

  /** One JSON text in `text` events; it SHOULD match the schema, callers check. Streamed too, so that all clocks hold. */
  structured(request: StructuredRequest): AsyncIterable<ModelEvent>;
}
