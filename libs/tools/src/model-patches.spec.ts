import fc from 'fast-check';
import { applyPart, parsePatchSet, pathsOfPart } from './patch-set';
import { diffText } from './text-diff';
import { splitLines } from './text-lines';
import { applyTextPatch } from './text-patch';

const MODEL = { quotes: true, exact: false, relaxes: false };
const BASE = 'one\ntwo\nthree\nfour\nfive\n';
const HEAD = '--- a/a.txt\n+++ b/a.txt\n';
const HEADER = /^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@.*$/gm;
const CLASSES = 'class A:\n    def f():\n        return 1\n\nclass B:\n    def f():\n        return 1\n';

const envelope = (...lines: string[]) => `*** Begin Patch\n${lines.join('\n')}\n*** End Patch\n`;
const INVALID = expect.objectContaining({ reason: 'invalid', details: { pointer: '/args/patch' } }) as Error;
const apply = (patch: string, base: string | null = BASE, options = MODEL) =>
  applyTextPatch('a.txt', base, patch, options);

function refusalOf(patch: string, base: string | null = BASE, options = MODEL): string | null {
  try {
    apply(patch, base, options);
    return null;
  } catch (thrown) {
    return (thrown as Error).message;
  }
}

describe('a patch as models write it', () => {
  const changed = 'one\n2\nthree\nfour\nfive\n';

  it.each<[string, string, string?, string?]>([
    ['with counts that are too large', '@@ -1,9 +1,9 @@\n one\n-two\n+2\n three\n'],
    ['with counts that are too small', `${HEAD}@@ -2 +2 @@\n one\n-two\n+2\n three\n`],
    ['with another start line', '@@ -41,3 +41,3 @@\n one\n-two\n+2\n three\n'],
    ['with a start line of 0', '@@ -0,3 +0,3 @@\n one\n-two\n+2\n three\n'],
    ['without numbers', `${HEAD}@@\n one\n-two\n+2\n`],
    ['with dots for numbers', '@@ ... @@\n one\n-two\n+2\n'],
    ['with numbers that cannot be read', '@@ -1,x +1,y @@\n one\n-two\n+2\n'],
    ['with a heading for numbers', '@@ one @@\n-two\n+2\n'],
    ['in a code fence', `\`\`\`diff\n${HEAD}@@ -1,2 +1,2 @@\n one\n-two\n+2\n\`\`\`\n`],
    ['in a code fence with wrong counts', '\n~~~\n@@ -1,7 +1,2 @@\n one\n-two\n+2\n~~~'],
    ['with empty lines at its end', '@@ -1,7 +1,2 @@\n one\n-two\n+2\n\n\n'],
    ['with the lines of apply_patch', envelope('*** Update File: a.txt', '@@', ' one', '-two', '+2')],
    ['with the lines of apply_patch and no header', envelope('*** Update File: a.txt', ' one', '-two', '+2', ' three')],
    ['with the lines of apply_patch in a fence', `\`\`\`\n${envelope('*** Update File: a.txt', '-two', '+2')}\`\`\`\n`],
    [
      'with hunks out of order that stand once',
      '@@ -4 +4 @@\n-four\n+4\n@@ -1 +1 @@\n-one\n+1\n',
      '1\ntwo\nthree\n4\nfive\n',
    ],
    [
      'with a line that looks like a file name',
      '@@ -1,9 +1,9 @@\n one\n--- a\n+++ b\n two\n',
      'one\n++ b\ntwo\n',
      'one\n-- a\ntwo\n',
    ],
    [
      'that means the end of the file',
      envelope('*** Update File: a.txt', '@@', '-x', '+y', '*** End of File'),
      'x\na\nx\na\ny\n',
      'x\na\nx\na\nx\n',
    ],
    [
      'that adds lines at the end of the file',
      envelope('*** Update File: a.txt', '@@', '+six', '*** End of File'),
      `${BASE}six\n`,
    ],
    [
      'that adds lines below one that it names',
      envelope('*** Update File: a.txt', '@@ two', '+2.5'),
      'one\ntwo\n2.5\nthree\nfour\nfive\n',
    ],
    [
      'that names the class and the function above a place',
      envelope('*** Update File: a.txt', '@@ class B:', '@@     def f():', '-        return 1', '+        return 2'),
      CLASSES.replace(/1\n$/, '2\n'),
      CLASSES,
    ],
    [
      'that names the first class above a place, and not the second',
      envelope('*** Update File: a.txt', '@@ class A', '-        return 1', '+        return 2'),
      CLASSES.replace('1', '2'),
      CLASSES,
    ],
    [
      'whose line numbers say which of several places is meant',
      '@@ -3,9 +3,9 @@\n-x\n+y\n',
      'x\na\ny\na\nx\n',
      'x\na\nx\na\nx\n',
    ],
  ])('is applied: %s', (_, patch, result = changed, base = BASE) => {
    expect(apply(patch, base)).toBe(result);
  });

  it('creates a file by "*** Add File"', () => {
    expect(apply(envelope('*** Add File: a.txt', '+one', '+', '+three'), null)).toBe('one\n\nthree\n');
    expect(apply(envelope('*** Add File: a.txt'), null)).toBe('');
  });

  it.each<[string, string, string, string?]>([
    [
      'of a text that stands at several places',
      '@@\n-x\n+y\n',
      'The patch does not fit at one place only: hunk 1 (line 1 of the patch) fits at lines 1, 3, 5 of the file. Add lines around it until it fits at one.',
      'x\na\nx\na\nx\n',
    ],
    [
      'that names something which is there twice',
      envelope('*** Update File: a.txt', '@@ def f():', '-        return 1', '+        return 2'),
      'The patch does not fit at one place only: hunk 1 (line 3 of the patch) fits at lines 3, 7 of the file. Add lines around it until it fits at one.',
      CLASSES,
    ],
    [
      'that differs in white space',
      '@@\n one\n-  two\n+2\n',
      'The patch does not fit: hunk 1 expects another text than line 2 of the file has (line 3 of the patch; they differ in white space only, at the beginning of the line). File: "two\\n", patch: "  two\\n". Write the line exactly as the file has it.',
    ],
    [
      'of other lines',
      '@@ -2 +2 @@\n two\n-three and a half\n+3\n',
      'The patch does not fit: hunk 1 expects another text than line 3 of the file has (line 3 of the patch). File: "three\\n", patch: "three and a half\\n". No line of the file is like it. Read the file again and make the patch from what it says.',
    ],
    [
      'of a text that is nowhere',
      '@@\n-zzz\n+2\n',
      'The patch does not fit: hunk 1 (line 1 of the patch) fits nowhere, and nothing in the file is like it. Read the file again and make the patch from what it says.',
    ],
    [
      'of lines that overlap',
      '@@\n one\n-two\n+2\n@@\n two\n-three\n+3\n',
      'The patch does not fit: the lines of hunk 2 (line 5 of the patch) stand at line 2 of the file, which is not the line that its header names, or stands before the end of the hunk above. Order the hunks by line, and let no two overlap.',
    ],
    [
      'of new lines without a place',
      '@@\n+six\n',
      'The patch does not fit: hunk 1 (line 1 of the patch) has new lines only, and does not say reliably where they belong. Add a line that stands before or after them.',
    ],
    [
      'of new lines at a line number, where another number is wrong',
      '@@ -2 +2 @@\n-one\n+1\n@@ -4,0 +5 @@\n+4.5\n',
      'The patch does not fit: hunk 2 (line 4 of the patch) has new lines only, and does not say reliably where they belong. Add a line that stands before or after them.',
    ],
    [
      'of apply_patch that breaks off',
      '*** Begin Patch\n*** Update File: a.txt\n-two\n+2\n',
      'The patch does not end with "*** End Patch", so a part of it may be missing.',
    ],
    [
      'of apply_patch with a line of another kind',
      envelope('*** Rename File: a.txt', '-two', '+2'),
      'The patch has a line 2 that is neither a header nor part of a hunk: "*** Rename File: a.txt". Each file begins with "*** Update File: path", "*** Add File: path" or "*** Delete File: path".',
    ],
    [
      'of apply_patch with a new file whose lines have no mark',
      envelope('*** Add File: a.txt', '+one', 'two'),
      'The patch has a line 4 that does not begin with "+": "two". Each line of a new file does.',
    ],
    [
      'of apply_patch for another file',
      envelope('*** Update File: b.txt', '-two', '+2'),
      'The patch is for "b.txt", but the argument path says "a.txt".',
    ],
    [
      'of apply_patch that deletes',
      envelope('*** Delete File: a.txt'),
      'The patch deletes the file, which file.patch does not do.',
    ],
    [
      'of apply_patch that moves',
      envelope('*** Update File: a.txt', '*** Move to: b.txt', '-two', '+2'),
      'The patch renames or copies a file, which file.patch does not do.',
    ],
    [
      'of apply_patch for several files',
      envelope('*** Update File: a.txt', '-two', '+2', '*** Delete File: b.txt'),
      'The patch changes several files. Send one call for each file.',
    ],
    [
      'of apply_patch that creates what is there',
      envelope('*** Add File: a.txt', '+one'),
      'The patch creates "a.txt", which exists already. Patch the existing text instead.',
    ],
  ])('is refused with its reason: %s', (_, patch, message, base = BASE) => {
    expect(refusalOf(patch, base)).toBe(message);
  });

  it('reveals neither text nor location in a file that its author may not read', () => {
    const options = { ...MODEL, quotes: false };
    const message =
      'The patch does not fit: hunk 1 (line 1 of the patch) does not fit at exactly one place. Read the file again and make the patch from what it says.';
    expect(refusalOf('@@\n-a\n+b\n', 'a\na\n', options)).toBe(message);
    expect(refusalOf('@@\n-  a\n+b\n', 'a\na\n', options)).toBe(message);
  });

  it('is held to its numbers by an exact call, and needs none there', () => {
    const exact = { quotes: true, exact: true, relaxes: true };
    expect(apply('@@\n one\n-two\n+2\n', BASE, exact)).toBe(changed);
    expect(refusalOf('@@ -2,2 +2,2 @@\n one\n-two\n+2\n', BASE, exact)).toContain('call with "exact": false');
    expect(refusalOf('@@ -1,3 +1,3 @@\n one\n-two\n+2\n', BASE, exact)).toContain('counts 3 old and 3 new lines');
    expect(refusalOf('@@ -2,2 +2,2 @@\n one\n-two\n+2\n@@\n-four\n+4\n', BASE, exact)).toContain('stand at line 1');
  });

  describe('of several files', () => {
    it('is read from the format of apply_patch: changed, new, moved and deleted files', () => {
      const parts = parsePatchSet(
        envelope(
          '*** Update File: a.txt',
          '@@',
          '-two',
          '+2',
          '*** Add File: new/b.txt',
          '+b',
          '*** Update File: c.txt',
          '*** Move to: d.txt',
          '-c',
          '+d',
          '*** Delete File: e.txt',
        ),
        false,
      );
      expect(parts.map((part) => [part.kind, ...pathsOfPart(part)])).toEqual([
        ['modify', 'a.txt'],
        ['create', 'new/b.txt'],
        ['move', 'c.txt', 'd.txt'],
        ['delete', 'e.txt'],
      ]);
      const bases = [BASE, null, 'c\n', 'e\n'];
      expect(parts.map((part, index) => applyPart(part, bases[index] ?? null, MODEL))).toEqual([
        changed,
        'b\n',
        'd\n',
        null,
      ]);
    });

    it('is read with names that have no a/ and b/ in front', () => {
      const parts = parsePatchSet('--- a.txt\n+++ a.txt\n@@ -1,9 +1,9 @@\n-one\n+1\n', false);
      expect(parts).toMatchObject([{ kind: 'modify', path: 'a.txt' }]);
    });

    it.each([
      ['a way out', envelope('*** Update File: ../x', '-a', '+b')],
      ['an absolute path', envelope('*** Add File: /etc/passwd', '+a')],
      ['a hook of git', envelope('*** Update File: a', '*** Move to: .git/hooks/pre-commit', '-a', '+b')],
      ['one file twice', envelope('*** Update File: a', '-a', '+b', '*** Delete File: a')],
      ['two spellings of one file', envelope('*** Add File: a', '+b', '*** Add File: A', '+b')],
      ['a file that is a folder', envelope('*** Add File: a', '+b', '*** Add File: a/b', '+b')],
      ['nothing', envelope()],
    ])('is refused with %s', (_, patch) => {
      expect(() => parsePatchSet(patch, false)).toThrow(INVALID);
    });
  });

  describe('in general', () => {
    const distinct = fc
      .uniqueArray(fc.stringMatching(/^[a-z@+ -]{1,6}$/), { minLength: 1, maxLength: 30 })
      .map((lines) => lines.map((line) => `${line}\n`));
    const numbers = fc.array(fc.nat(40), { minLength: 4, maxLength: 4 });

    it('gives the same bytes for any counts and line numbers in its headers, if each line occurs once', () => {
      fc.assert(
        fc.property(distinct, distinct, fc.infiniteStream(numbers), fc.boolean(), (lines, others, wrong, final) => {
          // A text that shares most lines with the other text.
          const kept = lines.map((line, index) => (index % 5 === 2 ? (others[index] ?? line) : line));
          const cut = (text: string) => (final ? text : text.slice(0, -1));
          const [base, result] = [cut(lines.join('')), cut(kept.join(''))];
          if (base === result || base === '') return;
          const corrupted = diffText('a.txt', base, result).patch.replaceAll(HEADER, () => {
            const [start, old, at, added] = wrong.next().value ?? [];
            return `@@ -${start},${old} +${at},${added} @@`;
          });
          expect(apply(corrupted, base)).toBe(result);
        }),
        { numRuns: 500 },
      );
    });

    /** All texts that result from applying the hunks in order, without overlap, where their lines occur. */
    const outcomes = (base: string, hunks: readonly (readonly string[])[]): string[] => {
      const lines = splitLines(base);
      const from = (hunk: number, at: number): string[] => {
        const own = hunks[hunk];
        if (!own) return [lines.slice(at).join('')];
        const side = (mark: string) => own.filter((line) => !line.startsWith(mark)).map((line) => `${line.slice(1)}\n`);
        const [old, added] = [side('+'), side('-')];
        const places = lines
          .map((_, index) => index)
          .filter((index) => index >= at && index + old.length <= lines.length);
        return places
          .filter((index) => old.every((line, offset) => lines[index + offset] === line))
          .flatMap((index) =>
            from(hunk + 1, index + old.length).map((rest) => lines.slice(at, index).join('') + added.join('') + rest),
          );
      };
      return from(0, 0);
    };

    it('without numbers is applied where it fits at one place only, and refused otherwise', () => {
      const text = fc
        .array(fc.constantFrom('a\n', 'b\n', '\n'), { minLength: 1, maxLength: 14 })
        .map((lines) => lines.join(''));
      fc.assert(
        fc.property(text, text, fc.boolean(), (base, result, wraps) => {
          if (base === result) return;
          const { patch } = diffText('a.txt', base, result);
          const bare = patch.slice(patch.indexOf('@@')).replaceAll(HEADER, '@@');
          const hunks = bare
            .split(/^@@\n/m)
            .slice(1)
            .map((body) => body.split('\n').slice(0, -1));
          const given = wraps ? envelope('*** Update File: a.txt', bare.slice(0, -1)) : bare;
          const possible = outcomes(base, hunks);
          const only = possible.length === 1 ? possible[0] : null;
          const applied = refusalOf(given, base) === null ? apply(given, base) : null;
          expect(applied).toBe(only);
        }),
        { numRuns: 1_000 },
      );
    });

    it.each([
      ['one long hunk', `@@\n${' a\n'.repeat(60_000)}-b\n+c\n${' a\n'.repeat(60_000)}`],
      ['many hunks', '@@\n-a\n+b\n'.repeat(60_000)],
      ['many hunks below a line', '@@ a\n-a\n+b\n'.repeat(40_000)],
      ['many headers', `${'@@\n'.repeat(200_000)}-a\n+b\n`],
    ])('comes to an end with a file of equal lines and %s', (_, patch) => {
      expect(refusalOf(patch, 'a\n'.repeat(200_000))).toContain('The patch does not fit');
    });
  });
});
