import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { playAcceptance } from '../support/acceptance';
import { eventually } from '../support/eventually';
import { freePort } from '../support/free-port';
import { Stage } from '../support/stage';

const PAGE = join(__dirname, '../../docs/deployment.md');
const POOL = 8;
const LISTENER = 1;
const CALLS = 200;
const REFUSAL =
  'Assent did not start. DATABASE_URL: a pooler shares the connection to Postgres: it changes hands between transactions. ' +
  'Tenant isolation, locks and prepared statements need one session. Set the pooler to session mode for this database ' +
  '(PgBouncer: pool_mode = session), or connect to Postgres itself.';

/** A PgBouncer with the configuration of the page, at the addresses of the test. */
class PgBouncer {
  private constructor(
    readonly url: string,
    private readonly folder: string,
    private readonly process: ChildProcess,
  ) {}

  static async open(databaseUrl: string, mode: string): Promise<PgBouncer> {
    const [folder, port, page] = await Promise.all([
      mkdtemp(join(tmpdir(), 'assent-pgbouncer-')),
      freePort(),
      readFile(PAGE, 'utf8'),
    ]);
    const { hostname, port: postgres, pathname, username, password } = new URL(databaseUrl);
    const users = join(folder, 'userlist.txt');
    const documented = /^```ini\n([\s\S]*?)^```/m.exec(page)?.[1] ?? '';
    const config = documented
      .replace(/^assent = .*$/m, `${pathname.slice(1)} = host=${hostname} port=${postgres}`)
      .replace(/^listen_port = .*$/m, `listen_port = ${port}`)
      .replace(/^auth_file = .*$/m, `auth_file = ${users}`)
      .replace(/^pool_mode = .*$/m, `pool_mode = ${mode}`);
    const user = process.geteuid?.() === 0 ? 'user = nobody\n' : '';
    await writeFile(join(folder, 'pgbouncer.ini'), `${config}unix_socket_dir =\n${user}`);
    await writeFile(users, `"${decodeURIComponent(username)}" "${decodeURIComponent(password)}"\n`);
    await chmod(folder, 0o755);
    const child = spawn('pgbouncer', ['-q', join(folder, 'pgbouncer.ini')], { stdio: 'ignore' });
    const url = Object.assign(new URL(databaseUrl), { host: `127.0.0.1:${port}` }).href;
    const pooler = new PgBouncer(url, folder, child);
    try {
      await eventually('PgBouncer serves', async () => {
        const client = new Client({ connectionString: url });
        client.on('error', () => undefined);
        await client.connect();
        await client.end();
        return true;
      });
    } catch (error) {
      await pooler.close();
      throw error;
    }
    return pooler;
  }

  async close(): Promise<void> {
    const gone = once(this.process, 'exit');
    if (this.process.kill('SIGKILL')) await gone;
    await rm(this.folder, { recursive: true, force: true });
  }
}

describe('PgBouncer', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage.close());

  it('in session mode serves the acceptance script, with as many connections as the page counts', async () => {
    const pooler = await PgBouncer.open(stage.databaseUrl, 'session');
    try {
      const server = await stage.start({ DATABASE_URL: pooler.url, DATABASE_POOL_SIZE: String(POOL) });
      expect(await playAcceptance(server.process.url, stage.folder)).toEqual({
        code: 0,
        output: expect.stringMatching(/PASSED\n$/),
      });
      const calls = Array.from({ length: CALLS }, () => server.developer.call('run/list', { limit: 1 }));
      await Promise.all(calls);
      const [row] = await stage.rows<{ count: number }>(
        `select count(*)::integer as count from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid() and application_name <> 'assent-test'`,
      );
      expect(row?.count).toBeGreaterThan(LISTENER);
      expect(row?.count).toBeLessThanOrEqual(POOL + LISTENER);
      expect(await server.process.stop()).toBe(0);
    } finally {
      await pooler.close();
    }
  });

  it.each(['transaction', 'statement'])('in %s mode is refused at the start, with what to do', async (mode) => {
    const pooler = await PgBouncer.open(stage.databaseUrl, mode);
    try {
      const start = stage.start({ DATABASE_URL: pooler.url });
      await expect(start).rejects.toThrow(
        mode === 'transaction'
          ? REFUSAL
          : /Assent did not start\. DATABASE_URL: a pooler shares the connection .*Set the pooler to session mode/,
      );
    } finally {
      await pooler.close();
    }
  });
});
