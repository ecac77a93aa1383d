import { FLAGS_MAX, characterFlags } from './hidden-characters';
import { hunksOf } from './patch-lines';
import type { StoredContent } from './stored-content';

const content = (patch: string, kind: 'create' | 'modify' | 'delete' = 'modify'): StoredContent => ({
  v: 1,
  files: [{ path: 'a.txt', kind, result: '' }],
  patch,
});
const patch = (...lines: string[]): string => {
  const count = (marks: string) => lines.filter((line) => marks.includes(line.charAt(0))).length;
  return [
    ...['diff --git a/a.txt b/a.txt', '--- a/a.txt', '+++ b/a.txt'],
    ...[`@@ -5,${count(' -')} +5,${count(' +')} @@`, ...lines, ''],
  ].join('\n');
};
const flagged = (...lines: string[]) =>
  characterFlags(content(patch(...lines))).flags.map(({ line, column, codePoint, kind, added }) =>
    [line, column, codePoint, kind, added ? '+' : ' '].join(' '),
  );

describe('characterFlags', () => {
  it.each<[string, string[], string[]]>([
    ['plain text in any script', ['+größe שלום 漢字 e\u0301'], []],
    ['tabs and Windows line ends', ['+\ta\r'], []],
    ['a carriage return inside a line', ['+a\rb'], ['5 2 U+000D control +']],
    ['a bidi override', [' a', '+b\u202ec'], ['6 2 U+202E bidi +']],
    ['a zero-width space that stands there already', [' a\u200b'], ['5 2 U+200B zero_width  ']],
    ['one that goes, by its old line', [' a', ' b', '-\u2066c', '+c'], ['7 1 U+2066 bidi  ']],
    ['columns in characters, not in units', ['+😀\u200b'], ['5 2 U+200B zero_width +']],
    ['emoji that are joined', ['+👩\u200d💻 ❤\ufe0f'], []],
    ['a joiner between letters', ['+a\u200db'], ['5 2 U+200D zero_width +']],
    ['tags', ['+\u{e0041}'], ['5 1 U+E0041 invisible +']],
  ])('tell of %s', (_, lines, flags) => {
    expect(flagged(...lines)).toEqual(flags);
  });

  it('treat a line of dashes in a hunk as content', () => {
    expect(flagged('--- a/other', '+++ b/other\u202e')).toEqual(['5 11 U+202E bidi +']);
  });

  it('report how many were not listed', () => {
    const { flags, truncated } = characterFlags(content(patch(`+${'\u200b'.repeat(FLAGS_MAX + 1)}`)));
    expect([flags.length, truncated]).toEqual([FLAGS_MAX, true]);
  });

  it("are found in the escapes of an external effect's summary", () => {
    const { flags } = characterFlags({ v: 2, summary: 'POST /x\nbody <U+202E>evil' });
    expect(flags).toMatchObject([{ path: '', line: 2, column: 6, codePoint: 'U+202E', kind: 'bidi' }]);
  });
});

describe('hunksOf', () => {
  it('numbers the hunks of a changed file, and counts a new file as one', () => {
    const two = `${patch('-a', '+b')}@@ -50,1 +50,2 @@\n c\n+d\n`;
    expect(hunksOf(content(two))).toEqual([
      { number: 1, path: 'a.txt', header: '@@ -5,1 +5,1 @@', added: 1, removed: 1 },
      { number: 2, path: 'a.txt', header: '@@ -50,1 +50,2 @@', added: 1, removed: 0 },
    ]);
    expect(hunksOf(content(two, 'create'))).toEqual([{ number: 1, path: 'a.txt', header: '', added: 2, removed: 1 }]);
    expect(hunksOf({ v: 2, summary: 'x' })).toEqual([]);
  });
});
