import type { Palette } from './palette';
import { printable } from '@assent/client/cli';

/** A unified diff, line by line and unchanged: nothing left out, nothing invisible. */
export function drawDiff(patch: string, palette: Palette): string[] {
  const lines = patch.endsWith('\n') ? patch.slice(0, -1).split('\n') : patch.split('\n');
  let inHunk = false;
  return lines.map((line) => {
    if (line.startsWith('@@')) inHunk = true;
    if (line.startsWith('diff ')) inHunk = false;
    return paintOf(line, inHunk, palette)(printable(line));
  });
}

function paintOf(line: string, inHunk: boolean, { bold, cyan, green, red, dim }: Palette) {
  if (!inHunk) return bold;
  if (line.startsWith('@@')) return cyan;
  if (line.startsWith('+')) return green;
  return line.startsWith('-') ? red : dim;
}
