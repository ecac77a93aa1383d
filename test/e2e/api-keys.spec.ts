import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Pool } from 'pg';
import type { Authority, StartParams } from '@assent/contract';
import { ApiKeyPrincipals, ApiKeyRepository, LocalPrincipals } from '@assent/identity';
import { Database } from '@assent/platform';
import { Caller } from '../support/caller';
import { eventually } from '../support/eventually';
import { Stage, type Replica } from '../support/stage';
import { DEVELOPER_KEY } from '../support/server-process';

const CLI = join(__dirname, '../../dist/server/cli.js');

const FINISH = {
  goal: 'Nothing.',
  trace: 'Nothing to do.',
  actions: [{ id: 'a', kind: 'finish' }],
} satisfies StartParams;

interface Key {
  readonly id: string;
  readonly key: string;
  readonly state: string;
}

describe('API keys', () => {
  let stage: Stage;
  let server: Replica;
  let other: Replica;

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start();
    other = await stage.start();
  });
  afterAll(() => stage.close());

  const rest = (method: string, path: string, key: string, body?: unknown): Promise<Response> =>
    fetch(`${server.process.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const make = async (body: object, by = DEVELOPER_KEY): Promise<Key> =>
    (await (await rest('POST', '/keys', by, body)).json()) as Key;
  const operator = (...words: string[]) =>
    promisify(execFile)(process.execPath, [CLI, 'keys', ...words], {
      env: { PATH: process.env['PATH'], DATABASE_URL: stage.databaseUrl },
    });

  it('are shown once, stored as a hash, and open what their scopes open', async () => {
    const made = await make({ name: 'ci', scopes: ['run:read'], subject: 'developer/ci', roles: ['developer'] });
    expect(made).toMatchObject({ name: 'ci', subject: 'developer/ci', state: 'live', createdBy: 'developer' });
    expect(made.key).toMatch(/^aak_[0-9a-f]{32}_[\w-]{43}$/);
    const [row] = await stage.rows<Record<string, unknown>>('select * from api_keys where id = $1', [made.id]);
    expect(JSON.stringify(row)).not.toContain(made.key.split('_').slice(2).join('_'));
    const caller = new Caller(server.process.url, made.key);
    expect((await caller.ask('run/list', {})).result).toEqual({ items: [], cursor: null });
    expect((await caller.ask('complete', { runId: made.id, outcome: 'success' })).error?.code).toBe(-32003);
    const page = (await (await rest('GET', '/keys', DEVELOPER_KEY)).json()) as { items: object[] };
    expect(page.items.map((item) => Object.keys(item))).not.toContainEqual(expect.arrayContaining(['key']));
    const read = await rest('GET', `/keys/${made.id.replaceAll('-', '')}`, DEVELOPER_KEY);
    expect(await read.json()).toMatchObject({ id: made.id, lastUsedAt: expect.any(String) as unknown });
  });

  it('stop opening anything once revoked: here at once, on other replicas within seconds', async () => {
    const made = await make({ name: 'short', scopes: ['run:read'] });
    const [here, there] = [new Caller(server.process.url, made.key), new Caller(other.process.url, made.key)];
    expect((await there.ask('run/list', {})).result).toBeDefined();
    expect(await (await rest('DELETE', `/keys/${made.id}`, DEVELOPER_KEY)).json()).toMatchObject({ state: 'revoked' });
    expect(await (await rest('DELETE', `/keys/${made.id}`, DEVELOPER_KEY)).json()).toMatchObject({ state: 'revoked' });
    expect((await statusOf(here)).status).toBe(401);
    await eventually('the other replica refuses the key', async () => (await statusOf(there)).status === 401);
    const rows = await stage.rows('select action, actor from audit_log where subject_id = $1 order by id', [made.id]);
    expect(rows).toEqual([
      { action: 'key.create', actor: 'developer' },
      { action: 'key.revoke', actor: 'developer' },
    ]);
  });

  it('expire on the clock of the database, and a wrong secret is no key', async () => {
    const made = await make({ name: 'old', scopes: ['run:read'] });
    await stage.rows(`update api_keys set expires_at = now() - interval '1 minute' where id = $1`, [made.id]);
    const caller = new Caller(server.process.url, made.key);
    expect(await statusOf(caller)).toMatchObject({
      status: 401,
      detail: expect.stringContaining('expired') as unknown,
    });
    const forged = new Caller(server.process.url, `${made.key.slice(0, -1)}${made.key.endsWith('A') ? 'B' : 'A'}`);
    expect(await statusOf(forged)).toMatchObject({
      status: 401,
      detail: expect.stringContaining('not known') as unknown,
    });
  });

  it('never can do more than their creator', async () => {
    const attempts = [
      { name: 'x', scopes: ['approval:decide'] },
      { name: 'x', scopes: ['run:read'], subject: 'reviewer' },
      { name: 'x', scopes: ['run:read'], roles: ['security'] },
    ];
    for (const body of attempts) expect((await rest('POST', '/keys', DEVELOPER_KEY, body)).status).toBe(403);
    const bad = [
      { name: 'x', scopes: [] },
      { name: 'x', scopes: ['root'] },
      { name: 'x', scopes: ['run:read'], a: 1 },
      ...['subject', 'roles', 'expiresAt'].map((field) => ({ name: 'x', scopes: ['run:read'], [field]: null })),
    ];
    for (const body of bad) expect((await rest('POST', '/keys', DEVELOPER_KEY, body)).status).toBe(400);
    const unable = await make({ name: 'reader', scopes: ['run:read'] });
    expect((await rest('POST', '/keys', unable.key, { name: 'x', scopes: ['run:read'] })).status).toBe(403);
  });

  it('are made by the operator for any tenant, and tenants do not see each other’s', async () => {
    const { stdout } = await operator('create', '--tenant=acme', '--name=alice', '--scopes=all', '--roles=admin');
    const alice = new Caller(server.process.url, stdout.trim());
    const started = await alice.call('start', FINISH);
    expect((await server.developer.ask('run/get', { runId: started.runId })).error?.code).toBe(-32001);
    const mine = (await (await rest('GET', '/keys', stdout.trim())).json()) as { items: Key[] };
    expect(mine.items).toMatchObject([{ name: 'alice', createdBy: 'operator' }]);
    const id = mine.items[0]?.id ?? '';
    expect((await rest('GET', `/keys/${id}`, DEVELOPER_KEY)).status).toBe(404);
    expect((await rest('DELETE', `/keys/${id}`, DEVELOPER_KEY)).status).toBe(404);
    expect((await make({ name: 'lead', scopes: ['approval:decide'], subject: 'bob' }, stdout.trim())).state).toBe(
      'live',
    );
    expect((await operator('list', '--tenant=acme')).stdout.trim().split('\n')).toHaveLength(2);
    expect((await operator('revoke', id, '--tenant=acme')).stdout).toContain('revoked');
  });

  it('take the powers of the runs that they have started along when they are revoked', async () => {
    const made = await make({ name: 'agent', scopes: ['run:write', 'run:read'] });
    const { runId } = await new Caller(server.process.url, made.key).call('start', FINISH);
    const [run] = await stage.rows<{ authority: Authority }>('select authority from runs where id = $1', [runId]);
    expect(run?.authority).toEqual({ credential: `key:${made.id}`, scopes: ['run:write', 'run:read'] });
    const database = new Database(new Pool({ connectionString: stage.databaseUrl }));
    const local = new LocalPrincipals({ developer: DEVELOPER_KEY, reviewer: null });
    const scopes = (authority: Authority | null) =>
      new ApiKeyPrincipals(new ApiKeyRepository(database), local).scopesOf('local', 'developer', authority);
    const wider: Authority = { credential: `key:${made.id}`, scopes: ['run:write', 'tool:admin'] };
    expect(await scopes(wider)).toEqual(new Set(['run:write']));
    await server.developer.fetch(`/keys/${made.id}`, { method: 'DELETE' });
    expect([await scopes(wider), await scopes(null), await scopes({ ...wider, credential: 'token' })]).toEqual([
      null,
      null,
      null,
    ]);
    await database.close();
  });
});

async function statusOf(caller: Caller): Promise<{ status: number; detail?: string }> {
  const response = await caller.post('/rpc', { jsonrpc: '2.0', id: 1, method: 'run/list', params: {} });
  return { status: response.status, ...((await response.json()) as object) };
}
