import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { ContentDocument } from './diff-content';
import type { ExternalDocument } from './external-content';
import { workspaceUnavailable } from './workspace-directory';
import { foldPath } from './workspace-path';

/**
 * Keys for `pg_advisory_xact_lock(bigint)`, one for each target: signed 64 bit, unique, and sorted, so that two callers cannot
 * deadlock. Built from the real path, so that overlapping workspaces share keys, in a case-folded spelling, so that two names of
 * one file on a case-insensitive disk do too. A collision only causes waiting. Replicas must mount a workspace at the same path.
 */
export function lockKeys(content: Pick<ContentDocument, 'files'>, root: string): bigint[] {
  const real = realRoot(root);
  return inOrder(content.files.map((file) => keyOf(`assent:file:${foldPath(join(real, file.path))}`)));
}

/** Lock keys of an external effect. Keys include the tool, because tools choose their own target names. */
export function targetKeys({ tool, targets }: Pick<ExternalDocument, 'tool' | 'targets'>): bigint[] {
  return inOrder(targets.map((target) => keyOf(`assent:target:${JSON.stringify([tool, target])}`)));
}

function inOrder(keys: readonly bigint[]): bigint[] {
  return [...new Set(keys)].sort((a, b) => (a < b ? -1 : 1));
}

function realRoot(root: string): string {
  try {
    return realpathSync.native(root);
  } catch (cause) {
    throw workspaceUnavailable(cause);
  }
}

function keyOf(name: string): bigint {
  return createHash('sha256').update(name).digest().readBigInt64BE();
}
