import { readFile, readdir, rename, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { TempFile } from './temp-file';
import { useWorkspace } from './testing/temp-workspace';
import { WorkspaceDirectory } from './workspace-directory';

describe('TempFile', () => {
  const workspace = useWorkspace();
  const ATTRIBUTES = { mode: 0o640, owner: null };

  async function whileWritten(work: (file: TempFile, name: string) => Promise<void>): Promise<void> {
    const root = WorkspaceDirectory.openRoot(workspace.root);
    try {
      const file = await TempFile.write(root, 'a.txt', Buffer.from('result'), ATTRIBUTES);
      const [name = ''] = (await readdir(workspace.root)).filter((entry) => entry.endsWith('.tmp'));
      await work(file, name).finally(() => {
        file.end();
      });
    } finally {
      root.close();
    }
  }

  it('becomes the target', async () => {
    await workspace.write('a.txt', 'base');
    await whileWritten(async (file) => {
      expect(await workspace.read('a.txt')).toBe('base');
      file.moveToTarget();
    });
    expect([await workspace.read('a.txt'), await workspace.everything()]).toEqual(['result', ['a.txt']]);
  });

  it('is gone when it ends before that', async () => {
    await whileWritten(async (_, name) => {
      expect(await workspace.read(name)).toBe('result');
    });
    expect(await workspace.everything()).toEqual([]);
  });

  it.each([
    ['removed', async (at: string) => unlink(at)],
    [
      'replaced by a file of another process',
      async (at: string) => {
        await unlink(at);
        await workspace.write('theirs', 'half');
        await rename(workspace.at('theirs'), at);
      },
    ],
    [
      'replaced by a link',
      async (at: string) => {
        await unlink(at);
        await symlink(join(workspace.outside, 'secret.txt'), at);
      },
    ],
  ])('does not become the target, and removes nothing of others, once it was %s', async (_, disturb) => {
    await workspace.write('a.txt', 'base');
    let left: string[] = [];
    await whileWritten(async (file, name) => {
      await disturb(workspace.at(name));
      left = await workspace.everything();
      expect(() => {
        file.moveToTarget();
      }).toThrow(
        expect.objectContaining({
          reason: 'conflict',
          message: 'What was to become "a.txt" was replaced by another program. Start again.',
        }) as Error,
      );
    });
    expect([await workspace.read('a.txt'), await workspace.everything()]).toEqual(['base', left]);
    expect(await readFile(join(workspace.outside, 'secret.txt'), 'utf8')).toBe('secret\n');
  });
});
