import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Caller } from '../support/caller';
import { framesUntil } from '../support/frames';
import { decide, startPending } from '../support/pending';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { DEVELOPER_KEY, REVIEWER_KEY, startServer, type ServerProcess } from '../support/server-process';
import { WorkFolder } from '../support/work-folder';

const ROOT = join(__dirname, '../..');
/** The version that is out there while this one is rolled out: the last commit of the history before this release's migrations. */
const PREVIOUS = '645c36a';
const LOADED_LATER = ['server', 'migrate'];
const run = promisify(execFile);

/** The code of the version before as it was, run from its sources with this version's packages, on this version's schema. */
describe('the version before', () => {
  let database: TestDatabase;
  let folder: WorkFolder;
  let checkout: string;
  let before: ServerProcess | undefined;
  let now: ServerProcess | undefined;

  beforeAll(async () => {
    [database, folder] = await Promise.all([createTestDatabase(), WorkFolder.create()]);
    checkout = await mkdtemp(join(tmpdir(), 'assent-previous-'));
    const archive = join(checkout, 'sources.tar');
    await run('git', ['archive', '--output', archive, PREVIOUS, 'apps', 'libs', 'tsconfig.json', 'package.json'], {
      cwd: ROOT,
    }).catch((cause: unknown) => {
      throw new Error(`The history has no ${PREVIOUS}: this test needs a clone that is not shallow.`, { cause });
    });
    await run('tar', ['xf', archive, '-C', checkout]);
    await symlink(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
    // Its boot names what the compiler would have made of these two.
    for (const name of LOADED_LATER) {
      await writeFile(join(checkout, `apps/server/src/${name}.js`), `module.exports = require('./${name}.ts');\n`);
    }
    const settings = { databaseUrl: database.url, workspaces: folder.setting };
    const main = join(checkout, 'apps/server/src/main.ts');
    const env = { TS_NODE_PROJECT: join(checkout, 'tsconfig.json') };
    before = await startServer({
      ...settings,
      env,
      command: ['env', '-C', checkout, process.execPath, '-r', '@swc-node/register', main],
    });
    now = await startServer({ ...settings, env: { MIGRATE_ON_START: 'off' } });
  }, 120_000);
  afterAll(async () => {
    await Promise.all([before?.kill(), now?.kill()]);
    await Promise.all([database.drop(), folder.remove(), rm(checkout, { recursive: true, force: true })]);
  });

  it.each([
    ['starts what this one decides', () => [before, now] as const],
    ['decides what this one has started', () => [now, before] as const],
    ['does both by itself, on the new schema', () => [before, before] as const],
  ])('%s', async (name, servers) => {
    const [starting, deciding] = servers();
    if (!starting || !deciding) throw new Error('A server did not start.');
    const path = `${name.replaceAll(/\W/g, '-')}.txt`;
    const developer = new Caller(starting.url, DEVELOPER_KEY);
    const pending = await startPending(developer, path, 'both versions', { workspace: 'work' });
    await decide(new Caller(deciding.url, REVIEWER_KEY), pending, 'approve');
    const frames = await framesUntil(developer, pending.runId, 'run.completed');
    expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, index) => index + 1));
    expect(await folder.read(path)).toBe('both versions');
    // Each reads what the other has written, frame by frame.
    const other = await framesUntil(new Caller(deciding.url, DEVELOPER_KEY), pending.runId, 'run.completed');
    expect(other).toEqual(frames);
  });
});
