import { chmod, link, stat, symlink } from 'node:fs/promises';
import { buildDiff, parseContent, useWorkspace } from '@assent/tools/testing';
import { fileWrite } from './file-write.adapter';

describe('file.write', () => {
  const workspace = useWorkspace();
  const dryRun = async (args: { path: string; content: string }) => fileWrite.dryRun(args, workspace.context());

  it('drafts the replacement of a file and touches nothing', async () => {
    await workspace.write('a.txt', 'old\r\n');
    expect(await dryRun({ path: 'a.txt', content: 'new' })).toEqual({
      files: [{ path: 'a.txt', base: 'old\r\n', result: 'new' }],
    });
    expect([await workspace.read('a.txt'), await workspace.everything()]).toEqual(['old\r\n', ['a.txt']]);
  });

  it('keeps line ends, byte order mark and final newline of the file unless the call is exact', async () => {
    await workspace.write('a.txt', '\ufeffone\r\ntwo\r\n');
    const args = { path: 'a.txt', content: 'one\n2' };
    const result = async (exact: boolean | undefined, byDefault: boolean) => {
      const call = { ...args, ...(exact === undefined ? {} : { exact }) };
      const draft = await fileWrite.dryRun(call, workspace.context({ exact: byDefault }));
      return draft.files[0]?.result;
    };
    const kept = '\ufeffone\r\n2\r\n';
    expect(await Promise.all([result(undefined, false), result(false, true)])).toEqual([kept, kept]);
    expect(await Promise.all([result(undefined, true), result(true, false)])).toEqual(['one\n2', 'one\n2']);
  });

  it('names the set-user-id bit that new content does not get, and keeps the rest of the mode', async () => {
    await workspace.write('a.sh', 'old\n');
    await chmod(workspace.at('a.sh'), 0o4755);
    const diff = buildDiff('file.write', 'test', await dryRun({ path: 'a.sh', content: 'new\n' }));
    if (diff.unchanged) throw new Error('expected a change');
    expect(diff.files).toMatchObject([{ changes: [{ kind: 'mode', before: '4755', after: '0755' }] }]);
    await fileWrite.apply(parseContent(diff.bytes, diff.contentHash), workspace.context());
    expect((await stat(workspace.at('a.sh'))).mode & 0o7777).toBe(0o755);
  });

  it('drafts a new file in new folders and makes neither', async () => {
    expect(await dryRun({ path: 'a/b/c.txt', content: 'x' })).toEqual({
      files: [{ path: 'a/b/c.txt', base: null, result: 'x' }],
    });
    expect(await workspace.everything()).toEqual([]);
  });

  it('applies what was drafted', async () => {
    await workspace.write('a.txt', 'old');
    const diff = buildDiff('file.write', 'test', await dryRun({ path: 'a.txt', content: 'new' }));
    if (diff.unchanged) throw new Error('expected a change');
    const content = parseContent(diff.bytes, diff.contentHash);
    expect(await fileWrite.apply(content, workspace.context())).toEqual({
      outcome: 'applied',
      files: [{ path: 'a.txt', state: 'base' }],
    });
    expect(await workspace.read('a.txt')).toBe('new');
  });

  it.each([
    ['content over 1 MiB in UTF-8', 'new.txt', 'ä'.repeat(524_289), '/args/content'],
    ['content with NUL', 'new.txt', 'a\0', '/args/content'],
    ['content with half a character', 'new.txt', 'a\ud800', '/args/content'],
    ['a binary file', 'binary', 'x', '/args/path'],
    ['a hard link', 'hard', 'x', '/args/path'],
    ['a symbolic link', 'soft', 'x', '/args/path'],
    ['a file behind a linked folder', 'linked/new.txt', 'x', '/args/path'],
    ['a folder', 'folder', 'x', '/args/path'],
    ['a hook of git', '.git/hooks/pre-commit', 'x', '/args/path'],
    ['a hook of git in another spelling', '.Git/hooks/pre-commit', 'x', '/args/path'],
    ['a way out', '../outside/secret.txt', 'x', '/args/path'],
  ])('refuses %s', async (_, path, content, pointer) => {
    await workspace.write('folder/a', 'x');
    await workspace.write('binary', Buffer.from([0]));
    await workspace.write('one', 'x');
    await link(workspace.at('one'), workspace.at('hard'));
    await symlink('one', workspace.at('soft'));
    await symlink(workspace.outside, workspace.at('linked'));
    await expect(dryRun({ path, content })).rejects.toMatchObject({ reason: 'invalid', details: { pointer } });
  });
});
