import { AssentError, type FileChange } from '@assent/contract';
import { contentHashOf } from '@assent/platform';
import { schemaCheck } from './json-schema';
import { diffText } from './text-diff';
import { parsePath } from './workspace-path';

/** What a write tool wants: for each file the text it is based on (null: no file) and the text it shall have. */
export interface DiffDraft {
  readonly files: readonly { readonly path: string; readonly base: string | null; readonly result: string }[];
}

/** One file of a content document. */
export interface ContentFile {
  readonly path: string;
  readonly kind: 'create' | 'modify';
  /** Null exactly for `create`. */
  readonly baseHash: string | null;
  readonly resultHash: string;
  /** The whole text the file shall have. */
  readonly result: string;
}

/**
 * What is stored, approved by its hash, and applied: nothing that applying needs stands outside of it. The property order of
 * the text is the order here; new kinds of content get a new version.
 */
export interface ContentDocument {
  readonly v: 1;
  readonly tool: string;
  readonly workspace: string;
  /** By path, in code unit order, no path twice. */
  readonly files: readonly ContentFile[];
  readonly patch: string;
}

/** What a dry run found: either nothing to do, or a change that can be approved. */
export type DryRun =
  | { readonly unchanged: true }
  | {
      readonly unchanged: false;
      /** UTF-8 of the canonical JSON text of the ContentDocument. */
      readonly bytes: Buffer;
      /** `sha256:<64 hex>` of exactly `bytes`. */
      readonly contentHash: string;
      readonly files: readonly FileChange[];
      /** Unified diff that `git apply` accepts. */
      readonly patch: string;
    };

/** @param draft paths checked by parsePath, none twice */
export function buildDiff(tool: string, workspace: string, draft: DiffDraft): DryRun {
  const changed = draft.files.filter((file) => file.base !== file.result).sort((a, b) => (a.path < b.path ? -1 : 1));
  if (changed.length === 0) return { unchanged: true };

  const built = changed.map(({ path, base, result }) => {
    const file: ContentFile = {
      path,
      kind: base === null ? 'create' : 'modify',
      baseHash: base === null ? null : contentHashOf(base),
      resultHash: contentHashOf(result),
      result,
    };
    return { file, diff: diffText(path, base, result) };
  });
  const patch = built.map(({ diff }) => diff.patch).join('');
  const document: ContentDocument = { v: 1, tool, workspace, files: built.map(({ file }) => file), patch };
  const bytes = Buffer.from(JSON.stringify(document));
  const files = built.map(({ file: { path, kind, baseHash, resultHash }, diff: { added, removed } }) => ({
    path,
    kind,
    baseHash,
    resultHash,
    added,
    removed,
  }));
  return { unchanged: false, bytes, contentHash: contentHashOf(bytes), files, patch };
}

/**
 * Reads stored content back.
 * @param expectedHash the hash that was approved
 * @throws AssentError `precondition_failed` when the bytes have another hash; `internal` when they are no content document
 */
export function parseContent(bytes: Uint8Array, expectedHash: string): ContentDocument {
  const hash = contentHashOf(bytes);
  if (hash !== expectedHash) {
    throw new AssentError(
      'precondition_failed',
      `The stored content has the hash ${hash}, not the approved ${expectedHash}. Nothing was applied; ask for a new approval.`,
      { expected: expectedHash, actual: hash },
    );
  }
  const checked = checkContent(readJson(bytes));
  if (!checked.ok) throw unreadable(`${checked.pointer || 'it'} ${checked.problem}`);
  const problem = inconsistency(checked.value.files);
  if (problem) throw unreadable(problem);
  return checked.value;
}

const HASH = { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' };
const TEXT = { type: 'string' };
const checkContent = schemaCheck<ContentDocument>({
  type: 'object',
  properties: {
    v: { const: 1 },
    tool: TEXT,
    workspace: TEXT,
    files: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        properties: {
          path: TEXT,
          kind: { enum: ['create', 'modify'] },
          baseHash: { anyOf: [HASH, { type: 'null' }] },
          resultHash: HASH,
          result: TEXT,
        },
        required: ['path', 'kind', 'baseHash', 'resultHash', 'result'],
        additionalProperties: false,
      },
    },
    patch: TEXT,
  },
  required: ['v', 'tool', 'workspace', 'files', 'patch'],
  additionalProperties: false,
});

function inconsistency(files: readonly ContentFile[]): string | null {
  for (const file of files) {
    parsePath(file.path);
    if ((file.kind === 'create') !== (file.baseHash === null)) return 'a kind and its base hash contradict each other';
    if (contentHashOf(file.result) !== file.resultHash) return 'a result and its hash contradict each other';
  }
  return new Set(files.map((file) => file.path)).size === files.length ? null : 'a path stands twice';
}

function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw unreadable('it is not JSON', { cause });
  }
}

function unreadable(problem: string, options?: ErrorOptions): AssentError {
  return new AssentError(
    'internal',
    `The stored content cannot be read: ${problem}. Nothing was applied; reject it and let the run propose it again.`,
    {},
    options,
  );
}
