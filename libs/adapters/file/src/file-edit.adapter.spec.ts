import { chmod, link, stat, symlink } from 'node:fs/promises';
import { buildDiff, parseContent, useWorkspace } from '@assent/tools/testing';
import { fileEdit } from './file-edit.adapter';

describe('file.edit', () => {
  const workspace = useWorkspace();
  const dryRun = async (path: string, ...edits: { old: string; new: string; all?: boolean }[]) =>
    fileEdit.dryRun({ path, edits }, workspace.context());

  it('drafts what the edits make of the file, in their order, and touches nothing', async () => {
    await workspace.write('a.txt', 'one\ntwo\n');
    expect(await dryRun('a.txt', { old: 'one', new: '1' }, { old: '1\ntwo', new: '1\n2' })).toEqual({
      files: [{ path: 'a.txt', base: 'one\ntwo\n', result: '1\n2\n' }],
    });
    expect([await workspace.read('a.txt'), await workspace.everything()]).toEqual(['one\ntwo\n', ['a.txt']]);
  });

  it('makes no edit when one of them does not fit', async () => {
    await workspace.write('a.txt', 'one\ntwo\n');
    await expect(dryRun('a.txt', { old: 'one', new: '1' }, { old: 'three', new: '3' })).rejects.toMatchObject({
      reason: 'conflict',
      details: { pointer: '/args/edits/1/old' },
    });
  });

  it('drafts no change when the edits undo each other', async () => {
    await workspace.write('a.txt', 'one\n');
    const draft = await dryRun('a.txt', { old: 'one', new: '1' }, { old: '1', new: 'one' });
    expect(buildDiff('file.edit', 'test', draft)).toEqual({ unchanged: true });
  });

  it('keeps CRLF of the file unless the call is exact, and the diff names what changes', async () => {
    await workspace.write('a.txt', 'one\r\ntwo\r\n');
    const args = { path: 'a.txt', edits: [{ old: 'one', new: '1\n1.5' }] };
    const result = async (exact: boolean) => {
      const diff = buildDiff('file.edit', 'test', await fileEdit.dryRun(args, workspace.context({ exact })));
      if (diff.unchanged) throw new Error('expected a change');
      return [parseContent(diff.bytes, diff.contentHash).files[0]?.result, diff.files[0]?.changes];
    };
    expect(await result(false)).toEqual(['1\r\n1.5\r\ntwo\r\n', undefined]);
    expect(await result(true)).toEqual(['1\n1.5\r\ntwo\r\n', [{ kind: 'line_ends', before: 'crlf', after: 'mixed' }]]);
  });

  it('applies what was drafted, on its base only, and keeps the mode', async () => {
    await workspace.write('a.txt', 'one\n');
    await chmod(workspace.at('a.txt'), 0o750);
    const diff = buildDiff('file.edit', 'test', await dryRun('a.txt', { old: 'one', new: '1' }));
    if (diff.unchanged) throw new Error('expected a change');
    const content = parseContent(diff.bytes, diff.contentHash);
    await workspace.write('a.txt', 'other\n');
    expect(await fileEdit.apply(content, workspace.context())).toMatchObject({ outcome: 'stale' });
    expect(await workspace.read('a.txt')).toBe('other\n');
    await workspace.write('a.txt', 'one\n');
    expect(await fileEdit.apply(content, workspace.context())).toMatchObject({ outcome: 'applied' });
    expect([await workspace.read('a.txt'), (await stat(workspace.at('a.txt'))).mode & 0o777]).toEqual(['1\n', 0o750]);
  });

  it.each([
    ['a text that becomes too large', 'a.txt', { old: 'x', new: 'y'.repeat(1_048_577) }, '/args/edits/0/new'],
    ['a result that becomes too large', 'a.txt', { old: 'x', new: 'y'.repeat(1_048_576) }, '/args/edits'],
    ['NUL', 'a.txt', { old: 'x', new: '\0' }, '/args/edits/0/new'],
    ['half a character', 'a.txt', { old: '\ud83d', new: 'x' }, '/args/edits/0/old'],
    ['a binary file', 'binary', { old: 'x', new: 'y' }, '/args/path'],
    ['a hard link', 'hard', { old: 'x', new: 'y' }, '/args/path'],
    ['a symbolic link', 'soft', { old: 'x', new: 'y' }, '/args/path'],
    ['a file behind a linked folder', 'linked/secret.txt', { old: 'secret', new: 'y' }, '/args/path'],
    ['a folder', 'folder', { old: 'x', new: 'y' }, '/args/path'],
    ['the configuration of git', '.git/config', { old: 'x', new: 'y' }, '/args/path'],
    ['a way out', '../outside/secret.txt', { old: 'secret', new: 'y' }, '/args/path'],
  ])('refuses %s', async (_, path, edit, pointer) => {
    await workspace.write('a.txt', 'x\n');
    await workspace.write('folder/a', 'x');
    await workspace.write('.git/config', 'x');
    await workspace.write('binary', Buffer.from([0]));
    await workspace.write('one', 'x');
    await link(workspace.at('one'), workspace.at('hard'));
    await symlink('one', workspace.at('soft'));
    await symlink(workspace.outside, workspace.at('linked'));
    await expect(dryRun(path, edit)).rejects.toMatchObject({ reason: 'invalid', details: { pointer } });
    expect(await workspace.everythingOutside()).toEqual([['secret.txt', 'secret\n']]);
  });

  it('refuses a file that does not exist, and an empty one', async () => {
    await workspace.write('empty', '');
    await expect(dryRun('none', { old: 'x', new: 'y' })).rejects.toMatchObject({ reason: 'not_found' });
    await expect(dryRun('empty', { old: 'x', new: 'y' })).rejects.toThrow('The file is empty');
  });

  it('quotes nothing of a file that the caller may not read', async () => {
    await workspace.write('a.txt', 'the plan\n');
    const context = workspace.context({ quotes: () => false });
    const refused = fileEdit.dryRun({ path: 'a.txt', edits: [{ old: 'the  plan', new: 'y' }] }, context);
    await expect(refused).rejects.toThrow('The edit does not fit: its "old" does not occur exactly once.');
  });

  it('quotes no secret of the file, though what tells it stands on another line', async () => {
    await workspace.write(
      'a.pem',
      `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0B\n'.repeat(9)}-----END PRIVATE KEY-----\n`,
    );
    const refused = dryRun('a.pem', { old: 'MIIEvQIBADANBgkqhkiG9w0A\n', new: 'y' });
    await expect(refused).rejects.toThrow('File: "[redacted]\\n", "old": "MIIEvQIBADANBgkqhkiG9w0A\\n"');
  });
});
