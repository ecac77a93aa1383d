import { chmod, link, readdir, stat, symlink, unlink } from 'node:fs/promises';
import { contentHashOf } from '@assent/platform';
import { applyFiles } from './apply-files';
import type { DraftFile } from './content-file';
import { buildDiff, parseContent } from './diff-content';
import { useWorkspace } from './testing/temp-workspace';

const signal = new AbortController().signal;
const ownName = (name: string, ending: string) =>
  `.assent-${contentHashOf(name).slice('sha256:'.length, 'sha256:'.length + 32)}.${ending}`;

describe('applyFiles of files that come, go and move', () => {
  const workspace = useWorkspace();
  const apply = async (...files: DraftFile[]) => {
    const diff = buildDiff('file.patch_many', 'test', { files });
    if (diff.unchanged) throw new Error('expected a change');
    return applyFiles(parseContent(diff.bytes, diff.contentHash), workspace.root, signal);
  };
  const deletion: DraftFile = { path: 'a.txt', base: 'base\n', result: null };
  const move: DraftFile[] = [
    { path: 'old.txt', base: 'text\n', result: null },
    { path: 'deep/new.txt', base: null, result: 'text\n', movedFrom: 'old.txt' },
  ];

  it.each([
    ['changed', async () => workspace.write('a.txt', 'other\n')],
    ['a second name of a file', async () => link(workspace.at('a.txt'), workspace.at('b.txt'))],
    [
      'a link',
      async () => {
        await unlink(workspace.at('a.txt'));
        await symlink(`${workspace.outside}/secret.txt`, workspace.at('a.txt'));
      },
    ],
  ])('does not delete what is %s', async (_, disturb) => {
    await workspace.write('a.txt', 'base\n');
    await disturb();
    const before = await workspace.everything();
    expect(await apply(deletion)).toMatchObject({ outcome: 'stale', files: [{ path: 'a.txt', state: 'other' }] });
    expect([await workspace.everything(), await workspace.everythingOutside()]).toEqual([
      before,
      [['secret.txt', 'secret\n']],
    ]);
  });

  it('takes a file whose folder is gone for deleted', async () => {
    expect(await apply({ ...deletion, path: 'no/such/a.txt' })).toMatchObject({ outcome: 'already_applied' });
  });

  it('reports, before it changes anything, a folder at the temporary name of a deletion', async () => {
    await workspace.write('a.txt', 'base\n');
    await workspace.write('b.txt', 'b\n');
    await workspace.write(`${ownName('a.txt', 'old')}/mine`, 'x');
    await expect(apply({ path: 'b.txt', base: 'b\n', result: 'B\n' }, deletion)).rejects.toMatchObject({
      reason: 'conflict',
    });
    expect([await workspace.read('a.txt'), await workspace.read('b.txt')]).toEqual(['base\n', 'b\n']);
    expect((await workspace.everything()).filter((path) => path.endsWith('.tmp'))).toEqual([]);
  });

  it.each([
    ['before the new name', { 'old.txt': 'text\n' }],
    ['when both names are there', { 'old.txt': 'text\n', 'deep/new.txt': 'text\n' }],
    ['when the old one was put aside', { [ownName('old.txt', 'old')]: 'text\n', 'deep/new.txt': 'text\n' }],
    ['when the new content was half written', { 'old.txt': 'text\n', [`deep/${ownName('new.txt', 'tmp')}`]: 'te' }],
  ])('resumes a move that was interrupted %s', async (_, files) => {
    for (const [path, text] of Object.entries(files)) await workspace.write(path, text);
    expect(await apply(...move)).toMatchObject({ outcome: 'applied' });
    expect([await workspace.everything(), await workspace.read('deep/new.txt')]).toEqual([
      ['deep', 'deep/new.txt'],
      'text\n',
    ]);
    expect(await apply(...move)).toMatchObject({ outcome: 'already_applied' });
  });

  it('keeps the mode of a file that moves, also after an interruption', async () => {
    await workspace.write('old.txt', 'text\n');
    await chmod(workspace.at('old.txt'), 0o700);
    await workspace.write(`deep/${ownName('new.txt', 'tmp')}`, 'te');
    await apply(...move);
    expect((await stat(workspace.at('deep/new.txt'))).mode & 0o777).toBe(0o700);
  });

  it('gives a file back that a killed deletion of another change had put aside', async () => {
    await workspace.write(ownName('a.txt', 'old'), 'base\n');
    expect(await apply({ path: 'a.txt', base: null, result: 'mine\n' })).toMatchObject({ outcome: 'stale' });
    expect([await workspace.everything(), await workspace.read('a.txt')]).toEqual([['a.txt'], 'base\n']);
  });

  it('moves nothing when the new name was taken, and shows both', async () => {
    await workspace.write('old.txt', 'text\n');
    await workspace.write('deep/new.txt', 'theirs\n');
    expect(await apply(...move)).toEqual({
      outcome: 'stale',
      files: [
        { path: 'deep/new.txt', state: 'other', conflict: expect.stringContaining('theirs\n') as string },
        { path: 'old.txt', state: 'base' },
      ],
    });
    expect(await workspace.read('old.txt')).toBe('text\n');
  });

  it('shows what collides, and nothing of a file that has another name, perhaps outside', async () => {
    await workspace.write('a.txt', 'one\nzwei\n');
    await workspace.write('b.txt', 'hidden\n');
    await link(workspace.at('b.txt'), workspace.at('c.txt'));
    expect(
      await apply(
        { path: 'a.txt', base: 'one\ntwo\n', result: 'one\ndeux\n' },
        { path: 'b.txt', base: 'x\n', result: 'y\n' },
      ),
    ).toEqual({
      outcome: 'stale',
      files: [
        {
          path: 'a.txt',
          state: 'other',
          conflict:
            '@@ line 2 of the file as it is now @@\n<<<<<<< as it is now\nzwei\n||||||| what the change was made for\ntwo\n=======\ndeux\n>>>>>>> what was approved\n',
        },
        { path: 'b.txt', state: 'other' },
      ],
    });
  });

  it('renames a file to another case of its name where the disk tells them apart', async () => {
    await workspace.write('readme.md', 'x\n');
    const result = await apply(
      { path: 'readme.md', base: 'x\n', result: null },
      { path: 'README.md', base: null, result: 'x\n', movedFrom: 'readme.md' },
    );
    // On a case-insensitive disk the new name is taken.
    expect([result.outcome, await workspace.everything()]).toEqual(
      result.outcome === 'applied' ? ['applied', ['README.md']] : ['stale', ['readme.md']],
    );
  });

  it('leaves no file open, for any outcome', async () => {
    const before = (await readdir('/proc/self/fd')).length;
    await workspace.write('old.txt', 'text\n');
    await apply(...move);
    await apply(deletion);
    await apply({ path: 'deep/new.txt', base: 'x', result: null });
    expect((await readdir('/proc/self/fd')).length).toBe(before);
  });
});
