import { gapRows, mayGoOn, patchFiles, type PatchRow } from './patch.rows';

const TWO_HUNKS = [
  'diff --git a/config/app.yaml b/config/app.yaml',
  '--- a/config/app.yaml',
  '+++ b/config/app.yaml',
  '@@ -1,2 +1,2 @@',
  '-one',
  '+1',
  ' two',
  '@@ -9,2 +9,3 @@',
  ' nine',
  '+nine and a half',
  ' ten',
  '',
].join('\n');
const UNITS = [
  { number: 1, path: 'config/app.yaml', header: '@@ -1,2 +1,2 @@', added: 1, removed: 1 },
  { number: 2, path: 'config/app.yaml', header: '@@ -9,2 +9,3 @@', added: 1, removed: 0 },
];

describe('patchFiles', () => {
  it('numbers the lines on both sides', () => {
    const [file] = patchFiles(TWO_HUNKS, UNITS);
    expect(file).toMatchObject({
      path: 'config/app.yaml',
      kind: 'modify',
      number: null,
      rows: 6,
      added: 2,
      removed: 1,
    });
    expect(file?.hunks[1]?.rows).toEqual([
      { mark: ' ', text: 'nine', old: 9, new: 9, isUnended: false },
      { mark: '+', text: 'nine and a half', old: null, new: 10, isUnended: false },
      { mark: ' ', text: 'ten', old: 10, new: 11, isUnended: false },
    ]);
  });

  it('counts the lines that a gap leaves out', () => {
    expect(patchFiles(TWO_HUNKS)[0]?.hunks.map(({ skipped }) => skipped)).toEqual([0, 6]);
  });

  it('has the lines of a gap of any length, with their numbers on both sides', () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index + 1}`);
    const patch = [
      'diff --git a/a.txt b/a.txt',
      '@@ -2,4 +2,5 @@',
      ...[' line 2', '-old', '+line 3', '+line 4', ' line 5', ' line 6'],
      '@@ -19989,4 +19990,4 @@',
      ...[' line 19990', '-old', '+line 19991', ' line 19992', ' line 19993'],
    ].join('\n');
    const [file] = patchFiles(patch);
    if (!file) throw new Error('no file');
    const text = `${lines.join('\n')}\n`;
    const [before, between, after] = [0, 1, 2].map((at) => gapRows(file, at, text)) as [
      PatchRow[],
      PatchRow[],
      PatchRow[],
    ];
    expect(before).toEqual([{ mark: ' ', text: 'line 1', old: 1, new: 1, isUnended: false }]);
    expect(between).toHaveLength(file.hunks[1]?.skipped ?? 0);
    expect(between[0]).toMatchObject({ text: 'line 7', old: 6, new: 7 });
    expect(between.at(-1)).toMatchObject({ text: 'line 19989', old: 19_988, new: 19_989 });
    expect(after.map(({ text: line, old, new: number }) => [line, old, number])).toEqual(
      lines.slice(19_993).map((line, index) => [line, 19_993 + index, 19_994 + index]),
    );
  });

  it('goes on after the last part only where the context is cut, to the end of the file', () => {
    const [context, end] = [[' a', ' b', ' c'], '\\ No newline at end of file'];
    const fileOf = (...rows: readonly string[]) => {
      const count = rows.filter((row) => row.startsWith(' ')).length;
      const [file] = patchFiles(
        ['diff --git a/a b/a', `@@ -1,${count} +1,${count + 1} @@`, '+new', ...rows].join('\n'),
      );
      if (!file) throw new Error('no file');
      return file;
    };
    expect([fileOf(...context), fileOf(' a', ' b'), fileOf(...context, end)].map(mayGoOn)).toEqual([
      true,
      false,
      false,
    ]);
    const file = fileOf(...context);
    expect(gapRows(file, 1, 'new\na\nb\nc\n')).toEqual([]);
    expect(gapRows(file, 1, 'new\na\nb\nc\nd')).toEqual([{ mark: ' ', text: 'd', old: 4, new: 5, isUnended: true }]);
  });

  it('gives each hunk the number of the server', () => {
    expect(patchFiles(TWO_HUNKS, UNITS)[0]?.hunks.map(({ number }) => number)).toEqual([1, 2]);
    expect(patchFiles(TWO_HUNKS)[0]?.hunks.map(({ number }) => number)).toEqual([null, null]);
  });

  it('gives no number to a part that the server names otherwise', () => {
    const units = UNITS.map((unit) => ({ ...unit, header: '@@ -7,7 +7,7 @@' }));
    expect(patchFiles(TWO_HUNKS, units)[0]?.hunks.map(({ number }) => number)).toEqual([null, null]);
  });

  it('takes created, deleted and moved files as a whole', () => {
    const patch = [
      'diff --git a/new.txt b/new.txt',
      'new file mode 100644',
      '--- /dev/null',
      '+++ b/new.txt',
      '@@ -0,0 +1,1 @@',
      '+hello',
      'diff --git a/old.txt b/old.txt',
      'deleted file mode 100644',
      '--- a/old.txt',
      '+++ /dev/null',
      '@@ -1,1 +0,0 @@',
      '-bye',
      'diff --git a/from.txt b/to.txt',
      'similarity index 100%',
      'rename from from.txt',
      'rename to to.txt',
    ].join('\n');
    const units = ['new.txt', 'old.txt', 'to.txt'].map((path, index) => ({
      number: index + 1,
      path,
      header: '',
      added: 0,
      removed: 0,
    }));
    const files = patchFiles(patch, units);
    expect(files.map(({ path, kind, number, movedFrom }) => [path, kind, number, movedFrom])).toEqual([
      ['new.txt', 'create', 1, null],
      ['old.txt', 'delete', 2, null],
      ['to.txt', 'move', 3, 'from.txt'],
    ]);
    expect(files[0]?.hunks[0]).toMatchObject({ number: null, skipped: 0 });
    expect(files[0]?.hunks[0]?.rows[0]).toMatchObject({ old: null, new: 1 });
    expect(files[1]?.hunks[0]?.rows[0]).toMatchObject({ old: 1, new: null });
  });

  it('reads content that looks like a header as content', () => {
    const patch = [
      'diff --git a/a.patch b/a.patch',
      '--- a/a.patch',
      '+++ b/a.patch',
      '@@ -1,2 +1,2 @@',
      '--- a/fake',
      '+++ b/fake',
      ' diff --git a/x b/x',
    ].join('\n');
    const files = patchFiles(patch);
    expect(files).toHaveLength(1);
    expect(files[0]?.hunks[0]?.rows.map(({ mark, text }) => mark + text)).toEqual([
      '--- a/fake',
      '+++ b/fake',
      ' diff --git a/x b/x',
    ]);
  });

  it('marks a line that ends the file without a line break', () => {
    const end = '\\ No newline at end of file';
    const patch = `diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,1 +1,1 @@\n-one\n${end}\n+two\n${end}\n`;
    expect(patchFiles(patch)[0]?.hunks[0]?.rows.map(({ text, isUnended }) => [text, isUnended])).toEqual([
      ['one', true],
      ['two', true],
    ]);
  });

  it('reads names with spaces and quotes', () => {
    const spaced =
      'diff --git a/a b c.txt b/a b c.txt\n--- a/a b c.txt\t\n+++ b/a b c.txt\t\n@@ -1,1 +1,1 @@\n-1\n+2\n';
    expect(patchFiles(spaced)[0]?.path).toBe('a b c.txt');
    const quoted = 'diff --git "a/say \\"hi\\".txt" "b/say \\"hi\\".txt"\n@@ -1,1 +1,1 @@\n-1\n+2\n';
    expect(patchFiles(quoted)[0]?.path).toBe('say "hi".txt');
  });

  it('reads the comparison of two revisions', () => {
    const line = '='.repeat(67);
    const file = (path: string) =>
      `Index: ${path}\n${line}\n--- ${path}\tas proposed\n+++ ${path}\tas approved\n@@ -4,1 +4,1 @@\n-3000\n+2000\n`;
    const files = patchFiles(file('a b.yaml') + file('c.yaml'));
    expect(files.map(({ path, added, removed }) => [path, added, removed])).toEqual([
      ['a b.yaml', 1, 1],
      ['c.yaml', 1, 1],
    ]);
  });

  it('shows what there is of a patch that is cut', () => {
    const cut = TWO_HUNKS.slice(0, TWO_HUNKS.indexOf('+nine'));
    expect(patchFiles(cut, UNITS)[0]?.rows).toBe(4);
  });
});
