import { Injectable } from '@nestjs/common';
import { AssentError } from '@assent/contract';
import { Config } from '@assent/platform';
import { readBase, readFileAt } from './file-target';
import { reversal } from './content-reversal';
import { rebaseContent, reviseContent, type ContentEdit } from './content-revision';
import type { DryRun } from './diff-content';
import { parseStored } from './external-content';

/** Creates revised versions of a stored file change. Applies nothing. */
@Injectable()
export class ToolRevisions {
  constructor(private readonly config: Config) {}

  /** @throws AssentError like reviseContent; invalid for an external effect, which has no text to change */
  revise(bytes: Uint8Array, hash: string, edit: ContentEdit): DryRun {
    const content = parseStored(bytes, hash);
    if (content.v === 1) return reviseContent(content, edit);
    throw new AssentError(
      'invalid',
      `A call of ${content.tool} has no files: revise it by its arguments, with "args".`,
      { pointer: '/args' },
    );
  }

  /** Rebases the change on the current files; null when it does not fit them, or they cannot be read. */
  async rebase(bytes: Uint8Array, hash: string): Promise<DryRun | null> {
    const content = parseStored(bytes, hash);
    const root = this.config.workspaces.get(content.workspace);
    if (content.v === 2 || root === undefined) return null;
    try {
      return await rebaseContent(content, (path) => readBase(root, path));
    } catch (thrown) {
      // A target is not a plain text file any more. The stale outcome already reports that.
      if (thrown instanceof AssentError) return null;
      throw thrown;
    }
  }

  /**
   * The patch that undoes an applied change.
   * @throws AssentError `conflict` for an external effect, and when the workspace is no longer as the change left it
   */
  async reversal(bytes: Uint8Array, hash: string): Promise<string> {
    const content = parseStored(bytes, hash);
    const root = this.config.workspaces.get(content.workspace);
    if (content.v === 2) {
      throw new AssentError(
        'conflict',
        `The change cannot be reverted: ${content.tool} changed no files of a workspace.`,
      );
    }
    if (root === undefined) {
      throw new AssentError('conflict', `The change cannot be reverted: there is no workspace ${content.workspace}.`);
    }
    return reversal(content, async (path) => (await readFileAt(root, path))?.hash ?? null);
  }
}
