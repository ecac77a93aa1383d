import { chmod, stat, symlink } from 'node:fs/promises';
import { buildDiff, parseContent, useWorkspace } from '@assent/tools/testing';
import { fileMove } from './file-move.adapter';

describe('file.move', () => {
  const workspace = useWorkspace();
  const dryRun = async (path: string, to: string, shows = (_: string) => true) =>
    fileMove.dryRun({ path, to }, workspace.context({ shows }));

  it('drafts a deletion and a creation, shown as a rename, and touches nothing', async () => {
    await workspace.write('a.txt', 'x\n');
    const draft = await dryRun('a.txt', 'new folder/b.txt');
    const diff = buildDiff('file.move', 'test', draft);
    expect(diff).toMatchObject({
      files: [
        { path: 'a.txt', kind: 'delete', resultHash: null, added: 0, removed: 0 },
        { path: 'new folder/b.txt', kind: 'create', baseHash: null, added: 0, removed: 0 },
      ],
      patch: [
        'diff --git a/a.txt b/new folder/b.txt',
        'similarity index 100%',
        'rename from a.txt',
        'rename to new folder/b.txt',
        '',
      ].join('\n'),
    });
    expect(await workspace.everything()).toEqual(['a.txt']);
  });

  it('applies what was drafted, keeping the mode', async () => {
    await workspace.write('run.sh', 'x\n');
    await chmod(workspace.at('run.sh'), 0o750);
    const diff = buildDiff('file.move', 'test', await dryRun('run.sh', 'bin/run.sh'));
    if (diff.unchanged) throw new Error('expected a change');
    const content = parseContent(diff.bytes, diff.contentHash);
    expect(await fileMove.apply(content, workspace.context())).toMatchObject({ outcome: 'applied' });
    expect(await workspace.everything()).toEqual(['bin', 'bin/run.sh']);
    expect([await workspace.read('bin/run.sh'), (await stat(workspace.at('bin/run.sh'))).mode & 0o777]).toEqual([
      'x\n',
      0o750,
    ]);
    expect(await fileMove.apply(content, workspace.context())).toMatchObject({ outcome: 'already_applied' });
  });

  it('tells both paths, so that rules for either hold', () => {
    expect(fileMove.paths?.({ path: 'a', to: 'b' })).toEqual(['a', 'b']);
    expect(fileMove.paths?.({ path: 'a' })).toEqual(['a']);
    expect(fileMove.paths?.({})).toEqual([]);
  });

  it('refuses a new path that a rule treats more strictly, whether or not something is there', async () => {
    await workspace.write('a.txt', 'x');
    await workspace.write('secrets/there', 'x');
    const shows = (path: string) => !path.startsWith('secrets/');
    for (const to of ['secrets/there', 'secrets/absent']) {
      await expect(dryRun('a.txt', to, shows)).rejects.toMatchObject({ reason: 'forbidden' });
    }
  });

  it.each([
    ['what is not there', 'nothing', 'b', 'not_found', '/args/path'],
    ['a folder', 'folder', 'b', 'invalid', '/args/path'],
    ['onto itself', 'a.txt', 'a.txt', 'conflict', '/args/to'],
    ['onto a file', 'a.txt', 'folder/a', 'conflict', '/args/to'],
    ['onto a folder', 'a.txt', 'folder', 'invalid', '/args/to'],
    ['below itself', 'a.txt', 'a.txt/b', 'invalid', '/args/to'],
    ['into a linked folder', 'a.txt', 'linked/new.txt', 'invalid', '/args/to'],
    ['into git', 'a.txt', 'sub/.Git/hooks/pre-commit', 'invalid', '/args/to'],
    ['out', 'a.txt', '../outside/new.txt', 'invalid', '/args/to'],
    ['in', '../outside/secret.txt', 'mine', 'invalid', '/args/path'],
  ])('refuses to move %s', async (_, path, to, reason, pointer) => {
    await workspace.write('a.txt', 'x');
    await workspace.write('folder/a', 'x');
    await symlink(workspace.outside, workspace.at('linked'));
    await expect(dryRun(path, to)).rejects.toMatchObject({ reason, details: { pointer } });
    expect(await workspace.everythingOutside()).toEqual([['secret.txt', 'secret\n']]);
  });
});
