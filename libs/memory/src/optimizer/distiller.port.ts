import type { CallerOp } from '@assent/contract';

/** Runs of an agent for one goal with mixed outcomes, and the remembered lessons. Texts are redacted. */
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
  /** The answer cannot be read as operations. */
  | { readonly kind: 'unparsed'; readonly text: string; readonly problem: string }
  /** No call may be made; `own`: by `tokens`, else by another budget. */
  | { readonly kind: 'exhausted'; readonly own: boolean; readonly problem: string }
  | { readonly kind: 'failed'; readonly problem: string }
);

/**
 * Lets a model read runs. Memory checks its proposal like a plan from outside. An implementation
 * - MUST reserve the maximum use of a call before it is made, against `tokens` and the use of all calls of the same
 * `memoryRunId` on any replica;
 * - MUST mark every text of the request as data in the prompt, so that none can end its mark;
 * - MUST ask at most twice, and MUST throw the reason of the signal when it is aborted;
 * - MUST NOT change memory.
 */
export interface Distiller {
  readonly isConfigured: boolean;
  distil(request: DistilRequest): Promise<Distilled>;
}
