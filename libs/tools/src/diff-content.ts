import { AssentError, type FileChange } from '@assent/contract';
import { contentHashOf } from '@assent/platform';
import { inconsistency, storedFiles, type ContentFile, type DiffDraft } from './content-file';
import { ownSchemaCheck } from './json-schema';

export type { ContentFile, DiffDraft } from './content-file';

/**
 * The document that is stored, approved by its hash, and applied. It contains everything that applying needs. The properties
 * of the text are in this order; new kinds of content get a new version.
 */
export interface ContentDocument {
  readonly v: 1;
  readonly tool: string;
  readonly workspace: string;
  /** Sorted by path in code unit order, without duplicate paths. */
  readonly files: readonly ContentFile[];
  readonly patch: string;
}

/** Result of a dry run: no change, or a change that can be approved. */
export type DryRun =
  | { readonly unchanged: true }
  | {
      readonly unchanged: false;
      /** UTF-8 of the canonical JSON text of the ContentDocument. */
      readonly bytes: Buffer;
      /** `sha256:<64 hex>` of exactly `bytes`. */
      readonly contentHash: string;
      readonly files: readonly FileChange[];
      /** Unified diff that `git apply` accepts; for an external effect, its summary. */
      readonly patch: string;
    };

/** @param draft paths checked by parsePath and unique; includes each file that a `movedFrom` names, used once */
export function buildDiff(tool: string, workspace: string, draft: DiffDraft): DryRun {
  const changed = draft.files.filter((file) => file.base !== file.result).sort((a, b) => (a.path < b.path ? -1 : 1));
  if (changed.length === 0) return { unchanged: true };

  const built = storedFiles(changed);
  const patch = built.map(({ diff }) => diff.patch).join('');
  const document: ContentDocument = { v: 1, tool, workspace, files: built.map(({ file }) => file), patch };
  const bytes = Buffer.from(JSON.stringify(document));
  const files = built.map(({ file: { path, kind, baseHash, resultHash }, diff: { added, removed }, changes }) => ({
    path,
    kind,
    baseHash,
    resultHash,
    added,
    removed,
    ...(changes.length === 0 ? {} : { changes }),
  }));
  return { unchanged: false, bytes, contentHash: contentHashOf(bytes), files, patch };
}

/** @throws AssentError like `parseStored` */
export function parseContent(bytes: Uint8Array, expectedHash: string): ContentDocument {
  return checkedContent(readStored(bytes, expectedHash));
}

/** @throws AssentError `internal` when the value is not a content document */
export function checkedContent(value: unknown): ContentDocument {
  const checked = checkContent(value);
  if (!checked.ok) throw unreadableContent(`${checked.pointer || 'it'} ${checked.problem}`);
  const problem = inconsistency(checked.value.files);
  if (problem) throw unreadableContent(problem);
  return checked.value;
}

/**
 * The JSON value of stored bytes.
 * @param expectedHash the hash that was approved
 * @throws AssentError `precondition_failed` when the bytes have another hash; `internal` when they are not JSON
 */
export function readStored(bytes: Uint8Array, expectedHash: string): unknown {
  const hash = contentHashOf(bytes);
  if (hash !== expectedHash) {
    throw new AssentError(
      'precondition_failed',
      `The stored content has the hash ${hash}, not the approved ${expectedHash}. Nothing was applied; ask for a new approval.`,
      { expected: expectedHash, actual: hash },
    );
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw unreadableContent('it is not JSON', { cause });
  }
}

/** @param problem follows a colon */
export function unreadableContent(problem: string, options?: ErrorOptions): AssentError {
  return new AssentError(
    'internal',
    `The stored content cannot be read: ${problem}. Nothing was applied; reject it and let the run propose it again.`,
    {},
    options,
  );
}

const HASH = { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' };
const TEXT = { type: 'string' };
const checkContent = ownSchemaCheck<ContentDocument>({
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
          kind: { enum: ['create', 'modify', 'delete'] },
          baseHash: { anyOf: [HASH, { type: 'null' }] },
          resultHash: { anyOf: [HASH, { type: 'null' }] },
          result: { anyOf: [TEXT, { type: 'null' }] },
          movedFrom: TEXT,
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
