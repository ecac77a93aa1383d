import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  readdir,
  readlink,
  rename,
  stat,
  symlink,
  unlink,
  utimes,
} from 'node:fs/promises';
import { join } from 'node:path';
import { contentHashOf } from '@assent/platform';
import { applyFiles } from './apply-files';
import type { ContentFile } from './diff-content';
import { asOrdinaryUser, useWorkspace } from './testing/temp-workspace';

const change = (path: string, base: string | null, result: string): ContentFile => ({
  path,
  kind: base === null ? 'create' : 'modify',
  baseHash: base === null ? null : contentHashOf(base),
  resultHash: contentHashOf(result),
  result,
});
const signal = new AbortController().signal;

describe('applyFiles', () => {
  const workspace = useWorkspace();
  const apply = async (...files: ContentFile[]) => applyFiles({ files, patch: '' }, workspace.root, signal);
  const openFiles = async () => (await readdir('/proc/self/fd')).length;

  it('writes the result over the base, and a second time writes nothing', async () => {
    await workspace.write('src/a.txt', 'old\r\n');
    const file = change('src/a.txt', 'old\r\n', 'new\r\nno end');
    expect(await apply(file)).toEqual({ outcome: 'applied', files: [{ path: 'src/a.txt', state: 'base' }] });
    const written = await stat(workspace.at('src/a.txt'), { bigint: true });
    expect(await apply(file)).toEqual({ outcome: 'already_applied', files: [{ path: 'src/a.txt', state: 'result' }] });
    expect(await stat(workspace.at('src/a.txt'), { bigint: true })).toMatchObject({
      ino: written.ino,
      mtimeNs: written.mtimeNs,
    });
    expect(await workspace.read('src/a.txt')).toBe('new\r\nno end');
    expect(await workspace.everything()).toEqual(['src', 'src/a.txt']);
  });

  it('makes a new file 0644 and the folders on the way 0755, regardless of the umask', async () => {
    const before = process.umask(0o077);
    try {
      expect(await apply(change('a/b/c.txt', null, ''))).toMatchObject({ outcome: 'applied' });
    } finally {
      process.umask(before);
    }
    const modes = await Promise.all(
      ['a', 'a/b', 'a/b/c.txt'].map(async (path) => (await stat(workspace.at(path))).mode & 0o7777),
    );
    expect(modes).toEqual([0o755, 0o755, 0o644]);
  });

  it.each([0o755, 0o600, 0o444, 0o664])('keeps the mode %o', async (mode) => {
    await workspace.write('run.sh', 'a');
    await chmod(workspace.at('run.sh'), mode);
    await apply(change('run.sh', 'a', 'b'));
    expect((await stat(workspace.at('run.sh'))).mode & 0o7777).toBe(mode);
  });

  it('keeps the owner when it may, and is the owner itself otherwise', async () => {
    await workspace.write('a', 'a');
    const root = process.geteuid?.() === 0;
    if (root) await chown(workspace.at('a'), 12_345, 12_346);
    const before = await stat(workspace.at('a'));
    await apply(change('a', 'a', 'b'));
    expect(await stat(workspace.at('a'))).toMatchObject({ uid: before.uid, gid: before.gid });
  });

  it.each([
    ['changed', async () => workspace.write('a.txt', 'other')],
    ['gone', async () => unlink(workspace.at('a.txt'))],
    ['binary', async () => workspace.write('a.txt', Buffer.from([0, 255]))],
    ['too large', async () => workspace.write('a.txt', Buffer.alloc(1_048_577))],
    [
      'a folder',
      async () => {
        await unlink(workspace.at('a.txt'));
        await mkdir(workspace.at('a.txt'));
      },
    ],
    ['a hard link', async () => link(workspace.at('a.txt'), workspace.at('b.txt'))],
    [
      'a symbolic link to its own base',
      async () => {
        await rename(workspace.at('a.txt'), workspace.at('b.txt'));
        await symlink('b.txt', workspace.at('a.txt'));
      },
    ],
  ])('is stale, and writes nothing, when the target is %s', async (_, disturb) => {
    await workspace.write('a.txt', 'base');
    await disturb();
    const before = await workspace.everything();
    expect(await apply(change('a.txt', 'base', 'result'))).toEqual({
      outcome: 'stale',
      files: [{ path: 'a.txt', state: 'other' }],
    });
    expect(await workspace.everything()).toEqual(before);
  });

  it('is stale when the file to be created exists', async () => {
    await workspace.write('a.txt', '');
    expect(await apply(change('a.txt', null, 'x'))).toMatchObject({ outcome: 'stale' });
    expect(await workspace.read('a.txt')).toBe('');
  });

  it('is stale when a folder on the way became a link or a file, and touches nothing behind it', async () => {
    await symlink(workspace.outside, workspace.at('link'));
    await workspace.write('file', 'x');
    expect(await apply(change('link/new.txt', null, 'x'))).toMatchObject({ outcome: 'stale' });
    expect(await apply(change('link/secret.txt', 'secret\n', 'x'))).toMatchObject({ outcome: 'stale' });
    expect(await apply(change('file/new.txt', null, 'x'))).toMatchObject({ outcome: 'stale' });
    expect(await workspace.everythingOutside()).toEqual([['secret.txt', 'secret\n']]);
    expect(await readlink(workspace.at('link'))).toBe(workspace.outside);
  });

  describe('of several files', () => {
    const files = [change('a', 'a', 'A'), change('b', 'b', 'B'), change('new/c', null, 'C')];

    it('writes them all', async () => {
      await workspace.write('a', 'a');
      await workspace.write('b', 'b');
      expect(await apply(...files)).toMatchObject({ outcome: 'applied' });
      expect(await Promise.all(['a', 'b', 'new/c'].map(async (path) => workspace.read(path)))).toEqual(['A', 'B', 'C']);
    });

    it('resumes where a killed process stopped', async () => {
      await workspace.write('a', 'A');
      await workspace.write('b', 'b');
      expect(await apply(...files)).toEqual({
        outcome: 'applied',
        files: [
          { path: 'a', state: 'result' },
          { path: 'b', state: 'base' },
          { path: 'new/c', state: 'base' },
        ],
      });
      expect(await workspace.read('b')).toBe('B');
    });

    it('writes none when one is stale', async () => {
      await workspace.write('a', 'a');
      await workspace.write('b', 'other');
      expect(await apply(...files)).toEqual({
        outcome: 'stale',
        files: [
          { path: 'a', state: 'base' },
          { path: 'b', state: 'other' },
          { path: 'new/c', state: 'base' },
        ],
      });
      expect([await workspace.read('a'), await workspace.everything()]).toEqual(['a', ['a', 'b']]);
    });
  });

  describe('after a process was killed', () => {
    // sha256("a.txt"), first 32 digits.
    const tempOf = (name: string) =>
      `.assent-${contentHashOf(name).slice('sha256:'.length, 'sha256:'.length + 32)}.tmp`;
    const own = tempOf('a.txt');
    const foreign = tempOf('b.txt');

    it.each([
      ['applied', 'base'],
      ['already_applied', 'result'],
      ['stale', 'other'],
    ])('removes its leftover of the same target, which is %s', async (outcome, content) => {
      await workspace.write('a.txt', content);
      await workspace.write(own, 'half');
      expect(await apply(change('a.txt', 'base', 'result'))).toMatchObject({ outcome });
      expect(await workspace.everything()).toEqual(['a.txt']);
    });

    it('leaves the temporary file of another target alone until that one is applied', async () => {
      await workspace.write('a.txt', 'base');
      await workspace.write(foreign, 'half');
      const longAgo = new Date(0);
      await utimes(workspace.at(foreign), longAgo, longAgo);
      await apply(change('a.txt', 'base', 'result'));
      expect([await workspace.everything(), await workspace.read(foreign)]).toEqual([[foreign, 'a.txt'], 'half']);
      await apply(change('b.txt', null, 'x'));
      expect(await workspace.everything()).toEqual(['a.txt', 'b.txt']);
    });

    it.each([
      ['outside', () => join(workspace.outside, 'secret.txt')],
      ['to the target itself', () => 'a.txt'],
      ['to nothing', () => join(workspace.outside, 'new.txt')],
    ])('follows no symbolic link %s at the temporary name', async (_, target) => {
      await workspace.write('a.txt', 'base');
      await symlink(target(), workspace.at(own));
      expect(await apply(change('a.txt', 'base', 'result'))).toMatchObject({ outcome: 'applied' });
      expect([await workspace.read('a.txt'), await workspace.everything()]).toEqual(['result', ['a.txt']]);
      expect((await lstat(workspace.at('a.txt'))).isFile()).toBe(true);
      expect(await workspace.everythingOutside()).toEqual([['secret.txt', 'secret\n']]);
    });

    it('does not write into a file whose second name is the temporary name', async () => {
      await workspace.write('a.txt', 'base');
      await workspace.write('b.txt', 'mine');
      await link(workspace.at('b.txt'), workspace.at(own));
      expect(await apply(change('a.txt', 'base', 'result'))).toMatchObject({ outcome: 'applied' });
      expect([await workspace.read('a.txt'), await workspace.read('b.txt')]).toEqual(['result', 'mine']);
    });

    it('does not wait for a pipe at the temporary name', async () => {
      await workspace.write('a.txt', 'base');
      workspace.makePipe(own);
      expect(await apply(change('a.txt', 'base', 'result'))).toMatchObject({ outcome: 'applied' });
      expect(await workspace.everything()).toEqual(['a.txt']);
    });

    it('refuses when a folder has the temporary name, and says what to remove', async () => {
      await workspace.write('sub/a.txt', 'base');
      await workspace.write(`sub/${own}/mine.txt`, 'mine');
      await expect(apply(change('sub/a.txt', 'base', 'result'))).rejects.toMatchObject({
        reason: 'conflict',
        message: `Could not write "sub/a.txt": the folder "${own}" stands where its content is written first. Remove that folder, then start again.`,
      });
      expect([await workspace.read('sub/a.txt'), await workspace.read(`sub/${own}/mine.txt`)]).toEqual([
        'base',
        'mine',
      ]);
      expect(await apply(change('sub/a.txt', 'older', 'base'))).toMatchObject({ outcome: 'already_applied' });
      expect(await apply(change('sub/a.txt', 'older', 'x'))).toMatchObject({ outcome: 'stale' });
    });

    it('keeps files of people whose names only look alike', async () => {
      const names = ['.assent-notes.tmp', '.assent-0123.tmp', `x${own}`, `${own}.bak`];
      await workspace.write('a.txt', 'base');
      for (const name of names) {
        await workspace.write(name, 'mine');
        await utimes(workspace.at(name), new Date(0), new Date(0));
      }
      await apply(change('a.txt', 'base', 'result'));
      expect(await workspace.everything()).toEqual([...names, 'a.txt'].sort());
    });
  });

  it('writes nothing once it was aborted, and says why', async () => {
    await workspace.write('a.txt', 'base');
    const why = new Error('cancelled');
    await expect(
      applyFiles({ files: [change('a.txt', 'base', 'result')], patch: '' }, workspace.root, AbortSignal.abort(why)),
    ).rejects.toBe(why);
    expect([await workspace.read('a.txt'), await workspace.everything()]).toEqual(['base', ['a.txt']]);
  });

  it('leaves base or result, no temporary file and no open file, whenever it is aborted', async () => {
    const file = change('deep/a.txt', 'base', 'result');
    const before = await openFiles();
    for (let turns = 0; turns < 40; turns += 1) {
      await workspace.write('deep/a.txt', 'base');
      const controller = new AbortController();
      let left = turns;
      const countdown = () => {
        if (left === 0) controller.abort(new Error('cancelled'));
        left -= 1;
        if (left >= 0) setImmediate(countdown);
      };
      setImmediate(countdown);
      const outcome = await applyFiles({ files: [file], patch: '' }, workspace.root, controller.signal).then(
        ({ outcome: name }) => name,
        () => 'aborted',
      );
      left = -1;
      expect([outcome, await workspace.read('deep/a.txt')]).toEqual(
        outcome === 'aborted' ? ['aborted', 'base'] : ['applied', 'result'],
      );
      expect(await workspace.everything()).toEqual(['deep', 'deep/a.txt']);
    }
    expect(await openFiles()).toBe(before);
  });

  it('fails without a trace, and without a path of the machine, when the folder cannot be written', async () => {
    await workspace.write('locked/a.txt', 'base');
    await chmod(workspace.at('locked'), 0o555);
    await asOrdinaryUser(async () => {
      await expect(apply(change('locked/a.txt', 'base', 'result'))).rejects.toMatchObject({
        reason: 'conflict',
        message: `Could not write "locked/a.txt": the server's account has no permission (EACCES). Change the file's permissions.`,
      });
    });
    expect([await workspace.read('locked/a.txt'), await workspace.everything()]).toEqual([
      'base',
      ['locked', 'locked/a.txt'],
    ]);
  });
});
