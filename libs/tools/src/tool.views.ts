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
import type { RemoteTool } from './tool-adapter.port';
import type { ToolCaller } from './tool.guard';

/** Caller, cancellation and idempotency key of a call; every attempt uses the same key (`runId:step`). */
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
  /** Verdict for a call without arguments. `guard` decides each actual call. */
  readonly verdict: GuardVerdict;
  readonly rule: string;
  readonly breaker: BreakerState;
}

/** A tool of a foreign server as clients of the gateway see it. */
export interface RemoteListing extends RemoteTool {
  /** The name of the tool here. */
  readonly name: string;
  /** Verdict for a call through the gateway without arguments. */
  readonly verdict: GuardVerdict;
}

/** A call to preview. */
export interface CallQuestion extends Omit<ToolCall, 'workspace'> {
  /** Required when several workspaces are configured. */
  readonly workspace?: string | undefined;
  readonly policy?: Narrowing | undefined;
  readonly tainted?: boolean | undefined;
}

/** The verdict on a previewed call, and problems with its arguments. */
export interface CallPreview extends GuardDecision {
  /** Null when there is no such tool. */
  readonly effect: Effect | null;
  readonly problems: { readonly pointer: string; readonly message: string }[];
  readonly breaker: BreakerState | null;
}

export interface Applied {
  readonly outcome: ApplyResult['outcome'];
  /** File states; empty for an external effect. Conflicts are redacted. */
  readonly files: readonly AppliedFile[];
  /** Response of an external effect, redacted and bounded; null for files. */
  readonly output: JsonObject | null;
  /** Outcome of an external effect; null for files, and for an effect that was not applied. */
  readonly effect: EffectOutcome | null;
}
