import type { Effect } from '@assent/contract';

interface StoredFile {
  readonly path: string;
  readonly kind: 'create' | 'modify' | 'delete';
  readonly result: string | null;
  readonly movedFrom?: string;
}

/**
 * The content of a diff as it is stored, hashed and applied. `v: 1`: files of a workspace. `v: 2`: an external effect.
 */
export type StoredContent =
  | { readonly v: 1; readonly files: readonly StoredFile[]; readonly patch: string }
  | { readonly v: 2; readonly summary: string; readonly targets?: readonly string[] };

export function readContent(content: Uint8Array): StoredContent {
  return JSON.parse(Buffer.from(content).toString('utf8')) as StoredContent;
}

/**
 * The text for reviewers, read from the stored content so that it shows the bytes that would be applied: the patch of
 * files, or the summary of an external effect.
 */
export function patchOf(content: Uint8Array): string {
  return textOf(readContent(content));
}

/** Like `patchOf`, of content that is read. */
export function textOf(stored: StoredContent): string {
  return stored.v === 2 ? stored.summary : stored.patch;
}

export function effectOf(stored: StoredContent): Exclude<Effect, 'read'> {
  return stored.v === 2 ? 'external' : 'write';
}
