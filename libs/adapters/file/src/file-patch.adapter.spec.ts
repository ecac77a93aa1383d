import { useWorkspace } from '@assent/tools/testing';
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

  it('applies a patch of LF lines to a CRLF file, and keeps CRLF, unless the call is exact', async () => {
    await workspace.write('a.txt', 'one\r\ntwo\r\n');
    const args = { path: 'a.txt', patch: '@@ -1,2 +1,3 @@\n one\n-two\n+2\n+3\n' };
    expect(await filePatch.dryRun(args, workspace.context({ exact: false }))).toMatchObject({
      files: [{ result: 'one\r\n2\r\n3\r\n' }],
    });
    await expect(dryRun(args)).rejects.toMatchObject({ reason: 'conflict' });
  });

  it('finds the place of a hunk with wrong numbers, or of apply_patch, in a CRLF file, unless the call is exact', async () => {
    await workspace.write('a.txt', '\ufeffzero\r\none\r\ntwo\r\nthree');
    const patches = [
      '```diff\n@@ -1,9 +1,7 @@\n two\n-three\n+3\n```',
      '*** Begin Patch\n*** Update File: a.txt\n@@\n two\n-three\n+3\n*** End Patch',
    ];
    for (const patch of patches) {
      const args = { path: 'a.txt', patch };
      expect(await filePatch.dryRun(args, workspace.context({ exact: false }))).toMatchObject({
        files: [{ result: '\ufeffzero\r\none\r\ntwo\r\n3' }],
      });
      await expect(dryRun(args)).rejects.toMatchObject({ details: { pointer: '/args/patch' } });
    }
  });

  it('refuses an exact patch whose lines have moved, though jsdiff and git would find them', async () => {
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

  it('refuses a path that leaves the workspace, regardless of the patch', async () => {
    await expect(dryRun({ path: '../outside/secret.txt', patch: '@@ -1 +1 @@\n-secret\n+x\n' })).rejects.toMatchObject({
      reason: 'invalid',
      details: { pointer: '/args/path' },
    });
    expect(await workspace.everythingOutside()).toEqual([['secret.txt', 'secret\n']]);
  });
});
