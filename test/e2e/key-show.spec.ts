import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CLI = join(__dirname, '../../dist/server/cli.js');
const KEPT = { developer: 'aak_developer_0123456789abcdefghij', reviewer: 'aak_reviewer_0123456789abcdefghij' };

describe('npm run keys -- show', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assent-keys-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const show = (words: string[], env: Readonly<Record<string, string>> = {}) =>
    new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
      const options = { env: { PATH: process.env['PATH'], DATA_DIR: folder, ...env } };
      execFile(process.execPath, [CLI, 'keys', 'show', ...words], options, (error, stdout, stderr) => {
        resolve({ code: error?.code ?? 0, stdout, stderr });
      });
    });

  it.each(['developer', 'reviewer'] as const)('prints the generated key of the %s and nothing else', async (name) => {
    await writeFile(join(folder, 'keys.json'), JSON.stringify(KEPT));
    expect(await show([name])).toEqual({ code: 0, stdout: `${KEPT[name]}\n`, stderr: '' });
  });

  it('says why no key exists, and creates none', async () => {
    const cases: [string[], Record<string, string>, RegExp, number?][] = [
      [['developer'], {}, /no generated developer key to show: .*keys\.json does not exist\. Start the server once/],
      [['reviewer'], { REVIEWER_KEY: 'given-reviewer-key-0123456789abcdef' }, /REVIEWER_KEY provides it/],
      [['developer'], { HOST: '0.0.0.0' }, /HOST=0\.0\.0\.0 is not loopback\. Set DEVELOPER_KEY/],
      [['operator'], {}, /developer or reviewer/, 2],
      [[], {}, /developer or reviewer/, 2],
    ];
    for (const [words, env, text, code = 1] of cases) {
      const said = await show(words, env);
      expect(said).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(text) as unknown });
      expect(said.stderr).not.toContain('given-reviewer-key');
    }
    await expect(stat(join(folder, 'keys.json'))).rejects.toThrow('ENOENT');
  });
});
