import { symlink } from 'node:fs/promises';
import { useWorkspace } from '@assent/tools/testing';
import { fileSearch } from './file-search.adapter';

const KEY = `first\n-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n'.repeat(19)}-----END PRIVATE KEY-----\nlast\n`;

describe('file.search', () => {
  const workspace = useWorkspace();
  const search = async (
    args: { query: string; glob?: string; context?: number; limit?: number; includeIgnored?: boolean },
    changes = {},
  ) => fileSearch.run(args, workspace.context(changes));

  it('finds the lines that contain the text, which is no pattern, in a fixed order', async () => {
    await workspace.write('b.txt', 'no\r\na.*b is here\r\n');
    await workspace.write('a/x.txt', 'a.*b\naxxb\n');
    await workspace.write('a.txt', 'last a.*b');
    expect(await search({ query: 'a.*b' })).toEqual({
      matches: [
        { path: 'a/x.txt', line: 1, text: 'a.*b' },
        { path: 'a.txt', line: 1, text: 'last a.*b' },
        { path: 'b.txt', line: 2, text: 'a.*b is here' },
      ],
      truncated: false,
    });
  });

  it('searches only the files a glob names', async () => {
    await workspace.write('a.ts', 'x');
    await workspace.write('a.js', 'x');
    expect(await search({ query: 'x', glob: '*.ts' })).toEqual({
      matches: [{ path: 'a.ts', line: 1, text: 'x' }],
      truncated: false,
    });
  });

  it('looks into what .gitignore files leave out only when told to', async () => {
    await workspace.write('.gitignore', 'dist/\n');
    await workspace.write('dist/a.js', 'x');
    await workspace.write('a.ts', 'x');
    expect(await search({ query: 'x' })).toMatchObject({ matches: [{ path: 'a.ts' }] });
    expect(await search({ query: 'x', includeIgnored: true })).toMatchObject({
      matches: [{ path: 'a.ts' }, { path: 'dist/a.js' }],
    });
  });

  it('shows the lines around a match, as many as there are', async () => {
    await workspace.write('a.txt', 'one\r\ntwo\r\nthree\r\nfour\r\nfive\r\n');
    expect(await search({ query: 'two', context: 2 })).toEqual({
      matches: [{ path: 'a.txt', line: 2, text: 'two', before: ['one'], after: ['three', 'four'] }],
      truncated: false,
    });
    expect(await search({ query: 'five', context: 1 })).toMatchObject({ matches: [{ before: ['four'], after: [] }] });
    expect(await search({ query: 'two', context: 0 })).toEqual({
      matches: [{ path: 'a.txt', line: 2, text: 'two' }],
      truncated: false,
    });
  });

  it('ends an answer that becomes too long', async () => {
    await workspace.write('a.txt', `${'x'.repeat(400)}\n`.repeat(2_000));
    const { matches, truncated } = await search({ query: 'x', context: 20, limit: 1_000 });
    expect(truncated).toBe(true);
    expect(JSON.stringify(matches).length).toBeLessThan(500_000);
  });

  it('neither shows nor finds a secret, though what tells it stands on another line, or is cut off', async () => {
    await workspace.write('key.pem', KEY);
    await workspace.write('a.json', `{"password":\n  "hunter2-${'x'.repeat(300)}-end"}\nafter\n`);
    expect(await search({ query: 'MIIE' })).toEqual({ matches: [], truncated: false });
    expect(await search({ query: '-end' })).toEqual({ matches: [], truncated: false });
    const around = JSON.stringify(await search({ query: 'after', context: 2 }));
    expect(around).toContain('[redacted]');
    expect(around).not.toContain('hunter2');
    expect(JSON.stringify(await search({ query: 'PRIVATE KEY', context: 20 }))).not.toContain('MIIE');
    expect(await search({ query: 'last', glob: '*.pem', context: 1 })).toMatchObject({
      matches: [{ line: 23, text: 'last', before: ['[redacted]'] }],
    });
  });

  it('passes over binary files, large files, links and .git', async () => {
    await workspace.write('binary', Buffer.from('secret\0'));
    await workspace.write('latin', Buffer.from('secret ä', 'latin1'));
    await workspace.write('large', `secret${'x'.repeat(1_048_576)}`);
    await workspace.write('.git/config', 'secret');
    await symlink(workspace.outside, workspace.at('linked'));
    await symlink(`${workspace.outside}/secret.txt`, workspace.at('link'));
    expect(await search({ query: 'secret' })).toEqual({ matches: [], truncated: false });
  });

  it('leaves out files that the policy does not let it show', async () => {
    await workspace.write('secrets/key', 'token');
    await workspace.write('a', 'token');
    expect(await search({ query: 'token' }, { shows: (path: string) => path !== 'secrets/key' })).toMatchObject({
      matches: [{ path: 'a' }],
    });
  });

  it('ends at the limit, and says so exactly when there is more', async () => {
    await workspace.write('a', 'x\nx\n');
    expect(await search({ query: 'x', limit: 2 })).toMatchObject({ truncated: false });
    expect(await search({ query: 'x', limit: 1 })).toEqual({
      matches: [{ path: 'a', line: 1, text: 'x' }],
      truncated: true,
    });
  });

  it('ends after 64 MiB, and says so', async () => {
    for (let index = 0; index < 65; index += 1) await workspace.write(`f${index}`, 'x'.repeat(1_048_576));
    expect(await search({ query: 'nowhere' })).toEqual({ matches: [], truncated: true });
  });

  it('gives everybody else a turn between two files', async () => {
    const files = 50;
    for (let index = 0; index < files; index += 1) await workspace.write(`f${index}`, 'x');
    let turns = 0;
    let searching = true;
    const count = () => {
      turns += 1;
      if (searching) setImmediate(count);
    };
    setImmediate(count);
    await search({ query: 'nowhere' });
    searching = false;
    expect(turns).toBeGreaterThanOrEqual(files);
  });

  it('shows a stretch of a long line around the match', async () => {
    await workspace.write('a', `${'x'.repeat(5_000)}needle${'y'.repeat(5_000)}`);
    expect(await search({ query: 'needle' })).toMatchObject({
      matches: [{ line: 1, text: `${'x'.repeat(80)}needle${'y'.repeat(214)}` }],
    });
  });

  it('stops when it is aborted', async () => {
    await workspace.write('a', 'x');
    await expect(search({ query: 'x' }, { signal: AbortSignal.abort(new Error('cancelled')) })).rejects.toThrow(
      'cancelled',
    );
  });
});
