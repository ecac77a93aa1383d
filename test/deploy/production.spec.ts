import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Caller } from '../support/caller';
import { eventually } from '../support/eventually';
import { framesUntil } from '../support/frames';
import { decide, startPending } from '../support/pending';
import { createEmptyDatabase, type TestDatabase } from '../support/postgres';
import {
  DEVELOPER_KEY,
  REVIEWER_KEY,
  SERVER_COMMAND,
  startServer,
  type ServerProcess,
} from '../support/server-process';
import { WorkFolder } from '../support/work-folder';

const CLI = join(__dirname, '../../dist/server/cli.js');

describe('a server for production', () => {
  let database: TestDatabase;
  let folder: WorkFolder;
  const servers: ServerProcess[] = [];

  beforeAll(async () => {
    [database, folder] = await Promise.all([createEmptyDatabase(), WorkFolder.create()]);
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.kill()));
    await Promise.all([database.drop(), folder.remove()]);
  });

  /** As `npm run start:prod` starts it. */
  const start = async (env: Readonly<Record<string, string>> = {}) => {
    const server = await startServer({
      databaseUrl: database.url,
      workspaces: folder.setting,
      env: { HOST: '0.0.0.0', MIGRATE_ON_START: 'off', ...env },
      command: [...SERVER_COMMAND, '--production'],
    });
    servers.push(server);
    return server;
  };
  /** As `npm run migrate` does it. */
  const migrate = (...words: string[]) => {
    const child = spawn(process.execPath, [CLI, 'migrate', ...words], {
      env: { DATABASE_URL: database.url },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said: string[] = [];
    child.stdout.on('data', (data: Buffer) => said.push(data.toString()));
    return { said, ended: once(child, 'exit') as Promise<[number | null]> };
  };

  it('does not start on a schema that is behind, and says what to do', async () => {
    await expect(start()).rejects.toThrow(/run "npm run migrate" first \(MainFlow1763800000000/);
  });

  it('does not start with generated keys', async () => {
    const env = { HOST: '127.0.0.1', DEVELOPER_KEY: '', REVIEWER_KEY: '' };
    await expect(start(env)).rejects.toThrow('DEVELOPER_KEY and REVIEWER_KEY are not set');
  });

  it('is waited for by processes that must not start before the migrations, and two of them serve one run', async () => {
    const waiting = migrate('--wait');
    await eventually('it waits', () => waiting.said.join('').includes('Waiting for MainFlow1763800000000'));
    expect((await migrate().ended)[0]).toBe(0);
    expect((await waiting.ended)[0]).toBe(0);
    const [first, second] = await Promise.all([start(), start()]);
    const pending = await startPending(new Caller(first.url, DEVELOPER_KEY), 'two.txt', 'replicas', {
      workspace: 'work',
    });
    await decide(new Caller(second.url, REVIEWER_KEY), pending, 'approve');
    await framesUntil(new Caller(first.url, DEVELOPER_KEY), pending.runId, 'run.completed');
    expect(await folder.read('two.txt')).toBe('replicas');
  });

  it('migrates once more without doing anything', async () => {
    expect((await migrate().ended)[0]).toBe(0);
    expect((await migrate('--wait').ended)[0]).toBe(0);
  });
});
