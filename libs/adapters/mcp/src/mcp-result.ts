import { ContentBlockSchema } from '@modelcontextprotocol/sdk/types.js';
import type { Json, JsonObject } from '@assent/contract';
import { cutText } from '@assent/platform';
import { shownText, type ToolContext } from '@assent/tools';
import { isMembers, type JsonMembers } from './response.tracker';

/** Maximum characters of one result, set by what a model and a frame can take. */
const TEXT_MAX_CHARS = 200_000;
const STRUCTURED_MAX_CHARS = 200_000;
const BLOCKS_MAX = 1_000;
/** 1 MiB in base64. */
const CONTENT_MAX_CHARS = 1_398_200;
const DEPTH_MAX = 32;
const LABEL_MAX_CHARS = 500;
const TOO_MUCH = new Error('more than may be kept');

/**
 * The result of a call as bounded JSON: the texts in order, `structured` unchanged when it is small enough, and the names of
 * omitted parts. Omits images, audio and items of an unknown or invalid form. `isError: true` means that the tool reports a
 * failure.
 */
export function flatten(
  { content, structuredContent, isError }: JsonMembers,
  context: Pick<ToolContext, 'redaction' | 'keepsContent'>,
): JsonObject & { readonly text: string } {
  const omitted: string[] = [];
  const texts: string[] = [];
  const items = itemsOf(content);
  const kept = context.keepsContent ? keptOf(items) : new Map<unknown, Json>();
  for (const item of items.slice(0, BLOCKS_MAX)) {
    const text = textOf(item);
    if (text !== null) texts.push(text);
    else if (!kept.has(item)) omitted.push(labelOf(item));
  }
  if (items.length > BLOCKS_MAX) omitted.push(`${items.length - BLOCKS_MAX} more parts`);
  const structured = structuredContent === undefined ? undefined : boundedJson(structuredContent, STRUCTURED_MAX_CHARS);
  if (structuredContent !== undefined && structured === undefined) {
    omitted.push('structured content: too large or too deep');
  }
  const all = shownText(texts.join('\n'), context, TEXT_MAX_CHARS);
  return {
    text: cutText(all, TEXT_MAX_CHARS),
    ...(structured !== undefined && { structured }),
    ...(saysFailed(isError) && { isError: true }),
    ...(kept.size > 0 && { content: [...kept.values()] }),
    omitted: omitted.map((label) => cutText(shownText(label, context), LABEL_MAX_CHARS)),
    truncated: all.length > TEXT_MAX_CHARS || omitted.length > 0,
  };
}

/**
 * Copies of the items for a client that takes them as they are; empty for a single text. Leaves out items of an unknown form and
 * those beyond the size limit.
 */
function keptOf(items: readonly unknown[]): ReadonlyMap<unknown, Json> {
  const kept = new Map<unknown, Json>();
  if (items.length === 1 && textOf(items[0]) !== null) return kept;
  let left = CONTENT_MAX_CHARS;
  for (const item of items.slice(0, BLOCKS_MAX)) {
    const copy = ContentBlockSchema.safeParse(item).success ? boundedJson(item, left) : undefined;
    if (copy === undefined) continue;
    left -= JSON.stringify(copy).length;
    kept.set(item, copy);
  }
  return kept;
}

/** Only an absent, null or false flag means success; a flag of another type does not. */
function saysFailed(isError: unknown): boolean {
  return isError !== undefined && isError !== null && isError !== false;
}

function itemsOf(content: unknown): readonly unknown[] {
  if (content === undefined || content === null) return [];
  return Array.isArray(content) ? (content as unknown[]) : [content];
}

function textOf(item: unknown): string | null {
  if (!isMembers(item)) return null;
  const { type, text, resource, name, uri } = item;
  if (type === 'text') return typeof text === 'string' ? text : null;
  if (type === 'resource') return isMembers(resource) && typeof resource['text'] === 'string' ? resource['text'] : null;
  if (type !== 'resource_link' || typeof uri !== 'string') return null;
  return `[resource ${typeof name === 'string' ? name : ''}: ${uri}]`;
}

function labelOf(item: unknown): string {
  if (!isMembers(item)) return `an item that is no object: ${typeof item}`;
  const { type, mimeType, data } = item;
  const kind = typeof type === 'string' ? type : 'an item without a type';
  const size = typeof data === 'string' ? `, ${data.length} characters of base64` : '';
  return `${kind}${typeof mimeType === 'string' ? ` ${mimeType}` : ''}${size}`;
}

/** A copy that is within the depth limit and about within the size limit; undefined for a larger value. */
function boundedJson(value: unknown, maxChars: number): Json | undefined {
  let left = maxChars;
  const copy = (item: unknown, depth: number): Json => {
    if (depth > DEPTH_MAX) throw TOO_MUCH;
    left -= typeof item === 'string' ? item.length + 2 : 1;
    if (left < 0) throw TOO_MUCH;
    if (typeof item === 'string' || typeof item === 'boolean' || item === null) return item;
    if (typeof item === 'number') return Number.isFinite(item) ? item : null;
    if (Array.isArray(item)) return item.map((inner: unknown) => copy(inner, depth + 1));
    if (!isMembers(item)) return null;
    const members: [string, Json][] = [];
    for (const name of Object.keys(item)) {
      if (name === '__proto__') continue;
      left -= name.length + 2;
      members.push([name, copy(item[name], depth + 1)]);
    }
    return Object.fromEntries(members);
  };
  try {
    return copy(value, 0);
  } catch (thrown) {
    if (thrown === TOO_MUCH) return undefined;
    throw thrown;
  }
}
