import type { FormatChange, LineEnds } from '@assent/contract';

const BOM = '\ufeff';

/** Line ends of a text; null for a single unterminated line. */
export function lineEndsOf(text: string): LineEnds | null {
  const found: LineEnds[] = [];
  if (text.includes('\r\n')) found.push('crlf');
  if (/(?<!\r)\n/.test(text)) found.push('lf');
  if (/\r(?!\n)/.test(text)) found.push('cr');
  return found.length > 1 ? 'mixed' : (found[0] ?? null);
}

export function hasBom(text: string): boolean {
  return text.startsWith(BOM);
}

export function hasFinalNewline(text: string): boolean {
  return /[\r\n]$/.test(text);
}

/**
 * Changes of line ends, byte order mark and final newline. A patch shows them badly or not at all: a line whose end changed
 * looks like the line it replaces.
 */
export function formatChanges(base: string, result: string): FormatChange[] {
  const changes: FormatChange[] = [];
  const before = lineEndsOf(base);
  const after = lineEndsOf(result);
  if (before !== null && after !== null && (before !== after || introducesMixedLineEnds(before, base, result))) {
    changes.push({ kind: 'line_ends', before, after });
  }
  if (hasBom(base) !== hasBom(result)) changes.push({ kind: 'bom', before: hasBom(base), after: hasBom(result) });
  // An empty text has no last line.
  if (base !== '' && result !== '' && hasFinalNewline(base) !== hasFinalNewline(result)) {
    changes.push({ kind: 'final_newline', before: hasFinalNewline(base), after: hasFinalNewline(result) });
  }
  return changes;
}

/**
 * Gives a rewritten text the line ends, byte order mark and final newline of the file. A text with mixed line ends, on either
 * side, stays unchanged, because the intended line ends are unknown.
 */
export function keepFormat(base: string, content: string): string {
  if (base === '' || content === '' || isMixed(base) || isMixed(content)) return content;
  const crlf = lineEndsOf(base) === 'crlf' && lineEndsOf(content) !== 'cr';
  let text = crlf ? content.replaceAll(/(?<!\r)\n/g, '\r\n') : content;
  if (hasBom(base) && !hasBom(text)) text = BOM + text;
  return withFinalNewline(text, hasFinalNewline(base));
}

/**
 * Applies a patch that ignores the file's line ends, byte order mark or final newline: converts the text to the form of the
 * patch, and converts the result back to the form of the file.
 */
export function applyKeepingFormat(base: string, patch: string, apply: (base: string) => string): string {
  if (base === '' || isMixed(base)) return apply(base);
  const crlf = lineEndsOf(base) === 'crlf' && !patch.includes('\r');
  const bom = hasBom(base) && !patch.includes(BOM);
  const open = !hasFinalNewline(base) && !/^\\/m.test(patch);
  let text = crlf ? base.replaceAll('\r\n', '\n') : base;
  if (bom) text = text.slice(BOM.length);
  if (open) text = withFinalNewline(text, true);
  let result = apply(text);
  if (result === '') return result;
  if (open) result = withFinalNewline(result, false);
  if (crlf) result = result.replaceAll('\n', '\r\n');
  return bom ? BOM + result : result;
}

function isMixed(text: string): boolean {
  return lineEndsOf(text) === 'mixed';
}

/** Adds or removes one line end. A text that ends in empty lines stays unchanged. */
function withFinalNewline(text: string, wanted: boolean): string {
  if (wanted) return hasFinalNewline(text) ? text : text + (lineEndsOf(text) === 'crlf' ? '\r\n' : '\n');
  const cut = text.replace(/(?:\r\n|\n|\r)$/, '');
  return hasFinalNewline(cut) ? text : cut;
}

/** Whether a line in the shared beginning or end of two mixed texts has a different line end now. */
function introducesMixedLineEnds(before: LineEnds, base: string, result: string): boolean {
  if (before !== 'mixed') return false;
  const from = linesWithEnds(base);
  const to = linesWithEnds(result);
  return hasOtherEnd(from, to) || hasOtherEnd(from.reverse(), to.reverse());
}

function hasOtherEnd(from: readonly Line[], to: readonly Line[]): boolean {
  for (const [index, line] of from.entries()) {
    if (to[index]?.text !== line.text) return false;
    const { end } = to[index];
    if (end !== line.end && end !== '' && line.end !== '') return true;
  }
  return false;
}

interface Line {
  readonly text: string;
  readonly end: string;
}

function linesWithEnds(text: string): Line[] {
  return Array.from(text.matchAll(/([^\r\n]*)(\r\n|\n|\r|$)/g), ([, line = '', end = '']) => ({ text: line, end }));
}
