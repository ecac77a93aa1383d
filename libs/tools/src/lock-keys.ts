import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { ContentDocument } from './diff-content';
import type { ExternalDocument } from './external-content';
import { workspaceUnavailable } from './workspace-directory';
import { foldPath } from './workspace-path';

/**
 * Keys for `pg_advisory_xact_lock(bigint)`, one for each target: signed 64 bit, sorted (so that two callers never wait for each
 * other in a circle), none twice. Made from the real path, so that workspaces which overlap share them, in a folded spelling, so
 * that two names of one file on a case-insensitive disk do too; a collision only makes somebody wait. Replicas must
 * mount a workspace at the same path.
 */
export function lockKeys(content: Pick<ContentDocument, 'files'>, root: string): bigint[] {
  const real = realRoot(root);
  return inOrder(content.files.map((file) => keyOf(`assent:file:${foldPath(join(real, file.path))}`)));
}

/** The same for an effect outside: tools do not share targets, which they name as they like. */
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
