import type { JsonObject } from '@assent/contract';
import type { ApplyResult } from '../apply-files';
import type { ContentDocument, DiffDraft } from '../diff-content';

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

export type ToolAdapter = ReadAdapter | WriteAdapter;
