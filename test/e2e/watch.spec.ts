import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { eventually } from '../support/eventually';
import { framesOf } from '../support/frames';
import { decide, startPending } from '../support/pending';
import { DEVELOPER_KEY } from '../support/server-process';
import { Stage, type Replica } from '../support/stage';

const CLI = join(__dirname, '../../dist/server/cli.js');
const UNKNOWN = '01a224f7-7b80-7758-a7e7-a917ffc9bad3';

describe('npm run watch', () => {
  let stage: Stage;
  let server: Replica;
  let folder: string;

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start();
    folder = await mkdtemp(join(tmpdir(), 'assent-watch-'));
  });
  afterAll(async () => {
    await stage.close();
    await rm(folder, { recursive: true });
  });

  const start = (words: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const child = spawn(process.execPath, [CLI, 'watch', ...words], {
      cwd: folder,
      env: { PATH: process.env['PATH'], PORT: new URL(server.process.url).port, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(child, 'exit') as Promise<[number | null]>;
    return { child, ended };
  };
  const watch = async (words: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const { child, ended } = start(words, env);
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { stdout, stderr, code };
  };
  const seqsIn = (stdout: string) =>
    Array.from(stdout.matchAll(/^ *(\d+) +\+\d+ ms {2}[a-z.]+/gm), ([, seq]) => Number(seq));

  it('shows what a run has done, then what it does, and ends with it', async () => {
    const pending = await startPending(server.developer, 'watched.txt', 'x');
    const { child, ended } = start([pending.runId], { DEVELOPER_KEY });
    let shown = '';
    child.stdout.on('data', (data: Buffer) => (shown += data.toString()));
    await eventually('it shows that a person is asked', () => shown.includes('run.waiting'));
    await decide(server.reviewer, pending, 'approve');
    expect((await ended)[0]).toBe(0);
    const seqs = (await framesOf(server.developer, pending.runId)).map(({ seq }) => seq);
    expect(seqsIn(shown)).toEqual(seqs);
    expect(shown).toContain('run.completed');

    await writeFile(join(folder, 'keys.json'), JSON.stringify({ developer: DEVELOPER_KEY }));
    const rest = await watch([pending.runId, '--after', '5'], { DATA_DIR: folder });
    expect({ code: rest.code, seqs: seqsIn(rest.stdout) }).toEqual({ code: 0, seqs: seqs.filter((seq) => seq > 5) });
  });

  it('goes on where it was when the server comes back', async () => {
    const pending = await startPending(server.developer, 'resumed.txt', 'x');
    const { child, ended } = start([pending.runId], { DEVELOPER_KEY });
    let shown = '';
    child.stdout.on('data', (data: Buffer) => (shown += data.toString()));
    await eventually('it shows that a person is asked', () => shown.includes('run.waiting'));
    await server.process.kill();
    server = await stage.start({ PORT: new URL(server.process.url).port });
    await decide(server.reviewer, pending, 'reject');
    expect((await ended)[0]).toBe(0);
    expect(seqsIn(shown)).toEqual((await framesOf(server.developer, pending.runId)).map(({ seq }) => seq));
  });

  it.each([
    [[], {}, 2, 'Name one run: npm run watch -- RUN\n"npm run watch -- --help" lists the options.\n'],
    [
      [UNKNOWN],
      {},
      2,
      'There is no key in .data/keys.json: run this in the folder of the server, or set DEVELOPER_KEY.\n' +
        '"npm run watch -- --help" lists the options.\n',
    ],
    [[UNKNOWN], { DEVELOPER_KEY }, 1, /^run\/get was refused \(-3\d+\): There is no run/],
    [[UNKNOWN], { DEVELOPER_KEY: 'k'.repeat(40) }, 1, /^HTTP 401: /],
    [[UNKNOWN], { DEVELOPER_KEY, PORT: '9' }, 1, /^The server at http:\/\/127.0.0.1:9\/ cannot be reached/],
  ])('says what is wrong: %j %j', async (words, env, code, problem) => {
    const ended = await watch(words, env);
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code, stdout: '' });
    expect(ended.stderr).toEqual(typeof problem === 'string' ? problem : expect.stringMatching(problem));
  });
});
