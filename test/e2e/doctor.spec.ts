import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, get, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { loadConfig } from '@assent/platform';
import { databaseFindings } from '../../apps/cli/src/doctor/database.checks';
import { endpointFindings } from '../../apps/cli/src/doctor/endpoint.checks';
import type { Finding } from '../../apps/cli/src/doctor/finding';
import { proxyFindings } from '../../apps/cli/src/doctor/proxy.checks';
import { freePort } from '../support/free-port';
import { OwnPostgres } from '../support/own-postgres';
import { PoolingProxy } from '../support/pooling-proxy';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/postgres';
import { withReadOnly } from '../support/read-only-disk';
import { DEVELOPER_KEY, REVIEWER_KEY, startServer, type ServerProcess } from '../support/server-process';
import { WorkFolder } from '../support/work-folder';

const CLI = join(__dirname, '../../dist/server/cli.js');
const CERTIFICATES = join(__dirname, '../support/certificates');
const PASSWORD = 'doctor';
const DAY_MS = 86_400_000;

describe('npm run doctor', () => {
  let database: TestDatabase;
  let folder: WorkFolder;
  let server: ServerProcess;
  const open: { close(): unknown }[] = [];

  beforeAll(async () => {
    [database, folder] = await Promise.all([createTestDatabase(), WorkFolder.create()]);
    server = await startServer({ databaseUrl: database.url, workspaces: folder.setting });
  });
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.close();
  });
  afterAll(async () => {
    await server.kill();
    await Promise.all([folder.remove(), database.drop()]);
  });

  const environment = (env: Readonly<Record<string, string>>) => ({
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: database.url,
    WORKSPACES: folder.setting,
    DEVELOPER_KEY,
    REVIEWER_KEY,
    ...env,
  });

  function doctor(env: Readonly<Record<string, string>> = {}, options: readonly string[] = [], wrap = same) {
    const [program = '', ...args] = wrap([process.execPath, CLI, 'doctor', ...options]);
    return new Promise<{ code: number | string; stdout: string; stderr: string }>((resolve) => {
      execFile(program, args, { env: environment(env) }, (error, stdout, stderr) => {
        resolve({ code: error?.code ?? 0, stdout, stderr });
      });
    });
  }

  /** The lines of a subject, as `level text`. */
  const about = (findings: readonly Finding[], subject: string): string[] =>
    findings.filter((finding) => finding.subject === subject).map(({ level, text }) => `${level} ${text}`);
  const inDatabase = (url: string, now?: () => number, env: Readonly<Record<string, string>> = {}) =>
    databaseFindings(loadConfig(environment({ DATABASE_URL: url, ...env }), folder.root), now);

  /** Runs as the owner of the test's Postgres. */
  async function asOwner(...statements: string[]): Promise<void> {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }

  async function listening(listener: Server): Promise<number> {
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    open.push({
      close: () => {
        listener.close();
        listener.closeAllConnections();
      },
    });
    return (listener.address() as AddressInfo).port;
  }

  it('finds a whole installation in order, line by line, and leaves the workspace as it was', async () => {
    const before = await readdir(folder.root);
    const { code, stdout, stderr } = await doctor({}, ['--url', server.url]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^ok {4}settings: every setting is valid/m);
    expect(stdout).toMatch(/^ok {4}DATABASE_URL: Postgres \S+ answers, database "\w+", role "\w+"$/m);
    expect(stdout).toMatch(/^ok {4}schema: all \d+ migrations are done$/m);
    expect(stdout).toMatch(/^ok {4}tenants: row-level security holds/m);
    expect(stdout).toMatch(/^ok {4}clock: /m);
    expect(stdout).toMatch(new RegExp(`^ok {4}workspace work: ${folder.root} is writable$`, 'm'));
    expect(stdout).toContain(`ok    ${server.url}: a ready server answers\n`);
    expect(stdout).toContain(`ok    ${server.url}: a stream arrives as it is written\n`);
    // The Postgres of the tests does without a disk, and the doctor says so.
    expect(stdout.match(/^fail .*$/gm)).toEqual([
      'fail  durability: fsync = off: a power failure can destroy the database. Set it to on and reload Postgres.',
      'fail  durability: full_page_writes = off: a power failure can destroy pages. Set it to on and reload Postgres.',
      expect.stringMatching(/^fail {2}durability: synchronous_commit = off: decisions that were confirmed can be lost/),
    ]);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^3 failed, \d+ warnings, \d+ in order$/);
    expect(code).toBe(1);
    expect(await readdir(folder.root)).toEqual(before);
  });

  it('names each setting that cannot be used, and as JSON on request', async () => {
    const { code, stdout } = await doctor({ PORT: 'eighty', DATABASE_POOL_SIZ: '3' }, ['--json']);
    const findings = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Finding);
    expect(about(findings, 'DATABASE_POOL_SIZ')).toEqual([
      'warn there is no such setting, it is ignored. Did you mean DATABASE_POOL_SIZE?',
    ]);
    expect(findings.filter(({ level }) => level === 'fail').map(({ text }) => text)).toEqual([
      expect.stringMatching(/^PORT must/),
    ]);
    expect(code).toBe(1);
  });

  it('reads the files that settings name', async () => {
    const file = join(folder.root, 'tools.json');
    await writeFile(file, '{"slq":{}}');
    const { code, stdout } = await doctor({ TOOLS_FILE: file });
    expect(stdout).toMatch(
      /^fail {2}settings: \S+tools\.json:1:2: The tools file \(TOOLS_FILE\): there is no section "slq"/m,
    );
    expect(code).toBe(1);
  });

  it('refuses a command line that it does not know', async () => {
    expect(await doctor({}, ['--urk'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--urk') as unknown });
    expect(await doctor({}, ['--url', 'assent'])).toMatchObject({ code: 2, stdout: '' });
  });

  it('fails for what production refuses only when asked', async () => {
    const [trial, production] = await Promise.all([
      doctor({ DATABASE_URL: '' }),
      doctor({ DATABASE_URL: '' }, ['--production']),
    ]);
    expect(trial).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^warn {2}settings: Not for production: DATABASE_URL/m) as unknown,
    });
    expect(production).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^fail {2}settings: Not for production: DATABASE_URL/m) as unknown,
    });
  });

  it('finds a workspace that cannot be written', async () => {
    const sealed = await WorkFolder.create();
    open.push({ close: () => sealed.remove() });
    const { code, stdout } = await doctor({ WORKSPACES: sealed.setting }, [], (command) =>
      withReadOnly(sealed.root, command),
    );
    expect(stdout).toMatch(
      /^fail {2}workspace work: nothing can be written in \S+ \(E(ROFS|ACCES)\)\. Give this user/m,
    );
    expect(code).toBe(1);
  });

  describe('in the database', () => {
    it('finds that no Postgres answers, and that one refuses, without the password', async () => {
      const port = await freePort();
      const away = await inDatabase(`postgres://someone:hidden@127.0.0.1:${port}/x`);
      expect(away).toEqual([
        {
          level: 'fail',
          subject: 'DATABASE_URL',
          text: expect.stringMatching(/^no Postgres answers at 127/) as unknown,
        },
      ]);
      const wrong = new URL(database.url);
      wrong.pathname = '/not_there';
      expect(about(await inDatabase(wrong.href), 'DATABASE_URL')).toEqual([
        expect.stringMatching(/^fail Postgres at \S+ refuses a connection to "not_there"/),
      ]);
    });

    it('finds an empty one ready to be migrated', async () => {
      const empty = await createEmptyDatabase();
      open.push({ close: () => empty.drop() });
      const findings = await inDatabase(empty.url);
      expect(about(findings, 'schema')).toEqual([expect.stringMatching(/^warn (\d+) of \1 migrations are pending/)]);
      expect(about(findings, 'tenants')).toEqual([expect.stringMatching(/^ok row-level security will hold/)]);
    });

    it('finds a role without the right to create tables, and one that does not own them', async () => {
      const [role, empty] = [`doctor_${randomBytes(5).toString('hex')}`, await createEmptyDatabase()];
      await asOwner(`create role ${role} login password '${PASSWORD}'`);
      open.push({ close: () => asOwner(`drop role ${role}`) }, { close: () => empty.drop() });
      const as = (url: string) => {
        const other = new URL(url);
        other.username = role;
        other.password = PASSWORD;
        return other.href;
      };
      expect(about(await inDatabase(as(empty.url)), 'rights')).toEqual([
        `fail "${role}" may not create tables: grant create on schema public to "${role}".`,
      ]);
      expect(about(await inDatabase(as(database.url)), 'rights')).toEqual([
        expect.stringMatching(
          new RegExp(`^fail the tables belong to "\\w+", so "${role}" cannot migrate them\\. Connect as`),
        ),
      ]);
    });

    it('finds settings that lose confirmed work, a read-only session and an idle limit', async () => {
      const url = (setting: string) => {
        const with_ = new URL(database.url);
        with_.searchParams.set('options', `-c ${setting}`);
        return with_.href;
      };
      expect(about(await inDatabase(url('synchronous_commit=off')), 'durability')).toContainEqual(
        expect.stringMatching(/^fail synchronous_commit = off: decisions that were confirmed can be lost/),
      );
      expect(about(await inDatabase(url('default_transaction_read_only=on')), 'DATABASE_URL')).toContainEqual(
        expect.stringMatching(/^fail default_transaction_read_only is on .* no run could be stored/),
      );
      expect(about(await inDatabase(url('idle_session_timeout=60000')), 'idle_session_timeout')).toEqual([
        expect.stringMatching(/^warn 1min closes the idle connection/),
      ]);
    });

    it('warns when fewer connections are free than a replica opens', async () => {
      const folderOfPostgres = await mkdtemp(join(tmpdir(), 'assent-doctor-'));
      open.push({ close: () => rm(folderOfPostgres, { recursive: true, force: true }) });
      const postgres = await OwnPostgres.start(folderOfPostgres);
      open.push({ close: () => postgres.stop() });
      const connections = async (size: string) =>
        about(await inDatabase(postgres.url, undefined, { DATABASE_POOL_SIZE: size }), 'connections');
      // It allows 200, some of them for superusers.
      expect(await connections('200')).toEqual([
        expect.stringMatching(
          /^warn one replica opens up to 201 \(DATABASE_POOL_SIZE=200\), 19\d are free now\. Raise max_connections, or lower DATABASE_POOL_SIZE\.$/,
        ),
      ]);
      expect(await connections('8')).toEqual([expect.stringMatching(/^ok one replica opens up to 9 /)]);
    });

    it('finds a pooler that shares sessions', async () => {
      const pooler = await PoolingProxy.open(database.url, { mode: 'transaction', size: 4, order: 'fifo' });
      open.push(pooler);
      await pooler.warm(4);
      expect(about(await inDatabase(pooler.url), 'DATABASE_URL')).toContainEqual(
        expect.stringMatching(/^fail a pooler shares the connection to Postgres/),
      );
    });

    it('finds clocks that differ', async () => {
      const shifted = (ms: number) => inDatabase(database.url, () => Date.now() + ms);
      expect(about(await shifted(0), 'clock')).toEqual([expect.stringMatching(/^ok/)]);
      expect(about(await shifted(5_000), 'clock')).toEqual([
        expect.stringMatching(/^warn .* differ by [45]\.\d s\. Sync/),
      ]);
      expect(about(await shifted(-60_000), 'clock')).toEqual([
        expect.stringMatching(/^fail .* differ by (59|60)\.\d s/),
      ]);
    });
  });

  describe('beyond the database', () => {
    const inEndpoints = (env: Readonly<Record<string, string>>, now?: number, ca?: string) =>
      endpointFindings(loadConfig(environment(env), folder.root), now, ca);
    const certificate = readFileSync(join(CERTIFICATES, 'localhost.pem'), 'utf8');
    const receiver = () =>
      listening(
        createTlsServer(
          { cert: certificate, key: readFileSync(join(CERTIFICATES, 'localhost.key.pem')) },
          (_, response) => response.end(),
        ),
      );

    it('finds names that do not resolve, and ports where nothing listens', async () => {
      const port = await freePort();
      const env = {
        LLM_BASE_URL: `http://127.0.0.1:${port}/v1`,
        LLM_MODEL: 'm',
        EMBEDDING_BASE_URL: 'https://name.invalid/v1',
      };
      const findings = await inEndpoints(env);
      expect(about(findings, 'LLM_BASE_URL')).toEqual([
        expect.stringMatching(/^fail 127\.0\.0\.1:\d+ refuses the connection\. Start/),
      ]);
      expect(about(findings, 'EMBEDDING_BASE_URL')).toEqual([
        expect.stringMatching(/^fail the name name\.invalid does not resolve/),
      ]);
    });

    it('looks at the certificates of webhooks: refused, trusted, about to expire', async () => {
      const port = await receiver();
      const origin = `https://localhost:${port}`;
      await asOwner(
        `insert into webhook_endpoints (id, tenant_id, url, events, state, secret, created_by, created_at, updated_at)
         values ('${randomUUID()}', 'one', '${origin}/secret-path', '{}', 'enabled', 'x', 't', now(), now()),
                ('${randomUUID()}', 'two', '${origin}/other', '{}', 'enabled', 'x', 't', now(), now()),
                ('${randomUUID()}', 'two', 'https://10.1.2.3/hook', '{}', 'enabled', 'x', 't', now(), now()),
                ('${randomUUID()}', 'two', 'https://gone.invalid/hook', '{}', 'disabled', 'x', 't', now(), now())`,
      );
      open.push({ close: () => asOwner('delete from webhook_endpoints') });
      const env = { EGRESS_ALLOW: '127.0.0.0/8,::1/128' };
      const untrusted = await inEndpoints(env);
      expect(about(untrusted, `webhook ${origin}`)).toEqual([
        expect.stringMatching(/^fail the certificate of localhost is refused \(.*SELF_SIGNED.*\)\. Correct/),
      ]);
      expect(about(untrusted, 'webhook https://10.1.2.3')).toEqual([
        expect.stringMatching(/^fail The server does not connect to "10\.1\.2\.3"/),
      ]);
      expect(untrusted).toHaveLength(2);
      expect(JSON.stringify(untrusted)).not.toContain('secret-path');
      expect(about(await inEndpoints(env, undefined, certificate), `webhook ${origin}`)).toEqual([
        'ok the certificate of localhost is valid until 2126-11-06',
      ]);
      const late = Date.parse('2126-11-06T04:51:46Z') - 3.5 * DAY_MS;
      expect(about(await inEndpoints(env, late, certificate), `webhook ${origin}`)).toEqual([
        'warn the certificate of localhost is valid until 2126-11-06, 3 days. Renew it.',
      ]);
    });

    /** Passes requests on to the server; `change` may keep an answer back or alter its headers. */
    const proxy = (change: {
      readonly buffers?: boolean;
      readonly ends?: boolean;
      readonly without?: string;
      readonly adds?: Record<string, string>;
    }) =>
      listening(
        createServer((request, response) => {
          const onward = get(`${server.url}${request.url ?? ''}`, { headers: request.headers }, (answer) => {
            const isProbe = request.url === '/readyz';
            const headers = Object.fromEntries(
              Object.entries({ ...answer.headers, ...(isProbe ? {} : change.adds) }).filter(
                ([name]) => name !== change.without,
              ),
            );
            response.writeHead(answer.statusCode ?? 0, headers);
            response.flushHeaders();
            if (change.ends && !isProbe) response.end();
            else if (change.buffers && !isProbe) answer.resume();
            else answer.pipe(response);
          });
          response.on('close', () => onward.destroy());
        }),
      ).then((port) => `http://127.0.0.1:${port}`);

    it('finds what a proxy does to streams and headers', async () => {
      const through = async (change: Parameters<typeof proxy>[0], firstByteMs?: number) => {
        const url = await proxy(change);
        return about(
          await proxyFindings({ url, key: REVIEWER_KEY, ...(firstByteMs === undefined ? {} : { firstByteMs }) }),
          url,
        );
      };
      expect(await through({ buffers: true }, 1_000)).toEqual([
        'ok a ready server answers',
        expect.stringMatching(/^fail a stream brings nothing for 1 s: a proxy holds it back/),
      ]);
      expect(await through({ ends: true })).toContainEqual(
        expect.stringMatching(/^fail a stream ends before its first event/),
      );
      expect(await through({ without: 'x-content-type-options' })).toContainEqual(
        expect.stringMatching(/^warn the proxy removes/),
      );
      expect(await through({ adds: { 'content-encoding': 'gzip' } })).toContainEqual(
        expect.stringMatching(/^fail the proxy compresses streams \(gzip\)/),
      );
    });

    it('says what was not looked at, and that another program answers', async () => {
      const keys = [null, DEVELOPER_KEY.replace('test', 'none')];
      const [without, refused] = await Promise.all(keys.map((key) => proxyFindings({ url: server.url, key })));
      expect(about(without ?? [], server.url)).toContainEqual(
        expect.stringMatching(/^warn streams were not looked at: give a key/),
      );
      expect(about(refused ?? [], server.url)).toContainEqual(
        expect.stringMatching(/^warn streams were not .* refused \(401\)/),
      );
      const other = `http://127.0.0.1:${await listening(createServer((_, response) => response.end('hello')))}`;
      expect(about(await proxyFindings({ url: other, key: null }), other)).toEqual([
        'fail /readyz answers 200, not as Assent does. Correct the address, or the proxy.',
      ]);
      const away = `http://127.0.0.1:${await freePort()}`;
      expect(about(await proxyFindings({ url: away, key: null }), away)).toEqual([
        'fail no server answers (ECONNREFUSED). Start it, or correct the address.',
      ]);
    });
  });
});

function same(command: readonly [string, ...string[]]): readonly string[] {
  return command;
}
