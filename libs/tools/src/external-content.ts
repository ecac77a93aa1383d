import { AssentError, type JsonObject } from '@assent/contract';
import { contentHashOf } from '@assent/platform';
import type { EffectDraft } from './tool-adapter.port';
import { checkedContent, readStored, unreadableContent, type ContentDocument, type DryRun } from './diff-content';
import { ownSchemaCheck } from './json-schema';

/** Maximum UTF-8 bytes of a document. A reviewer must be able to read it, and a row to hold it. */
const DOCUMENT_MAX_BYTES = 4_194_304;
const SUMMARY_MAX_CHARS = 200_000;
const TARGETS_MAX = 64;
const TARGET_MAX_CHARS = 1_024;
const UNSEEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const HEX = 16;

/**
 * An external effect as stored, approved by its hash, and applied. The properties of the text are in this order.
 */
export interface ExternalDocument {
  readonly v: 2;
  readonly tool: string;
  readonly workspace: string;
  readonly effect: JsonObject;
  readonly summary: string;
  /** Sorted, without duplicates. */
  readonly targets: readonly string[];
}

/**
 * @param draft with a summary that contains no secrets; null: no effect
 * @throws AssentError `invalid` for a draft that is too large to store
 */
export function buildExternal(tool: string, workspace: string, draft: EffectDraft | null): DryRun {
  if (!draft) return { unchanged: true };
  const targets = [...new Set(draft.targets)].sort();
  if (targets.length > TARGETS_MAX || targets.some((target) => target.length > TARGET_MAX_CHARS)) {
    throw tooLarge(
      tool,
      `touches more than ${TARGETS_MAX} targets, or one with a longer name than ${TARGET_MAX_CHARS}`,
    );
  }
  const summary = asRead(draft.summary);
  // A reviewer must see everything that the approval covers.
  if (summary.length > SUMMARY_MAX_CHARS)
    throw tooLarge(tool, `takes more than ${SUMMARY_MAX_CHARS} characters to tell`);
  const document: ExternalDocument = { v: 2, tool, workspace, effect: draft.effect, summary, targets };
  const bytes = Buffer.from(JSON.stringify(document));
  if (bytes.length > DOCUMENT_MAX_BYTES) throw tooLarge(tool, `has more than ${DOCUMENT_MAX_BYTES} bytes`);
  return { unchanged: false, bytes, contentHash: contentHashOf(bytes), files: [], patch: summary };
}

/**
 * Parses stored content of either kind.
 * @param expectedHash the hash that was approved
 * @throws AssentError `precondition_failed` when the bytes have another hash; `internal` when they are not a content document
 */
export function parseStored(bytes: Uint8Array, expectedHash: string): ContentDocument | ExternalDocument {
  const value = readStored(bytes, expectedHash);
  if ((value as { readonly v?: unknown } | null)?.v !== 2) return checkedContent(value);
  const checked = checkExternal(value);
  if (checked.ok) return checked.value;
  throw unreadableContent(`${checked.pointer || 'it'} ${checked.problem}`);
}

const TEXT = { type: 'string' };
const checkExternal = ownSchemaCheck<ExternalDocument>({
  type: 'object',
  properties: {
    v: { const: 2 },
    tool: TEXT,
    workspace: TEXT,
    effect: { type: 'object' },
    summary: TEXT,
    targets: { type: 'array', maxItems: TARGETS_MAX, items: TEXT },
  },
  required: ['v', 'tool', 'workspace', 'effect', 'summary', 'targets'],
  additionalProperties: false,
});

/** Replaces invisible characters, and characters that change the reading order, by their code points. */
function asRead(summary: string): string {
  return summary.replaceAll(UNSEEN, (char) => `<U+${(char.codePointAt(0) ?? 0).toString(HEX).toUpperCase()}>`);
}

function tooLarge(tool: string, problem: string): AssentError {
  return new AssentError(
    'invalid',
    `The effect of this call of ${tool} ${problem}: make it smaller, or several calls.`,
    {
      pointer: '/args',
    },
  );
}
