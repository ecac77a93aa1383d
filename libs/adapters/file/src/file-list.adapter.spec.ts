import { chmod, readdir, symlink } from 'node:fs/promises';
import { asOrdinaryUser, useWorkspace } from '@assent/tools/testing';
import { fileList } from './file-list.adapter';

describe('file.list', () => {
  const workspace = useWorkspace();
  const list = async (
    args: { path?: string; glob?: string; limit?: number; includeIgnored?: boolean } = {},
    changes = {},
  ) => fileList.run(args, workspace.context(changes));
  const openFiles = async () => (await readdir('/proc/self/fd')).length;

  beforeEach(async () => {
    for (const path of [
      'b.txt',
      'a.txt',
      '.env',
      'src/main.ts',
      'src/deep/util.ts',
      'src/deep/util.js',
      '.git/config',
      'B/x',
    ]) {
      await workspace.write(path, 'x');
    }
    await symlink(workspace.outside, workspace.at('link'));
    workspace.makePipe('pipe');
  });

  it('lists a folder in a fixed order, without links, pipes and .git', async () => {
    const expected = {
      path: '.',
      entries: [
        { path: '.env', kind: 'file' },
        { path: 'B', kind: 'directory' },
        { path: 'a.txt', kind: 'file' },
        { path: 'b.txt', kind: 'file' },
        { path: 'src', kind: 'directory' },
      ],
      truncated: false,
    };
    expect(await list()).toEqual(expected);
    expect(await list({ path: '.' })).toEqual(expected);
    expect(await list({ path: 'src' })).toEqual({
      path: 'src',
      entries: [
        { path: 'src/deep', kind: 'directory' },
        { path: 'src/main.ts', kind: 'file' },
      ],
      truncated: false,
    });
  });

  it('lists the files anywhere below that match a glob, which begins at the folder', async () => {
    expect(await list({ glob: '**/*.ts' })).toEqual({
      path: '.',
      entries: [
        { path: 'src/deep/util.ts', kind: 'file' },
        { path: 'src/main.ts', kind: 'file' },
      ],
      truncated: false,
    });
    expect(await list({ path: 'src', glob: 'deep/*.{ts,js}' })).toMatchObject({
      entries: [{ path: 'src/deep/util.js' }, { path: 'src/deep/util.ts' }],
    });
    expect(await list({ glob: '**/config' })).toMatchObject({ entries: [] });
  });

  it('says truncated exactly when there is more', async () => {
    expect(await list({ limit: 5 })).toMatchObject({ truncated: false });
    expect(await list({ limit: 4 })).toMatchObject({ entries: [{}, {}, {}, {}], truncated: true });
    expect(await list({ glob: '**/*.ts', limit: 1 })).toMatchObject({
      entries: [{ path: 'src/deep/util.ts' }],
      truncated: true,
    });
  });

  it('leaves out what the policy does not let it show', async () => {
    const shows = (path: string) => !path.startsWith('src/deep') && path !== '.env';
    expect(await list({}, { shows })).toMatchObject({
      entries: [{ path: 'B' }, { path: 'a.txt' }, { path: 'b.txt' }, { path: 'src' }],
    });
    expect(await list({ glob: '**/*.ts' }, { shows })).toMatchObject({ entries: [{ path: 'src/main.ts' }] });
  });

  it('leaves out what .gitignore files leave out, unless told otherwise', async () => {
    await workspace.write('.gitignore', 'B/\n*.js\n');
    await workspace.write('src/.gitignore', '/main.ts\n');
    const pathsOf = async (args: Parameters<typeof list>[0]) =>
      ((await list(args))['entries'] as { path: string }[]).map(({ path }) => path);
    expect(await pathsOf({})).toEqual(['.env', '.gitignore', 'a.txt', 'b.txt', 'src']);
    expect(await pathsOf({ includeIgnored: true })).toContain('B');
    expect(await pathsOf({ glob: '**/*.{ts,js}' })).toEqual(['src/deep/util.ts']);
    expect(await pathsOf({ path: 'src' })).toEqual(['src/.gitignore', 'src/deep']);
    expect(await pathsOf({ glob: '**/*.{ts,js}', includeIgnored: true })).toEqual([
      'src/deep/util.js',
      'src/deep/util.ts',
      'src/main.ts',
    ]);
    expect(await pathsOf({ path: 'B' })).toEqual(['B/x']);
  });

  it('passes over a folder that the server may not read', async () => {
    await chmod(workspace.at('src/deep'), 0o000);
    await asOrdinaryUser(async () => {
      expect(await list({ glob: '**/*.ts' })).toMatchObject({ entries: [{ path: 'src/main.ts' }], truncated: false });
    });
  });

  it('closes every folder, also when it ends early or is aborted', async () => {
    const before = await openFiles();
    await list({ glob: '**' });
    await list({ glob: '**', limit: 1 });
    await expect(list({ glob: '**' }, { signal: AbortSignal.abort(new Error('cancelled')) })).rejects.toThrow(
      'cancelled',
    );
    expect(await openFiles()).toBe(before);
  });

  it.each([
    ['a folder that is not there', { path: 'none' }, 'not_found', '/args/path'],
    ['a file', { path: 'a.txt' }, 'invalid', '/args/path'],
    ['a link', { path: 'link' }, 'invalid', '/args/path'],
    ['.git', { path: '.git' }, 'invalid', '/args/path'],
    ['the parent', { path: '..' }, 'invalid', '/args/path'],
    ['an invalid glob', { glob: '[a]' }, 'invalid', '/args/glob'],
  ])('refuses %s', async (_, args, reason, pointer) => {
    await expect(list(args)).rejects.toMatchObject({ reason, details: { pointer } });
  });

  it('lists a tree, each folder before what it holds, down to the given depth and without what the policy hides', async () => {
    for (const path of ['top/a/b/c/d.txt', 'top/a/x.txt', 'top/secrets/key', 'top/z.txt'])
      await workspace.write(path, 'x');
    const shows = (path: string) => !path.startsWith('top/secrets');
    const listed = async (depth: number) => {
      const { entries } = await fileList.run({ path: 'top', depth }, workspace.context({ shows }));
      return (entries as { path: string }[]).map(({ path }) => path.slice('top/'.length));
    };
    expect(await listed(1)).toEqual(['a', 'z.txt']);
    expect(await listed(2)).toEqual(['a', 'a/b', 'a/x.txt', 'z.txt']);
    expect(await listed(4)).toEqual(['a', 'a/b', 'a/b/c', 'a/b/c/d.txt', 'a/x.txt', 'z.txt']);
  });
});
