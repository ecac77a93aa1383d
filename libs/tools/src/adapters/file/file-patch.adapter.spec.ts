import { useWorkspace } from '../../testing/temp-workspace';
import { filePatch } from './file-patch.adapter';

describe('file.patch', () => {
  const workspace = useWorkspace();
  const dryRun = async (args: { path: string; patch: string }) => filePatch.dryRun(args, workspace.context());

  it('drafts the text that the patch makes of the file, line ends kept, and touches nothing', async () => {
    await workspace.write('a.txt', 'one\r\ntwo\r\nthree');
    expect(
      await dryRun({
        path: 'a.txt',
        patch:
          '--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,3 @@\n one\r\n-two\r\n+2\r\n three\n\\ No newline at end of file\n',
      }),
    ).toEqual({
      files: [{ path: 'a.txt', base: 'one\r\ntwo\r\nthree', result: 'one\r\n2\r\nthree' }],
    });
    expect(await workspace.read('a.txt')).toBe('one\r\ntwo\r\nthree');
  });

  it('refuses a patch whose lines have moved, though jsdiff and git would find them', async () => {
    await workspace.write('a.txt', 'zero\none\ntwo\n');
    await expect(dryRun({ path: 'a.txt', patch: '@@ -1,2 +1,2 @@\n one\n-two\n+2\n' })).rejects.toMatchObject({
      reason: 'conflict',
      details: { pointer: '/args/patch' },
    });
  });

  it('refuses a result over the limit', async () => {
    await workspace.write('a.txt', `${'x'.repeat(1_048_570)}\n`);
    await expect(dryRun({ path: 'a.txt', patch: '@@ -1,0 +2 @@\n+123456789\n' })).rejects.toMatchObject({
      reason: 'invalid',
      details: { pointer: '/args/patch' },
    });
  });

  it('refuses a path that leaves the workspace, whatever the patch says', async () => {
    await expect(dryRun({ path: '../outside/secret.txt', patch: '@@ -1 +1 @@\n-secret\n+x\n' })).rejects.toMatchObject({
      reason: 'invalid',
      details: { pointer: '/args/path' },
    });
    expect(await workspace.everythingOutside()).toEqual([['secret.txt', 'secret\n']]);
  });
});
