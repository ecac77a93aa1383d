import fc from 'fast-check';
import type { DraftFile } from './content-file';
import { buildDiff } from './diff-content';
import { PATCH_FILES_MAX, applyPart, parsePatchSet, pathsOfPart } from './patch-set';

const failure = (reason: string, text: string) =>
  expect.objectContaining({
    reason,
    details: { pointer: '/args/patch' },
    message: expect.stringContaining(text) as string,
  }) as Error;

/** The files after a patch. A file that does not exist is absent. */
function applied(patch: string, before: ReadonlyMap<string, string>): Map<string, string> {
  const after = new Map(before);
  for (const part of parsePatchSet(patch)) {
    const result = applyPart(part, before.get(part.path) ?? null);
    after.delete(part.path);
    if (result !== null) after.set(part.kind === 'move' ? part.to : part.path, result);
  }
  return after;
}

const FOUR = [
  'diff --git a/changed.txt b/changed.txt',
  'index 5626abf..f719efd 100644',
  '--- a/changed.txt',
  '+++ b/changed.txt',
  '@@ -1 +1 @@',
  '-one',
  '+two',
  'diff --git a/new.txt b/new.txt',
  'new file mode 100644',
  '--- /dev/null',
  '+++ b/new.txt',
  '@@ -0,0 +1 @@',
  '+fresh',
  'diff --git a/gone.sh b/gone.sh',
  'deleted file mode 100755',
  '--- a/gone.sh',
  '+++ /dev/null',
  '@@ -1 +0,0 @@',
  '-old',
  'diff --git a/here b/there',
  'similarity index 90%',
  'rename from here',
  'rename to there',
  '--- a/here',
  '+++ b/there',
  '@@ -1,2 +1,2 @@',
  ' kept',
  '-x',
  '+y',
  '',
].join('\n');

