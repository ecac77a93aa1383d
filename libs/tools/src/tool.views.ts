import type {
  BreakerState,
  Effect,
  EffectOutcome,
  GuardDecision,
  JsonObject,
  ToolCall,
  GuardVerdict,
} from '@assent/contract';
import type { AppliedFile, ApplyResult } from './apply-files';
import type { Narrowing } from './guard';
import type { ToolCaller } from './tool.guard';

/** How a call is made: on whose behalf, its cancellation, and the key every attempt of it has (`runId:step`). */
export interface CallOptions {
  readonly caller: ToolCaller;
  readonly signal: AbortSignal;
  readonly idempotencyKey: string;
}

/** One row of `tool/list`. */
export interface ToolListing {
  readonly name: string;
  readonly description: string;
  readonly effect: Effect;
  readonly effort: number;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  /** For a call without arguments; `guard` decides each call. */
  readonly verdict: GuardVerdict;
  readonly rule: string;
  readonly breaker: BreakerState;
}

/** A call that somebody asks about. */
export interface CallQuestion extends Omit<ToolCall, 'workspace'> {
  /** Needed where several are configured. */
  readonly workspace?: string | undefined;
  readonly policy?: Narrowing | undefined;
  readonly tainted?: boolean | undefined;
}

/** What would happen with a call. */
export interface CallPreview extends GuardDecision {
  /** Null: there is no such tool. */
  readonly effect: Effect | null;
  readonly problems: { readonly pointer: string; readonly message: string }[];
  readonly breaker: BreakerState | null;
}

export interface Applied {
  readonly outcome: ApplyResult['outcome'];
  /** Of an effect outside: none. Conflicts are redacted. */
  readonly files: readonly AppliedFile[];
  /** What an effect outside answered, redacted and bounded; null for files. */
  readonly output: JsonObject | null;
  /** How an effect outside went; null for files, and for what was not done. */
  readonly effect: EffectOutcome | null;
}
