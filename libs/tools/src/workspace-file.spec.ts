import { chmod, link, mkdir, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { contentHashOf } from '@assent/platform';
import { useWorkspace } from './testing/temp-workspace';
import { WorkspaceDirectory, reachWorkspace } from './workspace-directory';
import { decodeText, readSnapshot } from './workspace-file';

const refusal = (text: string) =>
  expect.objectContaining({
    reason: 'invalid',
    details: { pointer: '/args/path' },
    message: expect.stringContaining(text) as string,
  }) as Error;

describe('readSnapshot', () => {
  const workspace = useWorkspace();
  const read = (name: string) => {
    const root = WorkspaceDirectory.openRoot(workspace.root);
    try {
      return readSnapshot(root, name);
    } finally {
      root.close();
    }
  };

  it('reads the bytes of a file with its hash and mode', async () => {
    await workspace.write('a.sh', 'x\r\n');
    await chmod(workspace.at('a.sh'), 0o750);
    expect(read('a.sh')).toMatchObject({
      bytes: Buffer.from('x\r\n'),
      hash: contentHashOf('x\r\n'),
      mode: 0o750,
      links: 1,
    });
  });

  it('returns null for a missing file', () => {
    expect(read('none')).toBeNull();
  });

  it('reads a file of exactly the limit and refuses one byte more', async () => {
    await workspace.write('full', Buffer.alloc(1_048_576, 'x'));
    await workspace.write('over', Buffer.alloc(1_048_577, 'x'));
    expect(read('full')?.bytes).toHaveLength(1_048_576);
    expect(() => read('over')).toThrow(refusal('has 1048577 bytes, over the limit of 1048576'));
  });

  it('refuses a symbolic link, regardless of its target', async () => {
    await workspace.write('real', 'x');
    await symlink('real', workspace.at('inner'));
    await symlink(join(workspace.outside, 'secret.txt'), workspace.at('outer'));
    await symlink('nowhere', workspace.at('dangling'));
    for (const name of ['inner', 'outer', 'dangling']) {
      expect(() => read(name)).toThrow(refusal('is a symbolic link'));
    }
  });

  it('refuses a pipe without waiting for its other end', () => {
    workspace.makePipe('pipe');
    expect(() => read('pipe')).toThrow(refusal('is not a regular file'));
  });

  it('refuses a socket and a folder', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(workspace.at('socket'), resolve));
    await mkdir(workspace.at('folder'));
    expect(() => read('socket')).toThrow(refusal('is not a regular file'));
    expect(() => read('folder')).toThrow(refusal('is a folder'));
    await new Promise((resolve) => server.close(resolve));
  });

  it('counts the names of a hard link', async () => {
    await workspace.write('a', 'x');
    await link(workspace.at('a'), workspace.at('b'));
    expect(read('b')).toMatchObject({ links: 2 });
  });
});

describe('WorkspaceDirectory', () => {
  const workspace = useWorkspace();

  it('follows no symbolic link on the way, not even one that stays inside', async () => {
    await workspace.write('real/a.txt', 'x');
    await symlink('real', workspace.at('inner'));
    await symlink(workspace.outside, workspace.at('outer'));
    for (const name of ['inner', 'outer']) {
      expect(() => WorkspaceDirectory.open(workspace.root, [name])).toThrow(refusal('is a symbolic link'));
      await expect(WorkspaceDirectory.ensure(workspace.root, [name, 'sub'])).rejects.toEqual(
        refusal('is a symbolic link'),
      );
    }
    expect(await workspace.everythingOutside()).toEqual([['secret.txt', 'secret\n']]);
  });

  it('returns null for a missing folder, and refuses a file in its place', async () => {
    await workspace.write('file', 'x');
    expect(WorkspaceDirectory.open(workspace.root, ['none', 'deeper'])).toBeNull();
    expect(() => WorkspaceDirectory.open(workspace.root, ['file'])).toThrow(refusal('is not a folder'));
  });

  it('opens a workspace whose own folder is reached through a link', async () => {
    await workspace.write('a.txt', 'x');
    await symlink(workspace.root, join(workspace.outside, 'link'));
    const root = WorkspaceDirectory.openRoot(join(workspace.outside, 'link'));
    expect(readSnapshot(root, 'a.txt')).toMatchObject({ bytes: Buffer.from('x') });
    root.close();
  });

  it('names no absolute path when the folder of the workspace is gone', async () => {
    const unavailable = expect.objectContaining({
      reason: 'disk_unavailable',
      message: 'The folder of the workspace cannot be opened. Check that WORKSPACES names a folder that exists.',
    }) as Error;
    expect(() => WorkspaceDirectory.openRoot(workspace.at('gone'))).toThrow(unavailable);
    await expect(reachWorkspace(workspace.at('gone'))).rejects.toEqual(unavailable);
  });

  it('is nothing any more once it is closed, also when its descriptor belongs to another folder by then', async () => {
    await workspace.write('real/a.txt', 'x');
    await workspace.write('other/a.txt', 'y');
    const closed = WorkspaceDirectory.open(workspace.root, ['real']);
    closed?.close();
    const other = WorkspaceDirectory.open(workspace.root, ['other']);
    expect(closed && readSnapshot(closed, 'a.txt')).toBeNull();
    closed?.close();
    expect(other && readSnapshot(other, 'a.txt')).toMatchObject({ bytes: Buffer.from('y') });
    other?.close();
  });
});

describe('decodeText', () => {
  it.each([
    ['NUL', Buffer.from('a\0b'), 'contains NUL bytes'],
    ['UTF-16', Buffer.from('\ufeffab', 'utf16le'), 'contains NUL bytes'],
    ['Latin-1', Buffer.from('größe', 'latin1'), 'is not UTF-8 text'],
    ['a cut character', Buffer.from('ä').subarray(0, 1), 'is not UTF-8 text'],
    ['an encoded surrogate', Buffer.from([0xed, 0xa0, 0x80]), 'is not UTF-8 text'],
    ['an overlong slash', Buffer.from([0xc0, 0xaf]), 'is not UTF-8 text'],
  ])('refuses %s', (_, bytes, problem) => {
    expect(() => decodeText(bytes, 'a')).toThrow(refusal(problem));
  });

  it('keeps a byte order mark and every line end', () => {
    expect(decodeText(Buffer.from('\ufeffa\r\nb\rc\n'), 'a')).toBe('\ufeffa\r\nb\rc\n');
  });
});
