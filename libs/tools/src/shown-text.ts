import { splitLines } from './text-lines';
import type { ToolContext } from './tool-adapter.port';

const CHUNK_CHARS = 65_536;

/**
 * Redacts a whole text and keeps its number of lines, for an adapter that returns a part of it.
 * @param enoughChars stops redacting once the result is longer
 */
export function shownText(text: string, { redaction }: Pick<ToolContext, 'redaction'>, enoughChars = Infinity): string {
  const filter = redaction();
  let shown = '';
  for (let at = 0; at < text.length; at += CHUNK_CHARS) {
    shown += filter.push(text.slice(at, at + CHUNK_CHARS));
    if (shown.length > enoughChars) return shown;
  }
  return shown + filter.end();
}

/** The lines of `shownText`. */
export function shownLines(text: string, context: Pick<ToolContext, 'redaction'>): string[] {
  return splitLines(shownText(text, context));
}
