import { symlink } from 'node:fs/promises';
import { contentHashOf } from '@assent/platform';
import { useWorkspace } from '@assent/tools/testing';
import { fileRead } from './file-read.adapter';

describe('file.read', () => {
  const workspace = useWorkspace();
  const read = async (args: { path: string; offset?: number; limit?: number }) =>
    fileRead.run(args, workspace.context());

  it('gives a file exactly as it is on disk', async () => {
    const text = '\ufeffone\r\ntwo\n\nlast';
    await workspace.write('a b/ä.txt', text);
    expect(await read({ path: 'a b/ä.txt' })).toEqual({
      path: 'a b/ä.txt',
      hash: contentHashOf(text),
      offset: 1,
      content: text,
      totalLines: 4,
      nextOffset: null,
      truncated: false,
    });
  });

  it('hides a secret that begins on a line before those it gives, and keeps the numbers of lines', async () => {
    const body = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n'.repeat(19);
    await workspace.write('key.pem', `first\n-----BEGIN PRIVATE KEY-----\n${body}-----END PRIVATE KEY-----\nlast\n`);
    expect(await read({ path: 'key.pem', offset: 5, limit: 2 })).toMatchObject({
      content: '[redacted]\n[redacted]\n',
      totalLines: 23,
    });
    expect(await read({ path: 'key.pem', offset: 23 })).toMatchObject({ content: 'last\n' });
  });

  it('gives an empty file, and nothing beyond the end', async () => {
    await workspace.write('empty', '');
    expect(await read({ path: 'empty' })).toMatchObject({
      content: '',
      totalLines: 0,
      nextOffset: null,
      truncated: false,
    });
    expect(await read({ path: 'empty', offset: 9 })).toMatchObject({ content: '', nextOffset: null, truncated: false });
  });

  it('pages through a file without losing or doubling a line', async () => {
    const lines = Array.from({ length: 25 }, (_, index) => `line ${index}\r\n`);
    await workspace.write('a', lines.join(''));
    let content = '';
    let offset: unknown = 1;
    while (typeof offset === 'number') {
      const page = await read({ path: 'a', offset, limit: 7 });
      content += page['content'] as string;
      expect(page['truncated']).toBe(page['nextOffset'] !== null);
      offset = page['nextOffset'];
    }
    expect(content).toBe(lines.join(''));
  });

  it('stops before an answer gets too long, and cuts a line that alone is', async () => {
    await workspace.write('long', `${'a'.repeat(150_000)}\n${'b'.repeat(150_000)}\n`);
    expect(await read({ path: 'long' })).toMatchObject({
      content: `${'a'.repeat(150_000)}\n`,
      nextOffset: 2,
      truncated: true,
    });
    await workspace.write('huge', `${'\u{1f600}'.repeat(100_001)}\nend\n`);
    expect(await read({ path: 'huge' })).toMatchObject({
      content: '\u{1f600}'.repeat(100_000),
      nextOffset: 2,
      truncated: true,
    });
    await workspace.write('odd', `a${'\u{1f600}'.repeat(100_001)}`);
    expect(await read({ path: 'odd' })).toMatchObject({
      content: `a${'\u{1f600}'.repeat(99_999)}`,
      nextOffset: null,
      truncated: true,
    });
  });

  it.each([
    ['a file that is not there', 'none', 'not_found'],
    ['a file in a folder that is not there', 'none/none', 'not_found'],
    ['a folder', 'folder', 'invalid'],
    ['a binary file', 'binary', 'invalid'],
    ['a link outside', 'link', 'invalid'],
    ['a file behind a linked folder', 'linked/secret.txt', 'invalid'],
    ['the repository', '.git/config', 'invalid'],
    ['the root', '.', 'invalid'],
    ['the file system', '/etc/passwd', 'invalid'],
    ['a way out', '../outside/secret.txt', 'invalid'],
  ])('refuses %s without naming a path of the machine', async (_, path, reason) => {
    await workspace.write('folder/a', 'x');
    await workspace.write('.git/config', 'x');
    await workspace.write('binary', Buffer.from([1, 0, 2]));
    await symlink(`${workspace.outside}/secret.txt`, workspace.at('link'));
    await symlink(workspace.outside, workspace.at('linked'));
    await expect(read({ path })).rejects.toMatchObject({
      reason,
      details: { pointer: '/args/path' },
      message: expect.not.stringContaining(workspace.root) as string,
    });
  });
});
