import type { JsonObject } from '@assent/contract';

/** Maximum UTF-8 bytes of a tool output as JSON, because it goes into a frame and into a model. */
export const OUTPUT_MAX_BYTES = 1_048_576;
/** Maximum bytes of the parts of a foreign tool's result that are kept as they are, as JSON: 1 MiB in base64. */
export const CONTENT_MAX_BYTES = 1_400_000;
/** Bytes reserved for the properties around the beginning. */
const NOTICE_BYTES = 1_024;
const SHRINK = 0.75;

/**
 * Returns the output unchanged or, if it is too large, its beginning as text with a notice. Both are valid JSON.
 * @param maxBytes at least 2,048
 */
export function capOutput(output: JsonObject, maxBytes = OUTPUT_MAX_BYTES): JsonObject {
  const text = JSON.stringify(output);
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxBytes) return output;
  let beginning = text.slice(0, maxBytes);
  while (Buffer.byteLength(JSON.stringify(beginning)) > maxBytes - NOTICE_BYTES) {
    beginning = text.slice(0, Math.floor(beginning.length * SHRINK));
  }
  return {
    truncated: true,
    notice: `The answer has ${bytes} bytes of JSON, at most ${maxBytes} are kept: this is its beginning. Ask for less.`,
    // Do not cut between the two halves of a surrogate pair.
    beginning: beginning.replace(/[\ud800-\udbff]$/, ''),
  };
}
