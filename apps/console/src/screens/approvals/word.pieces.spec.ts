import { patchFiles, type PatchRow } from './patch.rows';
import { pairedRows, wordPieces } from './word.pieces';

function rowsOf(lines: readonly string[]): readonly PatchRow[] {
  const count = (marks: string) => lines.filter((line) => marks.includes(line.charAt(0))).length;
  const header = `@@ -1,${count('- ')} +1,${count('+ ')} @@`;
  return patchFiles(['diff --git a/a b/a', header, ...lines].join('\n'))[0]?.hunks[0]?.rows ?? [];
}

describe('pairedRows', () => {
  it('pairs the lines of a block in order', () => {
    const pairs = pairedRows(rowsOf([' a', '-b', '-c', '+B', '+C', ' d', '-e', '+E']));
    expect([...pairs].sort(([left], [right]) => left - right)).toEqual([
      [1, 3],
      [2, 4],
      [3, 1],
      [4, 2],
      [6, 7],
      [7, 6],
    ]);
  });

  it('leaves lines without a counterpart alone', () => {
    expect(pairedRows(rowsOf([' a', '+b', ' c', '-d'])).size).toBe(0);
  });
});

describe('wordPieces', () => {
  it('marks the words that differ on each side', () => {
    expect(wordPieces('  max: 4', '  max: 20', 'before')).toEqual([
      { text: '  max: ', isChanged: false },
      { text: '4', isChanged: true },
    ]);
    expect(wordPieces('  max: 4', '  max: 20', 'after')?.at(-1)).toEqual({ text: '20', isChanged: true });
  });

  it('keeps the whole text of each side', () => {
    const pieces = wordPieces('a b  c', 'a  c d', 'after');
    expect(pieces?.map(({ text }) => text).join('')).toBe('a  c d');
  });

  it('compares neither long lines nor lines that share nothing', () => {
    expect(wordPieces('x'.repeat(501), 'x', 'before')).toBeNull();
    expect(wordPieces('entirely different', 'nothing in common here', 'before')).toBeNull();
  });
});
