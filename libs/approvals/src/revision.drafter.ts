import type { FileChange, JsonObject, ReviseParams } from '@assent/contract';
import type { DiffRecord } from './diff.repository';

/** The edit of a proposed change: exactly one property is set. */
export type RevisionEdit = Pick<ReviseParams, 'files' | 'patch' | 'hunks' | 'args'>;

export interface RevisionDraft {
  readonly content: Buffer;
  readonly hash: string;
  readonly files: readonly FileChange[];
  /** Arguments of the call, evaluated by policies. */
  readonly args: JsonObject;
  /** The arguments may hold text from outside. */
  readonly tainted: boolean;
}

/** Drafts revisions. Bound by the engine, which knows the tools. */
export abstract class RevisionDrafter {
  /**
   * MUST change nothing, and MUST touch no file that the diff does not touch, unless the tool ran dry under the policy.
   * @throws AssentError invalid, conflict (the edit does not apply), forbidden (the tool policy denies it)
   */
  abstract draft(tenantId: string, diff: DiffRecord, edit: RevisionEdit): Promise<RevisionDraft>;
}
