/** A block of commands on a page, and what the page shows of its output. */
export interface CommandBlock {
  /** Of the fence, from 1: where to look when it fails. */
  readonly line: number;
  readonly commands: string;
  /** Lines in order; `...` stands for any lines, and within a line for any text. Null: nothing is shown. */
  readonly shown: readonly string[] | null;
  /** Marked with `<!-- goes on -->`: it ends with the run, in a separate terminal. */
  readonly goesOn: boolean;
}

export interface ScriptBlock {
  readonly line: number;
  readonly source: string;
}

interface Fence {
  readonly line: number;
  readonly language: string;
  readonly body: string;
  /** What stands between the fence before and this one. */
  readonly before: string;
}

const FENCE = /^```(\S*)\n([\s\S]*?)^```$/gm;
const GOES_ON = '<!-- goes on -->';
/** Languages of shown outputs; a fence of another one is a file or a program. */
const SHOWN = new Set(['', 'diff', 'json', 'text']);

/** Every `sh` block of a Markdown page in order, with the output that follows it. */
export function commandBlocks(page: string): CommandBlock[] {
  const all = fences(page);
  return all.flatMap(({ language, line, body, before }, index) => {
    if (language !== 'sh') return [];
    const next = all[index + 1];
    const isShown = next !== undefined && SHOWN.has(next.language) && isAnnounced(next.before);
    const shown = isShown ? next.body.trimEnd().split('\n') : null;
    return [{ line, commands: body, shown, goesOn: before.trimEnd().endsWith(GOES_ON) }];
  });
}

export function scriptBlocks(page: string): ScriptBlock[] {
  return fences(page)
    .filter(({ language }) => language === 'js')
    .map(({ line, body }) => ({ line, source: body }));
}

/** An output follows its commands at once, or after one line that leads to it. */
function isAnnounced(between: string): boolean {
  return !between.trim().includes('\n');
}

function fences(page: string): Fence[] {
  let end = 0;
  return Array.from(page.matchAll(FENCE), ({ 0: whole, 1: language = '', 2: body = '', index }) => {
    const before = page.slice(end, index);
    end = index + whole.length;
    return { line: page.slice(0, index).split('\n').length, language, body, before };
  });
}

/** @returns the first shown line that the output does not have where it should; null: it shows all */
export function missingLine(shown: readonly string[], output: string): string | null {
  const lines = output.split('\n').map((line) => line.trimEnd());
  let at = 0;
  let anywhere = true;
  for (const line of shown) {
    if (line.trim() === '...') {
      anywhere = true;
      continue;
    }
    const pattern = new RegExp(`^${line.trimEnd().split('...').map(escaped).join('.*')}$`);
    const found = lines.findIndex((candidate, index) => index >= at && pattern.test(candidate));
    if (found < 0 || (!anywhere && found !== at)) return line;
    at = found + 1;
    anywhere = false;
  }
  return null;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);
}
