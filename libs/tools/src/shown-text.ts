import { splitLines } from './text-lines';
import type { ToolContext } from './tool-adapter.port';

/** Redacts a whole text and keeps its number of lines, for an adapter that returns a part of it. */
export function shownText(text: string, { redaction }: Pick<ToolContext, 'redaction'>): string {
  const filter = redaction();
  return filter.push(text) + filter.end();
}

/** The lines of `shownText`. */
export function shownLines(text: string, context: Pick<ToolContext, 'redaction'>): string[] {
  return splitLines(shownText(text, context));
}
