import { symlink } from 'node:fs/promises';
import { buildDiff, parseContent, gitApply, TempWorkspace, useWorkspace } from '@assent/tools/testing';
import { filePatchMany } from './file-patch-many.adapter';

const PATCH = [
  '--- a/a.txt',
  '+++ b/a.txt',
  '@@ -1,2 +1,2 @@',
  ' one',
  '-two',
  '+2',
  '--- /dev/null',
  '+++ b/new/b.txt',
  '@@ -0,0 +1 @@',
  '+fresh',
  '--- a/gone.txt',
  '+++ /dev/null',
  '@@ -1 +0,0 @@',
  '-x',
  'diff --git a/here.txt b/there.txt',
  'rename from here.txt',
  'rename to there.txt',
  '--- a/here.txt',
  '+++ b/there.txt',
  '@@ -1 +1 @@',
  '-h',
  '+t',
  '',
].join('\n');

describe('file.patch_many', () => {
  const workspace = useWorkspace();
  const dryRun = async (patch: string, shows = (_: string) => true) =>
    filePatchMany.dryRun({ patch }, workspace.context({ shows }));
  const prepare = async (place = workspace) => {
    await place.write('a.txt', 'one\ntwo\n');
    await place.write('gone.txt', 'x\n');
    await place.write('here.txt', 'h\n');
  };

  it('drafts all files and touches none', async () => {
    await prepare();
    expect(await dryRun(PATCH)).toEqual({
      files: [
        { path: 'a.txt', base: 'one\ntwo\n', result: 'one\n2\n' },
        { path: 'new/b.txt', base: null, result: 'fresh\n' },
        { path: 'gone.txt', base: 'x\n', result: null },
        { path: 'here.txt', base: 'h\n', result: null },
        { path: 'there.txt', base: null, result: 't\n', movedFrom: 'here.txt' },
      ],
    });
    expect(await workspace.everything()).toEqual(['a.txt', 'gone.txt', 'here.txt']);
  });

  it('writes whole texts over existing files, in their format, and as new files', async () => {
    await workspace.write('crlf.txt', 'one\r\ntwo\r\n');
    await workspace.write('same.txt', 'same\n');
    const patch = [
      '*** Begin Patch',
      '*** Write File: crlf.txt',
      '+1',
      '+',
      '+*** End Patch',
      '*** Write File: same.txt',
      '+same',
      '*** Write File: bare.txt',
      '+no line break',
      '\\ No newline at end of file',
      '*** Write File: empty.txt',
      '*** End Patch',
    ].join('\n');
    expect(filePatchMany.paths?.({ patch })).toEqual(['crlf.txt', 'same.txt', 'bare.txt', 'empty.txt']);
    expect(await filePatchMany.dryRun({ patch, exact: false }, workspace.context())).toEqual({
      files: [
        { path: 'crlf.txt', base: 'one\r\ntwo\r\n', result: '1\r\n\r\n*** End Patch\r\n' },
        { path: 'same.txt', base: 'same\n', result: 'same\n' },
        { path: 'bare.txt', base: null, result: 'no line break' },
        { path: 'empty.txt', base: null, result: '' },
      ],
    });
  });

  it('takes the format of apply_patch, and names each of its paths to the guard', async () => {
    await prepare();
    const patch = [
      '*** Begin Patch',
      '*** Update File: a.txt',
      '@@',
      '-two',
      '+2',
      '*** Add File: new/b.txt',
      '+fresh',
      '*** Delete File: gone.txt',
      '*** Update File: here.txt',
      '*** Move to: there.txt',
      '-h',
      '+t',
      '*** End Patch',
      '',
    ].join('\n');
    expect(await dryRun(patch)).toEqual(await dryRun(PATCH));
    expect(filePatchMany.paths?.({ patch })).toEqual(filePatchMany.paths?.({ patch: PATCH }));
    for (const path of ['a.txt', 'new/b.txt', 'gone.txt', 'here.txt', 'there.txt']) {
      await expect(dryRun(patch, (shown) => shown !== path)).rejects.toMatchObject({ reason: 'forbidden' });
    }
  });

  it('keeps CRLF and a byte order mark in each file, moved and deleted ones too, unless the call is exact', async () => {
    await workspace.write('a.txt', '\ufeffone\r\ntwo\r\n');
    await workspace.write('gone.txt', 'x');
    await workspace.write('here.txt', 'h\r\n');
    expect(await filePatchMany.dryRun({ patch: PATCH }, workspace.context({ exact: false }))).toMatchObject({
      files: [
        { path: 'a.txt', result: '\ufeffone\r\n2\r\n' },
        { path: 'new/b.txt', result: 'fresh\n' },
        { path: 'gone.txt', result: null },
        { path: 'here.txt', result: null },
        { path: 'there.txt', result: 't\r\n' },
      ],
    });
    await expect(dryRun(PATCH)).rejects.toMatchObject({ reason: 'conflict' });
  });

  it('applies them to the end that git comes to with the patch that was shown', async () => {
    await prepare();
    const diff = buildDiff('file.patch_many', 'test', await dryRun(PATCH));
    if (diff.unchanged) throw new Error('expected a change');
    const other = new TempWorkspace();
    await other.open();
    try {
      await prepare(other);
      await gitApply(other, diff.patch);
      const content = parseContent(diff.bytes, diff.contentHash);
      expect(await filePatchMany.apply(content, workspace.context())).toMatchObject({ outcome: 'applied' });
      const paths = ['a.txt', 'new', 'new/b.txt', 'there.txt'];
      expect([await workspace.everything(), await other.everything()]).toEqual([paths, paths]);
      for (const path of ['a.txt', 'new/b.txt', 'there.txt']) {
        expect(await workspace.read(path)).toBe(await other.read(path));
      }
    } finally {
      await other.close();
    }
  });

  it('tells every path it touches, so that rules for any of them hold', () => {
    expect(filePatchMany.paths?.({ patch: PATCH })).toEqual([
      'a.txt',
      'new/b.txt',
      'gone.txt',
      'here.txt',
      'there.txt',
    ]);
    expect(filePatchMany.paths?.({})).toEqual([]);
    expect(() => filePatchMany.paths?.({ patch: 'x' })).toThrow(
      expect.objectContaining({ reason: 'invalid', details: { pointer: '/args/patch' } }) as Error,
    );
  });

  it.each(['a.txt', 'new/b.txt', 'gone.txt', 'here.txt', 'there.txt'])(
    'refuses the whole patch when a rule treats %s more strictly, before it reads anything',
    async (covered) => {
      await expect(dryRun(PATCH, (path) => path !== covered)).rejects.toMatchObject({
        reason: 'forbidden',
        message: expect.stringContaining(`"${covered}"`) as string,
      });
    },
  );

  it.each([
    ['one file does not fit', async () => workspace.write('a.txt', 'one\ndrei\n'), 'conflict'],
    ['a new file is there', async () => workspace.write('new/b.txt', ''), 'conflict'],
    ['a new name is taken', async () => workspace.write('there.txt', ''), 'conflict'],
    ['a folder is a link', async () => symlink(workspace.outside, workspace.at('new')), 'invalid'],
    ['a file is too large', async () => workspace.write('here.txt', Buffer.alloc(1_048_577, 'x')), 'invalid'],
    ['a file is binary', async () => workspace.write('gone.txt', Buffer.from([0])), 'invalid'],
  ])('refuses the whole patch when %s', async (_, disturb, reason) => {
    await prepare();
    await disturb();
    await expect(dryRun(PATCH)).rejects.toMatchObject({ reason, details: { pointer: '/args/patch' } });
  });

  it('refuses more than 4 MiB of files in all', async () => {
    const renames = ['a', 'b', 'c'].map(
      (name) => `diff --git a/${name} b/${name}2\nrename from ${name}\nrename to ${name}2\n`,
    );
    for (const name of ['a', 'b', 'c']) await workspace.write(name, 'x'.repeat(1_048_576));
    await expect(dryRun(renames.join(''))).rejects.toMatchObject({
      reason: 'invalid',
      message: expect.stringContaining('more than 4194304 bytes together') as string,
    });
    expect((await dryRun(renames.slice(0, 2).join(''))).files).toHaveLength(4);
  });
});
