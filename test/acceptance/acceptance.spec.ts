import { spawn } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { playAcceptance } from '../support/acceptance';
import { DEVELOPER_KEY } from '../support/server-process';
import { Stage, type Replica } from '../support/stage';

/** What the script needs of a system that has no jq. */
const PROGRAMS = [
  'awk',
  'bash',
  'cat',
  'curl',
  'diff',
  'env',
  'grep',
  'mktemp',
  'rm',
  'sed',
  'seq',
  'sleep',
  'tail',
  'tr',
  'wc',
];

describe('the acceptance script', () => {
  let stage: Stage;
  let server: Replica;

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start();
  });
  afterAll(() => stage.close());

  const play = (env: Record<string, string> = {}) => playAcceptance(server.process.url, stage.folder, env);

  it('plays start, cut and resumed stream, approval, applied file and verdict against a real process', async () => {
    expect(await play()).toEqual({
      code: 0,
      output: expect.stringMatching(/^Main flow at [^]*the file on disk[^]*PASSED\n$/),
    });
  });

  it('needs no jq', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'assent-path-'));
    try {
      const places = (process.env['PATH'] ?? '').split(delimiter);
      const script = 'for name in "$@"; do command -v "$name"; done';
      const found = await new Promise<string[]>((resolve) => {
        const child = spawn('bash', ['-c', script, 'bash', ...PROGRAMS], { env: { PATH: places.join(delimiter) } });
        let text = '';
        child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
        child.on('close', () => resolve(text.trim().split('\n')));
      });
      for (const file of found) await symlink(file, join(folder, file.split('/').at(-1) ?? ''));
      await symlink(process.execPath, join(folder, 'node'));
      expect(await play({ PATH: folder })).toEqual({ code: 0, output: expect.stringMatching(/PASSED\n$/) });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('fails loudly and says what differed', async () => {
    const { code, output } = await play({ REVIEWER_KEY: DEVELOPER_KEY });
    expect([code, output]).toEqual([
      1,
      expect.stringContaining('FAILED: another hash is refused: expected "412", got "403"'),
    ]);
    const elsewhere = await play({ WORKSPACE_DIR: tmpdir() });
    expect([elsewhere.code, elsewhere.output]).toEqual([
      1,
      expect.stringMatching(/FAILED: acceptance\/flow-\S+ is not in the workspace\n$/),
    ]);
  });
});
