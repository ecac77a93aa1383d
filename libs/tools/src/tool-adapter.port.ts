import type { AssentError, JsonObject } from '@assent/contract';
import type { ApplyResult } from './apply-files';
import type { ContentDocument, DiffDraft } from './diff-content';
import type { TextFilter } from './redaction';

/** What every call is given. */
export interface ToolContext {
  /** `root`: absolute folder; it MUST NOT appear in a result or a message. */
  readonly workspace: { readonly name: string; readonly root: string };
  /** Aborts at the deadline and when the run is cancelled. An adapter MUST stop, and start no effect, once it has. */
  readonly signal: AbortSignal;
  /** `runId:step`, the same for every attempt of one call. */
  readonly idempotencyKey: string;
  /** Whether the policy lets this call show a path of the workspace. An adapter MUST leave out what it does not. */
  readonly shows: (path: string) => boolean;
  /** Whether the caller may read a path of the workspace with file.read: only then may a message quote the file. */
  readonly quotes: (path: string) => boolean;
  /**
   * Takes secrets out of a text that comes in pieces, and keeps its line breaks. Every answer is redacted, but a secret is known by
   * what stands in front of it: an adapter that answers a part of a text MUST redact all of it before it cuts.
   */
  readonly redaction: () => TextFilter;
  /** What a call means that says nothing about `exact`: a model rewrites a file without minding its line ends. */
  readonly exact: boolean;
}

/**
 * What every tool says of itself. Arguments reach it checked against `inputSchema`. An argument named `path` MUST be a path
 * inside the workspace (or "." for its root): policy rules are matched against it. Failures MUST be AssentErrors whose pointer
 * is relative to the call (`/args/...`); anything else is reported as `internal`.
 */
interface ToolDescription {
  /** `<family>.<verb>`, lower case; never reused for another behaviour. */
  readonly name: string;
  /** For the model and for people: what it does, what it refuses, its limits. */
  readonly description: string;
  /** JSON schema (2020-12) of an object; MUST set `additionalProperties: false` and bound every string and number. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
  /** Cost for the planner, where 1 is one cheap read. */
  readonly effort: number;
  /** Whether running it again with the same key does nothing new. */
  readonly idempotent: boolean;
  /** Milliseconds after which the call ends for the caller. */
  readonly deadlineMs: number;
  /**
   * Every path a call touches, where that is more than the argument `path`; the strictest verdict over them holds. MUST be pure
   * and answer nothing for arguments that are not there. @throws AssentError `invalid` when the arguments do not tell
   */
  paths?(args: JsonObject): readonly string[];
}

/** A tool that changes nothing, and so has nothing to apply. */
export interface ReadAdapter extends ToolDescription {
  readonly effect: 'read';
  /** MUST bound the size of its result and answer the same for the same state. */
  run(args: JsonObject, context: ToolContext): Promise<JsonObject>;
}

/** A tool that changes a workspace, in two halves with a decision between them. */
export interface WriteAdapter extends ToolDescription {
  readonly effect: 'write';
  /** MUST change nothing. */
  dryRun(args: JsonObject, context: ToolContext): Promise<DiffDraft>;
  /** MUST make exactly what `content` says or nothing, only on its base, and MUST be safe to repeat. */
  apply(content: ContentDocument, context: ToolContext): Promise<ApplyResult>;
}

/** An effect outside the files of a workspace, as it is put to a person. */
export interface EffectDraft {
  /** Everything that applying needs and nothing secret: it is stored, hashed, approved, and handed to `apply` as it is. */
  readonly effect: JsonObject;
  /** What a reviewer reads, plain text; lines that begin with + or - where something has a before and an after. */
  readonly summary: string;
  /** Names of what it touches: two effects on one target follow each other, in all replicas. */
  readonly targets: readonly string[];
}

/** How an effect that was carried out went, by what came back. */
export interface EffectReport {
  /** false: it was carried out, and what came back says that it failed. */
  readonly ok: boolean;
  /** Of an HTTP response. */
  readonly status?: number;
  /** Of a program. */
  readonly exitCode?: number;
  /** As an MCP server says it. */
  readonly isError?: boolean;
  /** One sentence for people. */
  readonly message: string;
}

