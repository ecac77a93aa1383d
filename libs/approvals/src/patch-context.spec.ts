import fc from 'fast-check';
import { applyPatch, createTwoFilesPatch, parsePatch } from 'diff';
import { withContext } from './patch-context';
import { hunksOf } from './patch-lines';
import type { StoredContent } from './stored-content';

type Files = Extract<StoredContent, { v: 1 }>;

function stored(...files: { path: string; base: string; result: string }[]): Files {
  return {
    v: 1,
    files: files.map(({ path, result }) => ({ path, kind: 'modify', result })),
    patch: files.map(({ path, base, result }) => patchOf(path, base, result)).join(''),
  };
}

function patchOf(path: string, base: string, result: string): string {
  const [patch] = parsePatch(createTwoFilesPatch(path, path, base, result, undefined, undefined, { context: 3 }));
  const hunks = (patch?.hunks ?? []).map(({ oldStart, oldLines, newStart, newLines, lines }) => {
    const start = (from: number, count: number) => (count === 0 ? from - 1 : from);
    const header = `@@ -${start(oldStart, oldLines)},${oldLines} +${start(newStart, newLines)},${newLines} @@`;
    return `${[header, ...lines].join('\n')}\n`;
  });
  return `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n${hunks.join('')}`;
}

const numbered = (count: number, change: (line: number) => string | null = (line) => `line ${line}`): string =>
  Array.from({ length: count }, (_, index) => change(index + 1))
    .filter((line) => line !== null)
    .map((line) => `${line}\n`)
    .join('');
const wide = (content: Files, context: number): Files => {
  const widened = withContext(content, context);
  if (widened.v !== 1) throw new Error('a change of files stays one');
  return widened;
};

describe('a patch with more context', () => {
  const base = numbered(40);
  const result = numbered(40, (line) => (line === 10 ? 'ten' : line === 30 ? null : `line ${line}`));

  it('has the lines around each hunk, up to the number that was asked for', () => {
    const { patch } = wide(stored({ path: 'a.txt', base, result }), 5);
    expect(patch.match(/^@@.*$/gm)).toEqual(['@@ -5,11 +5,11 @@', '@@ -25,11 +25,10 @@']);
    expect(patch).toContain('\n line 5\n line 6\n line 7\n line 8\n line 9\n-line 10\n+ten\n line 11\n');
  });

  it('gives each line between two hunks to one of them, and keeps their numbers', () => {
    const content = stored({ path: 'a.txt', base, result }, { path: 'b.txt', base, result });
    const widened = wide(content, 1_000);
    expect(widened.patch.match(/^@@.*$/gm)?.slice(0, 2)).toEqual(['@@ -1,26 +1,26 @@', '@@ -27,14 +27,13 @@']);
    const parts = ({ number, path, added, removed }: ReturnType<typeof hunksOf>[number]) => [
      number,
      path,
      added,
      removed,
    ];
    expect(hunksOf(widened).map(parts)).toEqual(hunksOf(content).map(parts));
  });

  it('says where a file ends without a line break', () => {
    const content = stored({ path: 'a.txt', base: `${base}end`, result: `${result}end` });
    expect(wide(content, 50).patch.endsWith(' line 40\n end\n\\ No newline at end of file\n')).toBe(true);
  });

  it('is the stored patch where nothing more was asked for, and for an external effect', () => {
    const content = stored({ path: 'a.txt', base, result });
    expect(wide(content, 3)).toBe(content);
    const effect: StoredContent = { v: 2, summary: 'POST /x' };
    expect(withContext(effect, 10)).toBe(effect);
  });

  it('still turns the text before into the text after', () => {
    const line = fc.constantFrom('a', 'b', 'c', '', '@@ -1,1 +1,1 @@', 'diff --git a/x b/x', '+', '-', '\\');
    const text = fc
      .tuple(fc.array(line, { maxLength: 30 }), fc.boolean())
      .map(([lines, isEnded]) => lines.join('\n') + (isEnded && lines.length > 0 ? '\n' : ''));
    fc.assert(
      fc.property(text, text, fc.nat({ max: 12 }), (before, after, context) => {
        fc.pre(before !== after);
        const { patch } = wide(stored({ path: 'a.txt', base: before, result: after }), context);
        expect(applyPatch(before, patch.slice(patch.indexOf('\n') + 1))).toBe(after);
      }),
    );
  });
});
