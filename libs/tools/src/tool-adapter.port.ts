import type { AssentError, JsonObject } from '@assent/contract';
import type { ApplyResult } from './apply-files';
import type { ContentDocument, DiffDraft } from './diff-content';
import type { TextFilter } from './redaction';

/** Context of every call. */
export interface ToolContext {
  /** `root`: absolute folder; it MUST NOT appear in a result or a message. */
  readonly workspace: { readonly name: string; readonly root: string };
  /** Aborts at the deadline and when the run is cancelled. An adapter MUST then stop and start no effect. */
  readonly signal: AbortSignal;
  /** `runId:step`, the same for every attempt of one call. */
  readonly idempotencyKey: string;
  /** Whether the policy lets this call show a path of the workspace. An adapter MUST omit paths that it does not. */
  readonly shows: (path: string) => boolean;
  /** Whether the caller may read a path of the workspace with file.read. Only then may a message quote the file. */
  readonly quotes: (path: string) => boolean;
  /**
   * Returns a filter that redacts a text in chunks and keeps its line breaks. Every output is redacted, but the text before a secret
   * identifies it: an adapter that returns a part of a text MUST redact the whole text before it cuts.
   */
  readonly redaction: () => TextFilter;
  /** Default for calls without `exact`. A model rewrites a file without regard to its line ends. */
  readonly exact: boolean;
  /** Keep pictures and other parts of a foreign tool's result under `content`. */
  readonly keepsContent: boolean;
}

/**
 * Properties of every tool. Arguments are checked against `inputSchema` first. An argument named `path` MUST be a path
 * inside the workspace (or "." for its root), because policy rules match it. Failures MUST be AssentErrors whose pointer
 * is relative to the call (`/args/...`); any other error is reported as `internal`.
 */
interface ToolDescription {
  /** `<family>.<verb>`, lower case; never reused for another behaviour. */
  readonly name: string;
  /** For the model and for people: the tool's purpose, refusals and limits. */
  readonly description: string;
  /** JSON schema (2020-12) of an object; MUST set `additionalProperties: false` and bound every string and number. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
  /** Cost for the planner, where 1 is one cheap read. */
  readonly effort: number;
  /** Whether repeating a call with the same key has no further effect. */
  readonly idempotent: boolean;
  /** Milliseconds after which the call times out for the caller. */
  readonly deadlineMs: number;
  /** Set for a usable tool of a foreign server. */
  readonly remote?: RemoteTool;
  /**
   * Every path a call touches, if more than the argument `path`. The strictest verdict over them applies. MUST be pure and
   * return nothing for missing arguments. @throws AssentError `invalid` when the paths cannot be read from the arguments
   */
  paths?(args: JsonObject): readonly string[];
}

/** The definition that a foreign server gives of its tool. */
export interface RemoteTool {
  readonly server: string;
  /** Hash of what models and the guard rely on. */
  readonly hash: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
  readonly outputSchema?: JsonObject;
  readonly annotations: JsonObject;
  /** Renames the arguments of the server to those of the adapter. */
  toLocal(args: JsonObject): JsonObject;
  /** The inverse of `toLocal`. */
  toRemote(args: JsonObject): JsonObject;
}

/** A tool without effects. */
export interface ReadAdapter extends ToolDescription {
  readonly effect: 'read';
  /** MUST bound the size of its result and return the same result for the same state. */
  run(args: JsonObject, context: ToolContext): Promise<JsonObject>;
}

/** A tool that changes a workspace in two phases, with the approval between them. */
export interface WriteAdapter extends ToolDescription {
  readonly effect: 'write';
  /** MUST change nothing. */
  dryRun(args: JsonObject, context: ToolContext): Promise<DiffDraft>;
  /** MUST apply exactly `content` or nothing, only on its base, and MUST be safe to repeat. */
  apply(content: ContentDocument, context: ToolContext): Promise<ApplyResult>;
}

/** An external effect, outside the files of a workspace, as shown for approval. */
export interface EffectDraft {
  /** Everything that `apply` needs, without secrets. It is stored, hashed, approved, and passed to `apply` unchanged. */
  readonly effect: JsonObject;
  /** Plain text for a reviewer, with lines that begin with + or - for values before and after. */
  readonly summary: string;
  /** Names of what the effect touches. Effects on one target run one after the other, across all replicas. */
  readonly targets: readonly string[];
}

/** How an effect went. */
export interface EffectReport {
  /** false: the effect was carried out, and its response reports a failure. */
  readonly ok: boolean;
  /** Status of an HTTP response. */
  readonly status?: number;
  /** Exit code of a program. */
  readonly exitCode?: number;
  /** Error flag of an MCP server. */
  readonly isError?: boolean;
  /** One sentence for people. */
  readonly message: string;
}