describe('parsePatchSet', () => {
  it('reads changed, new, deleted and renamed files', () => {
    const parts = parsePatchSet(FOUR);
    expect(parts.map(({ kind }) => kind)).toEqual(['modify', 'create', 'delete', 'move']);
    expect(parts.flatMap(pathsOfPart)).toEqual(['changed.txt', 'new.txt', 'gone.sh', 'here', 'there']);
    const before = new Map([
      ['changed.txt', 'one\n'],
      ['gone.sh', 'old\n'],
      ['here', 'kept\nx\n'],
    ]);
    expect([...applied(FOUR, before)].sort()).toEqual([
      ['changed.txt', 'two\n'],
      ['new.txt', 'fresh\n'],
      ['there', 'kept\ny\n'],
    ]);
  });

  it('reads plain unified diffs, and empty files that come and go', () => {
    const patch = [
      '--- a/x\t2026-01-01',
      '+++ b/x\t2026-01-02',
      '@@ -1 +1 @@',
      '-1',
      '+2',
      '',
      '--- /dev/null',
      '+++ b/y',
      '@@ -0,0 +1 @@',
      '+y',
      'diff --git a/empty b/empty',
      'new file mode 100644',
      'index 0000000..e69de29',
      'diff --git a/void b/void',
      'deleted file mode 100644',
      '',
    ].join('\n');
    const before = new Map([
      ['x', '1\n'],
      ['void', ''],
    ]);
    expect(applied(patch, before)).toEqual(
      new Map([
        ['x', '2\n'],
        ['y', 'y\n'],
        ['empty', ''],
      ]),
    );
  });

  const modify = (path: string) => `--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n-one\n+two\n`;
  const create = (path: string) => `--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+x\n`;
  const rename = (from: string, to: string) =>
    `diff --git a/${from} b/${to}\nsimilarity index 100%\nrename from ${from}\nrename to ${to}\n`;

  it.each([
    ['nothing', '\n', 'changes no file: it is empty'],
    ['prose', `Here you are:\n${modify('a')}`, 'has a line 1 that is neither'],
    ['half a fence', `\`\`\`diff\n${modify('a')}`, 'has a line 1 that is neither'],
    ['a mistyped second hunk', `${modify('a')}@@-5 +5@@\n-x\n+y\n`, 'has a line 6 that is neither'],
    ['a line too many', `${modify('a')}+three\n`, 'has a line 6 that is neither'],
    [
      'a line too few',
      '--- a/a\n+++ b/a\n@@ -1 +1 @@\n-one\n--- a/b\n+++ b/b\n',
      'counts 1 old and 1 new lines, but has 1 and 0',
    ],
    ['a hunk that is cut off', '--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n one\n', 'in the middle of a hunk'],
    ['a path twice', modify('a') + modify('a'), 'names "a" twice'],
    ['a chain of renames', rename('a', 'b') + rename('b', 'c'), 'names "b" twice'],
    ['a file that is a folder too', modify('a') + create('a/b'), 'takes "a" for a file and for the folder'],
    ['one in another spelling', create('A') + create('a/b'), 'takes "A" for a file and for the folder'],
    ['two spellings of one name', create('Größe') + create('gro\u0308ße'), 'which some disks take for one file'],
    ['a way out', create('../x'), 'contains "." or ".."'],
    ['an absolute path', '--- a//etc/passwd\n+++ b//etc/passwd\n@@ -1 +1 @@\n-a\n+b\n', 'is absolute'],
    ['a path without a prefix', '--- /etc/passwd\n+++ /etc/passwd\n@@ -1 +1 @@\n-a\n+b\n', 'without a/ in front'],
    ['a hook of git', rename('a', '.git/hooks/pre-commit'), 'leads into .git'],
    ['a hook of git, quoted', create('x').replace('b/x', '".gi\\164/x"'), 'without b/ in front'],
    ['a name with a newline', create('x').replace('b/x', '"b/a\\nb"'), 'contains control'],
    ['two names', '--- a/a\n+++ b/b\n@@ -1 +1 @@\n-one\n+two\n', 'has different names for one file'],
    ['headers of two files', `diff --git a/b b/b\n${modify('a')}`, 'names different files in the headers of "a"'],
    ['a rename under the lines of another', rename('a', 'b') + modify('c'), 'the same with them'],
    ['a header without change', 'diff --git a/a b/a\nindex 1111111..2222222 100644\n', 'changes nothing'],
    ['two headers', `diff --git a/a b/a\ndiff --git a/a b/a\n${modify('a')}`, 'changes nothing'],
    ['a copy', 'diff --git a/a b/b\nsimilarity index 100%\ncopy from a\ncopy to b\n', 'copies a file'],
    ['a mode', 'diff --git a/a b/a\nold mode 100644\nnew mode 100755\n', 'changes the mode'],
    ['a symbolic link', `diff --git a/a b/a\nnew file mode 120000\n${create('a')}`, 'changes the mode'],
    ['the end of a link', 'diff --git a/a b/a\ndeleted file mode 120000\n', 'deletes what is no plain file'],
    ['a binary file', 'diff --git a/a b/a\nindex 1..2\nBinary files a/a and b/a differ\n', 'is binary'],
    ['a binary patch', 'diff --git a/a b/a\nGIT binary patch\nliteral 0\n', 'has a line 2 that is neither'],
    ['a new file with old lines', '--- /dev/null\n+++ b/a\n@@ -1 +1 @@\n-x\n+y\n', 'a file that is not there'],
    ['a deletion with new lines', '--- a/a\n+++ /dev/null\n@@ -1 +1 @@\n-x\n+y\n', 'a file that is not there'],
    ['nothing on both sides', '--- /dev/null\n+++ /dev/null\n@@ -0,0 +1 @@\n+x\n', 'without b/ in front'],
    [
      'too many files',
      Array.from({ length: PATCH_FILES_MAX + 1 }, (_, index) => create(`f${index}`)).join(''),
      `changes more than ${PATCH_FILES_MAX} files`,
    ],
  ])('refuses %s', (_, patch, text) => {
    expect(() => parsePatchSet(patch)).toThrow(failure('invalid', text));
  });

  it.each([
    ['a change of what is not there', modify('a'), null, 'changes "a", which does not exist'],
    ['a new file that is there', create('a'), 'x\n', 'creates "a", which exists already'],
    ['other lines', modify('a'), 'two\n', 'hunk 1 of "a" expects another text than line 1'],
    ['half a deletion', '--- a/a\n+++ /dev/null\n@@ -1 +0,0 @@\n-one\n', 'one\ntwo\n', 'does not take away all'],
  ])('does not apply %s', (_, patch, base, text) => {
    const [part] = parsePatchSet(patch);
    if (!part) throw new Error('expected a part');
    expect(() => applyPart(part, base)).toThrow(failure('conflict', text));
  });

  const line = fc.constantFrom('', 'a', 'b', '-', '+', '--- a/x', '@@ -1 +1 @@', 'diff --git a/x b/x', '\\ y', 'a\r');
  const text = fc
    .tuple(fc.array(line, { maxLength: 12 }), fc.constantFrom('', '\n'))
    .map(([lines, end]) => lines.join('\n') + end);
  const name = fc
    .array(fc.constantFrom('a', ' ', '"', "'", 'ä', '\u{1f600}', ' b'), { minLength: 1, maxLength: 4 })
    .map((parts) => `${parts.join('')}x`);
  /** Drafts that change, create, delete and move files, each in its own folders so that names never clash. */
  const drafts = fc
    .array(fc.tuple(name, name, fc.option(text), fc.option(text), fc.boolean()), { minLength: 1, maxLength: 5 })
    .map((rows) =>
      rows.flatMap(([from, to, base, result, moves], index): DraftFile[] => {
        const path = `${index}/${from}`;
        if (base === null || result === null || !moves) return base === result ? [] : [{ path, base, result }];
        return [
          { path, base, result: null },
          { path: `to${index}/${to}`, base: null, result, movedFrom: path },
        ];
      }),
    )
    .filter((files) => files.length > 0);
  const side = (files: readonly DraftFile[], key: 'base' | 'result') =>
    new Map(files.flatMap((file) => (file[key] === null ? [] : [[file.path, file[key]] as const])));
  const patchOf = (files: readonly DraftFile[]) => {
    const diff = buildDiff('file.patch_many', 'test', { files });
    if (diff.unchanged) throw new Error('expected a change');
    return diff.patch;
  };

  it('reads every patch that a diff makes, and comes to its results', () => {
    fc.assert(
      fc.property(drafts, (files) => {
        expect([...applied(patchOf(files), side(files, 'base'))].sort()).toEqual([...side(files, 'result')].sort());
      }),
      { numRuns: 1_000 },
    );
  });

  it('either refuses a damaged patch or changes the same lines it names, never others', () => {
    const damage = fc.tuple(fc.nat(), fc.constantFrom('drop', 'double', 'swap', 'cut', 'replace'), line);
    fc.assert(
      fc.property(drafts, damage, (files, [seed, kind, other]) => {
        const lines = patchOf(files).split('\n');
        const at = seed % lines.length;
        const [now = '', next = ''] = lines.slice(at, at + 2);
        if (kind === 'drop') lines.splice(at, 1);
        else if (kind === 'double') lines.splice(at, 0, now);
        else if (kind === 'swap') lines.splice(at, 2, next, now);
        else if (kind === 'cut') lines.splice(at);
        else lines.splice(at, 1, other);
        const base = side(files, 'base');
        for (const part of accepted(lines.join('\n'))) {
          const text = base.get(part.path) ?? null;
          const result = outcome(() => applyPart(part, text));
          if (result === undefined || result === null || text === null) continue;
          // Everything that the hunks do not name is unchanged and in place.
          const marked = (pattern: RegExp) =>
            part.hunks.map(({ lines: own }) =>
              own.filter((entry) => pattern.test(entry)).map((entry) => entry.slice(1)),
            );
          const olds = marked(/^[- ]|^$/);
          const kept = lineCount(text) - olds.flat().length;
          expect(lineCount(result)).toBe(kept + marked(/^[+ ]|^$/).flat().length);
          for (const [index, { oldStart }] of part.hunks.entries()) {
            if (oldStart === null) continue;
            const old = olds[index] ?? [];
            expect(old).toEqual(text.split('\n').slice(oldStart - 1, oldStart - 1 + old.length));
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

function accepted(patch: string) {
  return outcome(() => parsePatchSet(patch)) ?? [];
}

/** Undefined when the work throws an AssentError. Any other error fails the test. */
function outcome<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (thrown) {
    expect(thrown).toMatchObject({ name: 'AssentError', details: { pointer: '/args/patch' } });
    return undefined;
  }
}

function lineCount(text: string): number {
  return text.split(/(?<=\n)/).filter((part) => part !== '').length;
}
