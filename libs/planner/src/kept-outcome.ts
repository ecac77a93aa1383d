import type { Json, JsonObject } from '@assent/contract';
import { cutText } from '@assent/platform';

/** Target below the limit, because the description of the cut takes some characters too. */
const SHRINK = 0.9;

/** The part of an outcome that was cut for storage: `member` of its output keeps the first `kept` of `of` characters or entries. */
export interface OutcomeCut {
  readonly member: string;
  readonly kept: number;
  readonly of: number;
}

/** The largest text or list in an output. */
interface Largest {
  readonly member: string;
  readonly value: string | readonly Json[];
}

/**
 * The outcome of a step for storage. It keeps its form; the largest member of the output is shortened and described in
 * `cut` (OutcomeCut), so that the rest can be read like the whole.
 * @param maxChars maximum characters of JSON
 */
export function keptOutcome(outcome: JsonObject, maxChars: number): JsonObject {
  if (lengthOf(outcome) <= maxChars) return outcome;
  const { result } = outcome;
  const output = isObject(result) ? result['output'] : undefined;
  const largest = isObject(output) ? largestOf(output) : undefined;
  if (!isObject(result) || !isObject(output) || !largest) return cutAsText(outcome, maxChars);
  const { member, value } = largest;
  for (let size = value.length; size > 0;) {
    const part = typeof value === 'string' ? wholeLines(value, size) : value.slice(0, size);
    const cut = { member, kept: part.length, of: value.length } satisfies OutcomeCut;
    const shortened = { ...outcome, result: { ...result, output: { ...output, [member]: part } }, cut };
    const chars = lengthOf(shortened);
    if (chars <= maxChars) return shortened;
    size = Math.floor(size * (maxChars / chars) * SHRINK);
  }
  return cutAsText(outcome, maxChars);
}

function largestOf(output: JsonObject): Largest | undefined {
  return Object.entries(output)
    .flatMap(([member, value]) => (typeof value === 'string' || Array.isArray(value) ? [{ member, value }] : []))
    .sort((a, b) => lengthOf(b.value) - lengthOf(a.value))[0];
}

function wholeLines(text: string, maxChars: number): string {
  const start = cutText(text, maxChars);
  const end = start.lastIndexOf('\n');
  return start.length < text.length && end > 0 ? start.slice(0, end + 1) : start;
}

/** The beginning of the outcome's JSON, when it has no output to shorten. */
function cutAsText(outcome: JsonObject, maxChars: number): JsonObject {
  const text = JSON.stringify(outcome);
  return { kind: outcome['kind'] ?? null, cut: cutText(text, maxChars), chars: text.length };
}

function lengthOf(value: unknown): number {
  return JSON.stringify(value).length;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
