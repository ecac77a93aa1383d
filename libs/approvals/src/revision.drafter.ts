import { Injectable } from '@nestjs/common';
import { AssentError, type FileChange, type JsonObject, type ReviseParams } from '@assent/contract';
import type { DiffRecord } from './diff.repository';

/** How a proposed change is to be changed: one of them. */
export type RevisionEdit = Pick<ReviseParams, 'files' | 'patch' | 'hunks' | 'args'>;

export interface RevisionDraft {
  readonly content: Buffer;
  readonly hash: string;
  readonly files: readonly FileChange[];
  /** Of the call; what a policy looks at. */
  readonly args: JsonObject;
  /** The arguments may hold text from outside. */
  readonly tainted: boolean;
}

/** Makes revisions. Implemented by the engine, which knows the tools. */
export interface RevisionDrafter {
  /**
   * MUST change nothing, and MUST touch no file that the diff does not touch, unless the tool was tried dry under the policy.
   * @throws AssentError invalid, conflict (it does not fit), forbidden (the tool policy denies it)
   */
  draft(tenantId: string, diff: DiffRecord, edit: RevisionEdit): Promise<RevisionDraft>;
}

/** The door between approvals and whoever makes revisions. */
@Injectable()
export class RevisionDrafters {
  private drafter: RevisionDrafter | null = null;

  connect(drafter: RevisionDrafter): void {
    this.drafter = drafter;
  }

  draft(tenantId: string, diff: DiffRecord, edit: RevisionEdit): Promise<RevisionDraft> {
    if (this.drafter) return this.drafter.draft(tenantId, diff, edit);
    return Promise.reject(new AssentError('draining', 'This replica makes no revisions at the moment: try again.'));
  }
}
