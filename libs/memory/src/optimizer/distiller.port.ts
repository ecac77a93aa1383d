import type { CallerOp } from '@assent/contract';

/** Runs of an agent for one goal of which some went well and some did not, and what is remembered for it. Texts are redacted. */
export interface DistilRequest {
  readonly memoryRunId: string;
  readonly tenantId: string;
  readonly goal: string;
  readonly worked: readonly string[];
  readonly failed: readonly string[];
  readonly lessons: readonly { readonly fragmentId: string; readonly text: string }[];
  /** Operations that may be proposed. */
  readonly maxOps: number;
  /** Tokens that all calls for this memory run may use. */
  readonly tokens: number;
  readonly signal: AbortSignal;
}

/** The result and the tokens used. `problem`: a sentence. */
export type Distilled = { readonly tokens: number } & (
  | { readonly kind: 'read'; readonly ops: readonly CallerOp[] }
  /** What was said cannot be read as operations. */
  | { readonly kind: 'unparsed'; readonly text: string; readonly problem: string }
  /** No call may be made; `own`: by `tokens`, else by another budget. */
  | { readonly kind: 'exhausted'; readonly own: boolean; readonly problem: string }
  | { readonly kind: 'failed'; readonly problem: string }
);

/**
 * Reads runs by a model. What it proposes is checked by memory like the plan of a stranger. An implementation
 * - MUST reserve what a call can use before it is made, against `tokens` and what calls of the same `memoryRunId` have used, on
 *   whichever replica;
 * - MUST mark every text of the request as data in the prompt, so that none can end its mark;
 * - MUST ask at most twice, and MUST throw the reason of the signal when it is aborted;
 * - MUST NOT change memory.
 */
export interface Distiller {
  readonly isConfigured: boolean;
  distil(request: DistilRequest): Promise<Distilled>;
}
