import type { Json, JsonObject } from '@assent/contract';

/** Characters of one answer: what a model can take in, and a frame can carry. */
const TEXT_MAX_CHARS = 200_000;
const STRUCTURED_MAX_CHARS = 200_000;
const BLOCKS_MAX = 1_000;
const DEPTH_MAX = 32;
const LABEL_MAX_CHARS = 500;
const FAILURE_MAX_CHARS = 500;

/** One block of an answer, by any version of the protocol. */
export interface McpBlock {
  readonly type: string;
  readonly [name: string]: unknown;
}

/**
 * An answer as bounded JSON that the database can hold: the texts in their order, `structured` as it is when it is small
 * enough, and what was left out by name. Pictures and sound are never passed on.
 */
export function flatten(content: readonly McpBlock[], structured: unknown): JsonObject {
  const omitted: string[] = [];
  const texts: string[] = [];
  for (const block of content.slice(0, BLOCKS_MAX)) {
    const text = textOf(block);
    if (text === null) omitted.push(labelOf(block));
    else texts.push(text);
  }
  if (content.length > BLOCKS_MAX) omitted.push(`${content.length - BLOCKS_MAX} more parts`);
  const all = texts.join('\n');
  const data = structured === undefined ? undefined : storable(structured, 0);
  const fits = data !== undefined && JSON.stringify(data).length <= STRUCTURED_MAX_CHARS;
  if (structured !== undefined && !fits) omitted.push('structured content: too large or too deep');
  return {
    text: clean(all.slice(0, TEXT_MAX_CHARS)),
    ...(fits && { structured: data }),
    omitted: omitted.map((label) => clean(label.slice(0, LABEL_MAX_CHARS))),
    truncated: all.length > TEXT_MAX_CHARS || omitted.length > 0,
  };
}

/** What a tool says of its failure, for a message: one line, bounded. */
export function failureText(content: readonly McpBlock[]): string {
  const text = content.slice(0, BLOCKS_MAX).map((block) => textOf(block) ?? '');
  return clean(
    text
      .join(' ')
      .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
      .trim()
      .slice(0, FAILURE_MAX_CHARS),
  );
}

function textOf(block: McpBlock): string | null {
  switch (block.type) {
    case 'text':
      return typeof block['text'] === 'string' ? block['text'] : '';
    case 'resource': {
      const resource = block['resource'];
      const text: unknown =
        typeof resource === 'object' && resource !== null && 'text' in resource ? resource.text : null;
      return typeof text === 'string' ? text : null;
    }
    case 'resource_link':
      return `[resource ${String(block['name'])}: ${String(block['uri'])}]`;
    default:
      return null;
  }
}

function labelOf({ type, mimeType, data }: McpBlock): string {
  const size = typeof data === 'string' ? `, ${data.length} characters of base64` : '';
  return `${type}${typeof mimeType === 'string' ? ` ${mimeType}` : ''}${size}`;
}

/** @returns undefined for what is nested too deep */
function storable(value: unknown, depth: number): Json | undefined {
  if (depth > DEPTH_MAX) return undefined;
  if (typeof value === 'string') return clean(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'boolean' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => storable(item, depth + 1));
    return items.includes(undefined) ? undefined : (items as Json[]);
  }
  if (typeof value !== 'object') return null;
  const entries = Object.entries(value)
    .filter(([name]) => name !== '__proto__')
    .map(([name, inner]) => [clean(name), storable(inner, depth + 1)] as const);
  return entries.some(([, inner]) => inner === undefined) ? undefined : (Object.fromEntries(entries) as JsonObject);
}

/** The database takes neither U+0000 nor halves of a character. */
function clean(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}
