/** What a call does to the world. `read`: nothing changes. `write`: something in a workspace changes. `external`: something outside changes. */
export type Effect = 'read' | 'write' | 'external';

/** The guard's answer for one call. */
export type GuardVerdict = 'allow' | 'ask' | 'deny';

/** A JSON value as it travels on the wire. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = Readonly<Record<string, Json>>;

/** One tool call as the planner chose it. */
export interface ToolCall {
  readonly tool: string;
  readonly args: JsonObject;
  /** Name of a configured workspace. */
  readonly workspace: string;
}

/** The guard's verdict with the rule that gave it, as `tool.guarded` tells it. */
export interface GuardDecision {
  readonly verdict: GuardVerdict;
  /** Id of the rule that decided, e.g. `default.write`, or the policy file's own rule id. */
  readonly rule: string;
  /** One sentence for people. */
  readonly reason: string;
}

/** Of a tool's circuit breaker. `open`: it is not called for a while. `half_open`: the next call finds out whether it works again. */
export const BREAKER_STATES = ['closed', 'open', 'half_open'] as const;
export type BreakerState = (typeof BREAKER_STATES)[number];

export const FILE_CHANGE_KINDS = ['create', 'modify', 'delete'] as const;
export type FileChangeKind = (typeof FILE_CHANGE_KINDS)[number];

/** How the lines of a text end. */
export const LINE_ENDS = ['lf', 'crlf', 'cr', 'mixed'] as const;
export type LineEnds = (typeof LINE_ENDS)[number];

/** What a change does to the form of a file, beside its lines. `mode`: four octal digits. */
export type FormatChange =
  | { readonly kind: 'line_ends'; readonly before: LineEnds; readonly after: LineEnds }
  | { readonly kind: 'bom' | 'final_newline'; readonly before: boolean; readonly after: boolean }
  | { readonly kind: 'mode'; readonly before: string; readonly after: string };

/** One file of a diff. Hashes are `sha256:<64 hex>`, `null` for a file that does not exist on that side. `added` and `removed` count lines. */
export interface FileChange {
  readonly path: string;
  readonly kind: FileChangeKind;
  readonly baseHash: string | null;
  readonly resultHash: string | null;
  readonly added: number;
  readonly removed: number;
  /** Absent: the form of the file stays. */
  readonly changes?: FormatChange[];
}