export interface EffectResult {
  /** `already_applied`: an earlier attempt had done it. `stale`: it would not do what was approved; nothing was done. */
  readonly outcome: 'applied' | 'already_applied' | 'stale';
  /** What came back, bounded; for `stale`, what is different now. */
  readonly output: JsonObject;
  /** Absent: it went well. Not for `stale`. */
  readonly report?: EffectReport;
}

/** A tool that changes something outside, in two halves with a decision between them. */
export interface ExternalAdapter extends ToolDescription {
  readonly effect: 'external';
  /** MUST change nothing. null: it would change nothing. */
  dryRun(args: JsonObject, context: ToolContext): Promise<EffectDraft | null>;
  /**
   * MUST do exactly what `effect` says or nothing. It is called again after a crash only when `idempotent` is true, with the
   * same idempotency key; otherwise the run ends with an outcome that is unknown, for a person to look at.
   */
  apply(effect: JsonObject, context: ToolContext): Promise<EffectResult>;
}

/** Tools that are not known for the moment. */
export interface UnavailableTools {
  /** What their names begin with. */
  readonly prefix: string;
  readonly reason: string;
}

export type ToolAdapter = ReadAdapter | WriteAdapter | ExternalAdapter;

/** Whose tools come and go while the server runs: an MCP server, for one. */
export interface ToolSource {
  /** MUST not throw: what cannot be reached now is tried again later, and has no tools until then. */
  start(): Promise<void>;
  /** Idempotent; ends processes, connections and timers. */
  stop(): Promise<void>;
  /** The tools there are now. MUST be cheap. */
  tools(): readonly ToolAdapter[];
  /**
   * Why a tool of this source is temporarily unavailable, retryable; null: it is not of this source, or is gone for
   * good.
   */
  missing?(name: string): AssentError | null;
  /** Which tools of this source are not there for the moment, and why. */
  away?(): readonly UnavailableTools[];
}

/** What one adapter file makes of its section of the tools file (`{}` when it has none). */
export interface ToolFamily {
  /** Name of the section in the tools file. */
  readonly section: string;
  /** JSON schema of the section; strict. */
  readonly settingsSchema: Readonly<Record<string, unknown>>;
  /** @param settings checked against the schema. A family that is off answers nothing. */
  create(settings: JsonObject, host: ToolHost): readonly (ToolAdapter | ToolSource)[];
}

/** What the server lends to its tools. */
export interface ToolHost {
  /** JSON lines; never arguments or outputs. */
  readonly log: {
    info(fields: object, text: string): void;
    warn(fields: object, text: string): void;
  };
  /** Values of secrets by name, from the environment of the server: `secret("ORDERS_DB_URL")`. @throws Error naming the variable when it is not set */
  secret(name: string): string;
  /** For tools that others define and may change. */
  readonly trust: TrustStore;
  /** Value of EGRESS_ALLOW: for an EgressClient. */
  readonly egressAllow?: string | undefined;
}

/** A tool of a foreign server as it is now. */
export interface SeenTool {
  /** Its name here. */
  readonly id: string;
  readonly server: string;
  /** As the server calls it. */
  readonly tool: string;
  /** `sha256:<64 hex>` of what a model and the guard go by. */
  readonly hash: string;
  /** The same, for the trust decision. */
  readonly definition: JsonObject;
}

export interface KnownTool extends Pick<SeenTool, 'tool' | 'hash'> {
  /** null: nobody has trusted it yet. */
  readonly trustedHash: string | null;
}

/** Remembers what foreign tools were when they were trusted. */
export interface TrustStore {
  /** The tools of a server, as they were seen last. */
  known(server: string): Promise<readonly KnownTool[]>;
  /**
   * Remembers what a tool is now. The trust in one that was seen before MUST stay what it is.
   * @param trustNew trusts one that was never seen
   * @returns null when the server has had too many
   */
  see(seen: SeenTool, trustNew: boolean): Promise<KnownTool | null>;
  /** Calls the listener when trust was given in this process; others look again. @returns what ends that */
  onTrust(listener: () => void): () => void;
}
