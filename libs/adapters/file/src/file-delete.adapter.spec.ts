import { link, symlink } from 'node:fs/promises';
import { buildDiff, parseContent, useWorkspace } from '@assent/tools/testing';
import { fileDelete } from './file-delete.adapter';

describe('file.delete', () => {
  const workspace = useWorkspace();
  const dryRun = async (path: string) => fileDelete.dryRun({ path }, workspace.context());

  it('drafts that the file is not there, shows all of it, and touches nothing', async () => {
    await workspace.write('src/a.txt', 'one\ntwo');
    const draft = await dryRun('src/a.txt');
    expect(draft).toEqual({ files: [{ path: 'src/a.txt', base: 'one\ntwo', result: null }] });
    expect(buildDiff('file.delete', 'test', draft)).toMatchObject({
      files: [{ path: 'src/a.txt', kind: 'delete', resultHash: null, added: 0, removed: 2 }],
      patch: [
        'diff --git a/src/a.txt b/src/a.txt',
        'deleted file mode 100644',
        '--- a/src/a.txt',
        '+++ /dev/null',
        '@@ -1,2 +0,0 @@',
        '-one',
        '-two',
        '\\ No newline at end of file',
        '',
      ].join('\n'),
    });
    expect(await workspace.read('src/a.txt')).toBe('one\ntwo');
  });

  it('applies what was drafted, once, and leaves the folder', async () => {
    await workspace.write('src/a.txt', 'x');
    const diff = buildDiff('file.delete', 'test', await dryRun('src/a.txt'));
    if (diff.unchanged) throw new Error('expected a change');
    const content = parseContent(diff.bytes, diff.contentHash);
    expect(await fileDelete.apply(content, workspace.context())).toEqual({
      outcome: 'applied',
      files: [{ path: 'src/a.txt', state: 'base' }],
    });
    expect(await fileDelete.apply(content, workspace.context())).toEqual({
      outcome: 'already_applied',
      files: [{ path: 'src/a.txt', state: 'result' }],
    });
    expect(await workspace.everything()).toEqual(['src']);
  });

  it.each([
    ['what is not there', 'nothing', 'not_found'],
    ['a folder', 'folder', 'invalid'],
    ['a binary file', 'binary', 'invalid'],
    ['a hard link', 'hard', 'invalid'],
    ['a symbolic link', 'soft', 'invalid'],
    ['a file behind a linked folder', 'linked/secret.txt', 'invalid'],
    ['a file of git', '.GIT/config', 'invalid'],
    ['a way out', '../outside/secret.txt', 'invalid'],
  ])('refuses %s', async (_, path, reason) => {
    await workspace.write('folder/a', 'x');
    await workspace.write('binary', Buffer.from([0]));
    await workspace.write('one', 'x');
    await link(workspace.at('one'), workspace.at('hard'));
    await symlink('one', workspace.at('soft'));
    await symlink(workspace.outside, workspace.at('linked'));
    await expect(dryRun(path)).rejects.toMatchObject({ reason, details: { pointer: '/args/path' } });
  });
});