export interface EffectResult {
  /** `already_applied`: an earlier attempt applied it. `stale`: it would no longer do what was approved; nothing was done. */
  readonly outcome: 'applied' | 'already_applied' | 'stale';
  /** Bounded response; for `stale`, the differences. */
  readonly output: JsonObject;
  /** Absent: it succeeded. Not set for `stale`. */
  readonly report?: EffectReport;
}

/** A tool with an external effect, in two phases with the approval between them. */
export interface ExternalAdapter extends ToolDescription {
  readonly effect: 'external';
  /** MUST change nothing. @returns null when the call has no effect */
  dryRun(args: JsonObject, context: ToolContext): Promise<EffectDraft | null>;
  /**
   * MUST apply exactly `effect` or nothing. It is called again after a crash only when `idempotent` is true, with the same
   * idempotency key; otherwise the run ends with an unknown outcome, for a person to check.
   */
  apply(effect: JsonObject, context: ToolContext): Promise<EffectResult>;
}

/** Tools that are temporarily unknown. */
export interface UnavailableTools {
  /** Common prefix of their names. */
  readonly prefix: string;
  readonly reason: string;
}

export type ToolAdapter = ReadAdapter | WriteAdapter | ExternalAdapter;

/** A source whose tools change while the server runs, such as an MCP server. */
export interface ToolSource {
  /** MUST NOT throw. An unreachable server is retried later and has no tools until then. */
  start(): Promise<void>;
  /** Idempotent. Ends processes, connections and timers. */
  stop(): Promise<void>;
  /** The current tools. MUST be cheap. */
  tools(): readonly ToolAdapter[];
  /**
   * A retryable error that says why a tool of this source is temporarily unavailable; null when it is not of this source,
   * or is gone for good.
   */
  missing?(name: string): AssentError | null;
  /** Tools of this source that are temporarily unavailable, with reasons. */
  away?(): readonly UnavailableTools[];
  /** Calls the listener with the names of tools that are new, changed or gone. It MUST NOT throw. */
  onChange?(listener: ToolsListener): void;
}

export type ToolsListener = (tools: readonly string[]) => void;

export type FamilyTools = readonly (ToolAdapter | ToolSource)[];

/** Creates the tools of one adapter file from its section of the tools file (`{}` when it has none). */
export interface ToolFamily<Made = FamilyTools> {
  /** Name of the section in the tools file. */
  readonly section: string;
  /** JSON schema of the section; strict. */
  readonly settingsSchema: Readonly<Record<string, unknown>>;
  /** @param settings checked against the schema. A family that is off returns an empty list. */
  create(settings: JsonObject, host: ToolHost): Made;
}

/** A family that creates its tools now, or after it has loaded code. */
export type AnyToolFamily = ToolFamily<FamilyTools | Promise<FamilyTools>>;

/** Services of the server for its tools. */
export interface ToolHost {
  /** Writes JSON lines. They never contain arguments or outputs. */
  readonly log: {
    info(fields: object, text: string): void;
    warn(fields: object, text: string): void;
  };
  /** Value of a secret from the server's environment: `secret("ORDERS_DB_URL")`. @throws Error naming the variable when it is not set */
  secret(name: string): string;
  /** Redacts text of a foreign server outside of a call, such as a description. Before it is cut: half of a secret is not recognized. */
  redact(text: string): string;
  /** For tools whose definitions come from others and may change. */
  readonly trust: TrustStore;
  /** Value of EGRESS_ALLOW, for an EgressClient. */
  readonly egressAllow?: string | undefined;
}

/** The current definition of a tool of a foreign server. */
export interface SeenTool {
  /** Local name. */
  readonly id: string;
  readonly server: string;
  /** Name on the server. */
  readonly tool: string;
  /** `sha256:<64 hex>` of the definition. */
  readonly hash: string;
  /** The parts of the definition that models and the guard rely on, for the trust decision. */
  readonly definition: JsonObject;
}

export interface KnownTool extends Pick<SeenTool, 'tool' | 'hash'> {
  /** null: not trusted yet. */
  readonly trustedHash: string | null;
}

/** Stores the definitions of foreign tools that were trusted. */
export interface TrustStore {
  /** The tools of a server as last seen. */
  known(server: string): Promise<readonly KnownTool[]>;
  /**
   * Stores the current definition of a tool. The trust in a known tool MUST NOT change.
   * @param trustNew trusts a tool that was never seen
   * @returns null when the server has reached its limit
   */
  see(seen: SeenTool, trustNew: boolean): Promise<KnownTool | null>;
  /** Calls the listener when trust was given in this process. Other processes must poll. @returns a function that unsubscribes */
  onTrust(listener: () => void): () => void;
}
