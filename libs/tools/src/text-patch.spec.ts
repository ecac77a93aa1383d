import { applyTextPatch } from './text-patch';

const BASE = 'one\ntwo\nthree\nfour\nfive\n';
const failure = (reason: string, text: string) =>
  expect.objectContaining({
    reason,
    details: { pointer: '/args/patch' },
    message: expect.stringContaining(text) as string,
  }) as Error;

describe('applyTextPatch', () => {
  it('applies hunks without any file header, the path being given beside', () => {
    expect(applyTextPatch('a.txt', BASE, '@@ -2,1 +2,2 @@\n-two\n+2\n+2.5\n@@ -4 +5 @@\n-four\n+4\n')).toBe(
      'one\n2\n2.5\nthree\n4\nfive\n',
    );
  });

  it.each([
    '--- a/dir/a b.txt\n+++ b/dir/a b.txt\n',
    '--- dir/a b.txt\t2026-01-01\n+++ dir/a b.txt\t2026-01-02\n',
    '--- "a/dir/a b.txt"\n+++ "b/dir/a b.txt"\n',
  ])('knows the file by %j', (header) => {
    expect(applyTextPatch('dir/a b.txt', BASE, `${header}@@ -1 +1 @@\n-one\n+1\n`)).toBe('1\ntwo\nthree\nfour\nfive\n');
  });

  it('accepts an empty line as an empty context line whose space was trimmed', () => {
    expect(applyTextPatch('a', 'x\n\ny\n', '@@ -1,3 +1,3 @@\n x\n\n-y\n+z\n')).toBe('x\n\nz\n');
  });

  it('creates a file from /dev/null', () => {
    expect(
      applyTextPatch('a', null, '--- /dev/null\n+++ b/a\n@@ -0,0 +1,2 @@\n+x\n+y\n\\ No newline at end of file\n'),
    ).toBe('x\ny');
  });

  it.each([
    [
      'lines that moved, which jsdiff would follow',
      `zero\n${BASE}`,
      '@@ -2,2 +2,2 @@\n two\n-three\n+3\n',
      'hunk 1 expects another text than line 2',
    ],
    [
      'a context line that differs',
      BASE,
      '@@ -1,3 +1,3 @@\n one\n TWO\n-three\n+3\n',
      'hunk 1 expects another text than line 2',
    ],
    ['a removed line that differs', BASE, '@@ -2 +2 @@\n-zwei\n+2\n', 'hunk 1 expects another text than line 2'],
    ['white space that differs', BASE, '@@ -2 +2 @@\n-two \n+2\n', 'hunk 1 expects another text than line 2'],
    [
      'a missing final newline the patch does not tell of',
      'a\nb',
      '@@ -2 +2 @@\n-b\n+c\n',
      'hunk 1 expects another text than line 2',
    ],
    [
      'a final newline the patch denies',
      'a\nb\n',
      '@@ -2 +2 @@\n-b\n\\ No newline at end of file\n+c\n',
      'hunk 1 expects another text than line 2',
    ],
    [
      'CRLF in the file only',
      'a\r\nb\r\n',
      '@@ -2 +2 @@\n-b\n+c\n',
      'the file ends its lines with CRLF, the patch does not',
    ],
    ['more lines than the file has', BASE, '@@ -5,2 +5,1 @@\n five\n-six\n', 'hunk 1 expects another text than line 6'],
    ['a place beyond the end', BASE, '@@ -40 +40 @@\n-x\n+y\n', 'hunk 1 names line 40, where it cannot be'],
    [
      'hunks out of order',
      BASE,
      '@@ -4 +4 @@\n-four\n+4\n@@ -1 +1 @@\n-one\n+1\n',
      'hunk 2 names line 1, where it cannot be',
    ],
    [
      'the creation of a file that exists',
      BASE,
      '--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1 @@\n+x\n',
      'creates "a.txt", which exists already',
    ],
    ['the change of a file that does not', null, '@@ -1 +1 @@\n-one\n+1\n', 'changes "a.txt", which does not exist'],
  ])('refuses %s', (_, base, patch, text) => {
    expect(() => applyTextPatch('a.txt', base, patch)).toThrow(failure('conflict', text));
  });

  it('does not quote the file in its refusal', () => {
    expect(() => applyTextPatch('a.txt', 'password=hunter2\n', '@@ -1 +1 @@\n-x\n+y\n')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') as string }) as Error,
    );
  });

  it.each([
    ['nothing', '', 'has no hunks'],
    ['prose', 'Please change line two to 2.\n', 'has no hunks'],
    ['a header that cannot be read', '@@ -two @@\n-two\n+2\n', 'hunk'],
    ['a hunk before the first line', '@@ -0,1 +1 @@\n-one\n+1\n', 'has a hunk header that cannot be read'],
    ['too few lines', '@@ -1,3 +1,3 @@\n one\n', 'ends in the middle of a hunk'],
    ['too many lines', '@@ -1 +1 @@\n-one\n+1\n+2\n', 'counts 1 old and 1 new lines, but has 1 and 2'],
    [
      'two files',
      '--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-one\n+1\n--- a/b\n+++ b/b\n@@ -1 +1 @@\n-x\n+y\n',
      'changes several files',
    ],
    [
      'another file',
      '--- a/b.txt\n+++ b/b.txt\n@@ -1 +1 @@\n-one\n+1\n',
      'is for "a/b.txt", but the argument path says "a.txt"',
    ],
    [
      'a file outside',
      '--- a/../../etc/passwd\n+++ b/../../etc/passwd\n@@ -1 +1 @@\n-one\n+1\n',
      'is for "a/../../etc/passwd"',
    ],
    [
      'a rename',
      'diff --git a/b b/a.txt\nrename from b\nrename to a.txt\n--- a/b\n+++ b/a.txt\n@@ -1 +1 @@\n-one\n+1\n',
      'renames or copies',
    ],
    [
      'a deletion',
      'diff --git a/a.txt b/a.txt\ndeleted file mode 100644\n--- a/a.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-one\n',
      'deletes the file',
    ],
    [
      'a change of mode',
      'diff --git a/a.txt b/a.txt\nold mode 100644\nnew mode 100755\n--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-one\n+1\n',
      'changes the mode',
    ],
    [
      'an executable new file',
      'diff --git a/a.txt b/a.txt\nnew file mode 100755\n--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1 @@\n+1\n',
      'changes the mode',
    ],
    [
      'a symbolic link',
      'diff --git a/a.txt b/a.txt\nnew file mode 120000\n--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1 @@\n+/etc\n',
      'changes the mode',
    ],
    [
      'a second hunk whose header is mistyped',
      '@@ -1 +1 @@\n-one\n+1\n@@-3 +3@@\n-three\n+3\n',
      'has a line 4 that is neither',
    ],
    ['an empty line that does not end', '@@ -5 +5 @@\n-five\n+\n\\ No newline at end of file\n', 'of an empty line'],
    [
      'a missing newline inside',
      '@@ -1 +1,2 @@\n-one\n+1\n\\ No newline at end of file\n+2\n',
      'before the end of the file',
    ],
  ])('names the fault in a patch of %s', (_, patch, text) => {
    expect(() => applyTextPatch('a.txt', BASE, patch)).toThrow(failure('invalid', text));
  });
});
