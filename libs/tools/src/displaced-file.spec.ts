import { mkdir, readFile, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { contentHashOf } from '@assent/platform';
import { deleteFile, putBack } from './displaced-file';
import { useWorkspace } from './testing/temp-workspace';
import { WorkspaceDirectory } from './workspace-directory';

const HEX = contentHashOf('a.txt').slice('sha256:'.length, 'sha256:'.length + 32);
const ASIDE = `.assent-${HEX}.old`;

describe('a file on its way out', () => {
  const workspace = useWorkspace();

  function inRoot<T>(work: (root: WorkspaceDirectory) => T): T {
    const root = WorkspaceDirectory.openRoot(workspace.root);
    try {
      return work(root);
    } finally {
      root.close();
    }
  }

  it('is checked under another name before it is deleted', async () => {
    await workspace.write('a.txt', 'x');
    const seen: string[] = [];
    const isExpected = (name: string) => seen.push(name) > 0;
    expect(inRoot((root) => deleteFile(root, 'a.txt', isExpected))).toBe(true);
    expect([seen, await workspace.everything()]).toEqual([[ASIDE], []]);
  });

  it('is put back when it is another than expected', async () => {
    await workspace.write('a.txt', 'theirs');
    expect(inRoot((root) => deleteFile(root, 'a.txt', () => false))).toBe(false);
    expect([await workspace.everything(), await workspace.read('a.txt')]).toEqual([['a.txt'], 'theirs']);
  });

  it('is put back if it cannot be checked', async () => {
    await workspace.write('a.txt', 'x');
    const failing = () => {
      throw new Error('disk');
    };
    expect(() => inRoot((root) => deleteFile(root, 'a.txt', failing))).toThrow('disk');
    expect(await workspace.everything()).toEqual(['a.txt']);
  });

  it('may be a folder or a link by then, and is put back whole', async () => {
    await workspace.write('a.txt/inside', 'x');
    expect(inRoot((root) => deleteFile(root, 'a.txt', () => false))).toBe(false);
    expect(await workspace.everything()).toEqual(['a.txt', 'a.txt/inside']);
    await symlink(workspace.outside, workspace.at('link'));
    expect(inRoot((root) => deleteFile(root, 'link', () => false))).toBe(false);
    expect(await readFile(join(workspace.at('link'), 'secret.txt'), 'utf8')).toBe('secret\n');
  });

  it('may be gone already', () => {
    expect(inRoot((root) => deleteFile(root, 'a.txt', () => true))).toBe(false);
  });

  it('refuses when a folder has the other name, and says what to remove', async () => {
    await workspace.write('a.txt', 'x');
    await mkdir(workspace.at(ASIDE));
    expect(() => inRoot((root) => deleteFile(root, 'a.txt', () => true))).toThrow(
      expect.objectContaining({
        reason: 'conflict',
        message: `Could not delete "a.txt": the folder "${ASIDE}" stands where it is put before. Remove that folder, then start again.`,
      }) as Error,
    );
    inRoot((root) => putBack(root, 'a.txt'));
    expect(await workspace.everything()).toEqual([ASIDE, 'a.txt']);
  });

  describe('after a process was killed', () => {
    it('gets its name back', async () => {
      await workspace.write(ASIDE, 'x');
      inRoot((root) => putBack(root, 'a.txt'));
      expect([await workspace.everything(), await workspace.read('a.txt')]).toEqual([['a.txt'], 'x']);
    });

    it('goes when its name was taken since', async () => {
      await workspace.write(ASIDE, 'old');
      await workspace.write('a.txt', 'new');
      inRoot((root) => putBack(root, 'a.txt'));
      expect([await workspace.everything(), await workspace.read('a.txt')]).toEqual([['a.txt'], 'new']);
    });

    it('needs nothing when all is done', async () => {
      await workspace.write('a.txt', 'x');
      inRoot((root) => putBack(root, 'a.txt'));
      await unlink(workspace.at('a.txt'));
      inRoot((root) => putBack(root, 'a.txt'));
      expect(await workspace.everything()).toEqual([]);
    });
  });
});
