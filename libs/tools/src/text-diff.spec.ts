import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { gitApply } from './testing/git-apply';
import { TempWorkspace, useWorkspace } from './testing/temp-workspace';
import { diffText } from './text-diff';
import { applyTextPatch } from './text-patch';

/** The result of `git apply` in a fresh folder that contains only the base. */
async function appliedByGit(path: string, base: string | null, patch: string): Promise<string> {
  const workspace = new TempWorkspace();
  await workspace.open();
  try {
    if (base !== null) await workspace.write(path, base);
    await gitApply(workspace, patch);
    expect(await workspace.everything()).toEqual(
      path.split('/').map((_, index, names) => names.slice(0, index + 1).join('/')),
    );
    return await workspace.read(path);
  } finally {
    await workspace.close();
  }
}

describe('diffText', () => {
  it('writes a change as git does', () => {
    const base = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n';
    expect(diffText('src/a b.txt', base, base.replace('five', 'FIVE'))).toEqual({
      patch: [
        'diff --git a/src/a b.txt b/src/a b.txt',
        '--- a/src/a b.txt\t',
        '+++ b/src/a b.txt\t',
        '@@ -2,7 +2,7 @@',
        ' two',
        ' three',
        ' four',
        '-five',
        '+FIVE',
        ' six',
        ' seven',
        ' eight',
        '',
      ].join('\n'),
      added: 1,
      removed: 1,
    });
  });

  it('writes a new file with its mode, from /dev/null', () => {
    expect(diffText('a"b.txt', null, 'x\n\\ y')).toEqual({
      patch: [
        'diff --git "a/a\\"b.txt" "b/a\\"b.txt"',
        'new file mode 100644',
        '--- /dev/null',
        '+++ "b/a\\"b.txt"',
        '@@ -0,0 +1,2 @@',
        '+x',
        '+\\ y',
        '\\ No newline at end of file',
        '',
      ].join('\n'),
      added: 2,
      removed: 0,
    });
  });

  it.each([
    ['a new empty file', 'empty.txt', null, ''],
    ['a file that is emptied', 'a.txt', 'x\ny\n', ''],
    ['an empty file that is filled', 'a.txt', '', 'x\n'],
    ['a final newline that is added', 'a.txt', 'x', 'x\n'],
    ['a final newline that is removed', 'a.txt', 'x\ny\n', 'x\ny'],
    ['lines that end in CRLF', 'a.txt', 'a\r\nb\r\nc\r\n', 'a\r\nB\r\nc\r\n'],
    ['CRLF that becomes LF', 'a.txt', 'a\r\nb\r\n', 'a\nb\n'],
    ['lone carriage returns', 'a.txt', 'a\rb\rc', 'a\rB\rc'],
    ['lines that look like a diff', 'a.txt', '--- a/x\n+++ b/x\n@@ -1 +1 @@\n', '--- a/x\n+++ b/y\n@@ -1 +1 @@\n-x\n'],
    ['a name with spaces', 'a folder/a file.txt', 'x\n', 'y\n'],
    ['a name with quotes', '"a"/\'b\'.txt', 'x\n', 'y\n'],
    ['a new file whose name has spaces and quotes', 'a "b" c.txt', null, 'y\n'],
    ['a name that reads like the second half of the header', 'x b/x', 'x\n', 'y\n'],
    ['a name in other scripts', 'größe/日本語 \u{1f600}.md', 'x\n', 'y\n'],
    ['a name with a leading space', ' a', 'x\n', 'y\n'],
    ['a byte order mark', 'a.txt', '\ufeffx\n', '\ufeffy\n'],
    ['a line that is only the word of the missing newline', 'a.txt', 'a\n', '\\ No newline at end of file\n'],
  ])('is applied alike by git and by file.patch: %s', async (_, path, base, result) => {
    const { patch } = diffText(path, base, result);
    expect(await appliedByGit(path, base, patch)).toBe(result);
    // file.patch cannot read a patch without hunks (a new empty file); git reads it from the header.
    if (result !== '' || base !== null) expect(applyTextPatch(path, base, patch)).toBe(result);
  });

  const line = fc.oneof(
    fc.constantFrom('', 'a', 'b', 'c', '-', '+', ' ', '\\', '@@ -1,1 +1,1 @@', '--- a', 'diff --git a/x b/x', 'a\r'),
    fc.string({ unit: 'grapheme', maxLength: 5 }),
  );
  const text = fc
    .tuple(
      fc.array(
        line.map((content) => content.replaceAll(/[\n\0]/g, '')),
        { maxLength: 12 },
      ),
      fc.constantFrom('', '\n'),
    )
    .map(([lines, end]) => lines.join('\n') + end);
  const name = fc
    .array(fc.constantFrom('a', 'B', ' ', '"', "'", 'ä', '日', '-', '+', '$', '*', '\u{1f600}', ' b'), {
      minLength: 1,
      maxLength: 6,
    })
    .map((parts) => `${parts.join('')}x`);
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));

  it('makes patches that lead from any base to any result', () => {
    fc.assert(
      fc.property(path, fc.option(text), text, (file, base, result) => {
        fc.pre(base !== result && (base !== null || result !== ''));
        expect(applyTextPatch(file, base, diffText(file, base, result).patch)).toBe(result);
      }),
      { numRuns: 700 },
    );
  });

  it('makes patches that git applies to the same end', async () => {
    await fc.assert(
      fc.asyncProperty(path, fc.option(text), text, async (file, base, result) => {
        fc.pre(base !== result);
        expect(await appliedByGit(file, base, diffText(file, base, result).patch)).toBe(result);
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ['a deletion', 'a "b".txt', 'x\ny', null],
    ['the deletion of an empty file', 'a b', '', null],
  ])('writes %s as git takes it', async (_, file, base) => {
    const workspace = new TempWorkspace();
    await workspace.open();
    try {
      await workspace.write(file, base);
      await gitApply(workspace, diffText(file, base, null).patch);
      expect(await workspace.everything()).toEqual([]);
    } finally {
      await workspace.close();
    }
  });

  it('writes a file that moves as git takes it, changed or not', async () => {
    await fc.assert(
      fc.asyncProperty(path, name, text, fc.option(text), async (from, to, base, result) => {
        const workspace = new TempWorkspace();
        await workspace.open();
        try {
          await workspace.write(`from/${from}`, base);
          await gitApply(workspace, diffText(to, base, result ?? base, { movedFrom: `from/${from}` }).patch);
          expect([await workspace.everything(), await workspace.read(to)]).toEqual([[to], result ?? base]);
        } finally {
          await workspace.close();
        }
      }),
      { numRuns: 40 },
    );
  });

  it('counts lines, so that both sides add up', () => {
    const count = (content: string) => content.split(/(?<=\n)/).filter((part) => part !== '').length;
    fc.assert(
      fc.property(text, text, (base, result) => {
        fc.pre(base !== result);
        const { added, removed } = diffText('a', base, result);
        expect(count(base) - removed + added).toBe(count(result));
      }),
      { numRuns: 1_000 },
    );
  });

  describe('with more edits than the search for the smallest diff allows', () => {
    const workspace = useWorkspace();
    const numbered = (prefix: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${prefix}${index}\n`).join('');

    it('replaces the middle, keeps what both ends share, and git applies it', async () => {
      const base = `head 1\nhead 2\nhead 3\nhead 4\n${numbered('old', 3_000)}tail 1\ntail 2\ntail 3\ntail 4`;
      const result = `head 1\nhead 2\nhead 3\nhead 4\n${numbered('new', 2_900)}tail 1\ntail 2\ntail 3\ntail 4`;
      const { patch, added, removed } = diffText('a.txt', base, result);
      expect({ added, removed, hunks: patch.match(/^@@.*@@$/gm) }).toEqual({
        added: 2_900,
        removed: 3_000,
        hunks: ['@@ -2,3006 +2,2906 @@'],
      });
      expect(applyTextPatch('a.txt', base, patch)).toBe(result);
      await workspace.write('a.txt', base);
      await gitApply(workspace, patch);
      expect(await readFile(workspace.at('a.txt'), 'utf8')).toBe(result);
    });

    it.each([
      ['the whole text, and the end lost its newline', numbered('old', 2_000), numbered('new', 2_000).trimEnd()],
      ['the shared end has no newline', `${numbered('old', 2_000)}end`, `${numbered('new', 2_000)}end`],
      ['only lines added, the same as before', 'x\n'.repeat(2_000), 'x\n'.repeat(4_000)],
      ['a million lines, one changed', '\n'.repeat(1_000_000), `${'\n'.repeat(500_000)}x\n${'\n'.repeat(499_999)}`],
      ['a million lines, many changed', '\n'.repeat(500_000), `a\n${'\n'.repeat(499_000)}b\n`],
    ])('leads to the result: %s', (_, base, result) => {
      expect(applyTextPatch('a.txt', base, diffText('a.txt', base, result).patch)).toBe(result);
    });
  });
});
