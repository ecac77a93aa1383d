import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { MethodResult } from '@assent/contract';
import { Caller } from '../support/caller';
import { eventually } from '../support/eventually';
import { operatorKey } from '../support/operator';
import { DEVELOPER_KEY, REVIEWER_KEY, SERVER_COMMAND } from '../support/server-process';
import { Stage, type Replica } from '../support/stage';
import { TokenIssuer } from '../support/token-issuer';

type Opened = MethodResult<'session/open'>['sessions'][number];

const CLI = join(__dirname, '../../dist/server/cli.js');
const LINK = /Open (http:\/\/\S+\/ui\/#in=([\w-]{43}))$/;
const HOUR_MS = 3_600_000;
const SCOPES = 'run:read,key:admin,webhook:admin,approval:decide';

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

describe('sessions of the console', () => {
  let stage: Stage;
  let issuer: TokenIssuer;
  let server: Replica;

  beforeAll(async () => {
    [stage, issuer] = await Promise.all([Stage.open(), TokenIssuer.open()]);
    server = await stage.start({
      ...issuer.env,
      JWT_CLOCK_SKEW_SECONDS: '60',
      WEBHOOK_SECRET_KEY: 'k'.repeat(32),
      PUBLIC_URL: 'https://assent.example/base/',
      ALLOWED_HOSTS: 'assent.example',
      ALLOWED_ORIGINS: 'https://app.example',
    });
  });
  afterAll(async () => {
    issuer.close();
    await stage.close();
  });

  const as = (key: string): Caller => new Caller(server.process.url, key);
  const statusOf = async (key: string): Promise<number> => (await as(key).fetch('/session')).status;
  const open = async (key: string): Promise<Opened> => {
    const answer = await as(key).post('/session', {});
    if (answer.status !== 201) throw new Error(await answer.text());
    const { sessions } = (await answer.json()) as MethodResult<'session/open'>;
    const [session] = sessions;
    if (!session) throw new Error('no session was opened');
    return session;
  };
  const link = async (): Promise<string> => {
    const answer = await server.developer.post('/session/links', { reviewerKey: REVIEWER_KEY });
    return ((await answer.json()) as { url: string }).url.split('#in=')[1] ?? '';
  };
  /** fetch chooses Host and Origin itself. */
  const take = (
    token: unknown,
    headers: Readonly<Record<string, string>> = {},
    { process: { url } }: Replica = server,
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const call = request(`${url}/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
      });
      call.once('error', reject);
      call.once('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.once('end', () => {
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Answer['body'] });
        });
      });
      call.end(JSON.stringify({ token }));
    });
  const refusal = ({ status, body: { type, detail } }: Answer): unknown[] => [status, type, detail];

  describe('by the first link', () => {
    it('are two, printed as one link that opens once, with the powers of both seats', async () => {
      const [, url = '', token = ''] = server.process.lines.map((line) => LINK.exec(line)).find(Boolean) ?? [];
      expect(url.startsWith(`${server.process.url}/ui/#in=`)).toBe(true);
      const first = await take(token, { origin: server.process.url });
      expect(first.status).toBe(201);
      const { sessions } = first.body as MethodResult<'session/open'>;
      expect(sessions.map(({ principal: { tenant, subject } }) => [tenant, subject])).toEqual([
        ['local', 'developer'],
        ['local', 'reviewer'],
      ]);
      for (const [index, seat] of [server.developer, server.reviewer].entries()) {
        const { key = '', keyId, expiresAt, principal } = sessions[index] ?? ({} as Partial<Opened>);
        const own = await seat.call('session/get', {});
        expect(own).toEqual({ ...principal, expiresAt: null, keyId: null, isSession: false });
        expect(await as(key).call('session/get', {})).toEqual({ ...principal, expiresAt, keyId, isSession: true });
        const leftMs = Date.parse(expiresAt ?? '') - Date.now();
        expect([leftMs > 11.9 * HOUR_MS, leftMs <= 12 * HOUR_MS]).toEqual([true, true]);
      }
      const again = await take(token, { origin: server.process.url });
      expect(refusal(again)).toEqual([
        401,
        'urn:assent:error:invalid-link',
        expect.stringContaining('npm run console'),
      ]);
      const everything = JSON.stringify(await stage.rows('select * from audit_log')) + server.process.lines.join();
      expect(everything.split(token)).toHaveLength(2);
      const [line] = await stage.rows<{ detail: unknown }>(
        `select actor, subject_type, subject_id, detail from audit_log where action = 'session.open' and subject_id = '${sessions[0]?.keyId ?? ''}'`,
      );
      expect(line).toMatchObject({ actor: 'developer', subject_type: 'key', detail: { name: 'console' } });
    });

    it('open for one of two who use it at once', async () => {
      const token = await link();
      const answers = await Promise.all(Array.from({ length: 8 }, () => take(token)));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 7 }, () => 401)]);
    });

    it('are refused elsewhere with one answer, and the link stays as it is', async () => {
      const token = await link();
      const cases: Readonly<Record<string, string>>[] = [
        { host: 'assent.example' },
        { host: 'assent.example', origin: 'http://assent.example' },
        { origin: 'https://app.example' },
        { origin: 'https://app.example', host: 'assent.example' },
        { authorization: `Bearer ${DEVELOPER_KEY}` },
        { authorization: 'Bearer wrong' },
      ];
      const unknown = refusal(await take('x'.repeat(43)));
      expect(unknown.slice(0, 2)).toEqual([401, 'urn:assent:error:invalid-link']);
      for (const headers of cases) expect([headers, refusal(await take(token, headers))]).toEqual([headers, unknown]);
      for (const wrong of ['', 'x', `${token}x`]) expect(refusal(await take(wrong))).toEqual(unknown);
      // The edge refuses these before any route.
      expect((await take(token, { host: 'evil.example' })).status).toBe(403);
      expect((await take(token, { origin: 'https://evil.example' })).status).toBe(403);
      expect((await take(token, { origin: 'http://127.0.0.1:1' })).status).toBe(403);
      expect((await take(token)).status).toBe(201);
    });

    it('are refused over JSON-RPC, where every call has credentials', async () => {
      const error = await server.developer.fail('session/open', { token: await link() });
      expect(error).toMatchObject({ code: -32003, data: { type: 'urn:assent:error:invalid-link' } });
    });

    it('are not read when the body is larger than a link', async () => {
      expect((await take('x'.repeat(1_024))).status).toBe(413);
    });
  });

  describe('by another link', () => {
    const refused = async (caller: Caller, body: object): Promise<number> =>
      (await caller.post('/session/links', body)).status;

    it('need the keys of both seats, each in its place', async () => {
      const session = await open(DEVELOPER_KEY);
      const made = await server.developer.call('key/create', { name: 'k', scopes: ['run:read'] });
      expect(await refused(server.developer, {})).toBe(403);
      expect(await refused(server.developer, { reviewerKey: DEVELOPER_KEY })).toBe(403);
      expect(await refused(server.developer, { reviewerKey: 'wrong' })).toBe(403);
      expect(await refused(server.reviewer, { reviewerKey: REVIEWER_KEY })).toBe(403);
      expect(await refused(server.reviewer, { reviewerKey: DEVELOPER_KEY })).toBe(403);
      expect(await refused(as(session.key), { reviewerKey: REVIEWER_KEY })).toBe(403);
      expect(await refused(as(made.key), { reviewerKey: REVIEWER_KEY })).toBe(403);
      expect(await refused(as('wrong'), { reviewerKey: REVIEWER_KEY })).toBe(401);
    });

    it('are printed by npm run console, which uses the keys of DATA_DIR or the environment', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'assent-console-'));
      const run = (env: Readonly<Record<string, string>>) =>
        promisify(execFile)(process.execPath, [CLI, 'console'], {
          env: { PATH: process.env['PATH'], PORT: new URL(server.process.url).port, DATA_DIR: folder, ...env },
        }).then(
          ({ stdout }) => stdout,
          (error: unknown) => (error as { stderr: string }).stderr,
        );
      await writeFile(join(folder, 'keys.json'), JSON.stringify({ developer: 'not-this', reviewer: REVIEWER_KEY }));
      const printed = await run({ DEVELOPER_KEY });
      const token = /#in=([\w-]{43})\n$/.exec(printed)?.[1] ?? printed;
      expect((await take(token)).status).toBe(201);
      expect(await run({})).toContain('The server made no link');
      expect(await run({ DEVELOPER_KEY, PORT: '1' })).toContain('No server answers at http://127.0.0.1:1/');
      await rm(folder, { recursive: true });
    });

    it('for another device are of the caller’s own session, end with it, and open from anywhere', async () => {
      const session = await open(REVIEWER_KEY);
      const made = (await (await as(session.key).post('/session/links', {})).json()) as { url: string };
      const [address, token] = made.url.split('#in=');
      expect(address).toBe('https://assent.example/base/ui/');
      expect((await take(token, { host: 'assent.example', origin: 'https://app.example' })).status).toBe(401);
      const taken = await take(token, { host: 'assent.example', origin: 'https://assent.example' });
      const [other, ...more] = (taken.body as MethodResult<'session/open'>).sessions;
      expect([other?.principal, more]).toEqual([session.principal, []]);
      expect(Date.parse(other?.expiresAt ?? '')).toBeLessThanOrEqual(Date.parse(session.expiresAt));
      expect((await take(token, { host: 'assent.example' })).status).toBe(401);
      const { url } = (await (await as(session.key).post('/session/links', {})).json()) as { url: string };
      expect((await as(session.key).fetch('/session', { method: 'DELETE' })).status).toBe(204);
      expect([await statusOf(session.key), await statusOf(other?.key ?? '')]).toEqual([401, 401]);
      expect(refusal(await take(url.split('#in=')[1])).slice(0, 2)).toEqual([401, 'urn:assent:error:invalid-link']);
    });
  });

  describe('of another device', () => {
    it('open once at any replica, which stores the hash of the newest token for five minutes', async () => {
      const other = await stage.start({ PUBLIC_URL: 'https://assent.example/base/', ALLOWED_HOSTS: 'assent.example' });
      const session = await open(REVIEWER_KEY);
      const made = async () => {
        const answer = await as(session.key).post('/session/links', {});
        return ((await answer.json()) as { url: string }).url.split('#in=')[1] ?? '';
      };
      const [first, second] = [await made(), await made()];
      const rows = await stage.rows<{ text: string; inTime: boolean }>(
        `select session_links::text as text, expires_at between now() and now() + interval '5 minutes' as "inTime"
         from session_links where key_id = $1`,
        [session.keyId],
      );
      expect(rows.map(({ text, inTime }) => [text.includes(second), inTime])).toEqual([[false, true]]);
      const headers = { host: 'assent.example' };
      expect((await take(first, headers, other)).status).toBe(401);
      const answers = await Promise.all([take(second, headers, other), take(second, headers)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 401]);
      const taken = answers.find(({ status }) => status === 201)?.body as MethodResult<'session/open'>;
      expect(taken.sessions[0]?.principal).toEqual(session.principal);
      expect(
        await stage.rows(`select actor from audit_log where action = 'session.open' and subject_id = $1`, [
          taken.sessions[0]?.keyId,
        ]),
      ).toEqual([{ actor: 'reviewer' }]);
      const late = await made();
      await stage.rows(`update session_links set expires_at = now() where key_id = $1`, [session.keyId]);
      expect((await take(late, headers, other)).status).toBe(401);
      await other.process.kill();
    });
  });

  describe('by a credential', () => {
    it('have its subject, scopes and roles', async () => {
      const session = await open(DEVELOPER_KEY);
      const { tenant, subject, scopes, roles } = await server.developer.call('session/get', {});
      expect(session.principal).toEqual({ tenant, subject, scopes, roles });
    });

    it('make no keys, no sessions and no keys for callbacks, with any scope', async () => {
      const { key } = await operatorKey(
        stage,
        '--tenant=local',
        '--name=a',
        '--subject=ann',
        `--scopes=${SCOPES}`,
        '--roles=admin',
      );
      const session = as((await open(key)).key);
      const body = { url: 'http://receiver.invalid/', events: ['run.failed'] };
      const { id } = (await (await session.post('/webhooks', body)).json()) as { id: string };
      expect((await session.post('/keys', { name: 'k', scopes: ['run:read'] })).status).toBe(403);
      expect((await session.post('/session', {})).status).toBe(403);
      expect((await session.post(`/webhooks/${id}/callback-key`, {})).status).toBe(403);
      expect((await as(key).post(`/webhooks/${id}/callback-key`, {})).status).toBe(200);
    });

    it('end themselves without key:admin; what is no session does not', async () => {
      const session = as((await open(REVIEWER_KEY)).key);
      expect((await session.fetch('/session', { method: 'DELETE' })).status).toBe(204);
      expect(await statusOf(session.key)).toBe(401);
      const refused = await server.reviewer.fetch('/session', { method: 'DELETE' });
      expect([refused.status, await refused.json()]).toMatchObject([409, { type: 'urn:assent:error:not-a-session' }]);
      expect(await statusOf(REVIEWER_KEY)).toBe(200);
    });

    it('end when the key that opened them is revoked', async () => {
      const source = await server.developer.call('key/create', { name: 'k', scopes: ['run:read'] });
      const session = await open(source.key);
      expect(await statusOf(session.key)).toBe(200);
      await server.developer.fetch(`/keys/${source.id}`, { method: 'DELETE' });
      expect([await statusOf(session.key), (await as(source.key).post('/session', {})).status]).toEqual([401, 401]);
    });

    it('end with the key or token that opened them, and are not opened by one that is over', async () => {
      const expiresAt = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + HOUR_MS);
      const scopes = 'run:read';
      const source = await server.developer.call('key/create', {
        name: 'k',
        scopes: ['run:read'],
        expiresAt: expiresAt.toISOString(),
      });
      const token = await issuer.token('ann', expiresAt, { tenant: 'local', scope: scopes });
      for (const credential of [source.key, token])
        expect(await open(credential)).toMatchObject({ expiresAt: expiresAt.toISOString() });
      // Within the tolerated skew of the clocks.
      const over = await issuer.token('ann', new Date(Date.now() - 10_000), { tenant: 'local', scope: scopes });
      expect([await statusOf(over), (await as(over).post('/session', {})).status]).toEqual([200, 401]);
      const soon = await issuer.token('ann', new Date(Date.now() + 3_000), { tenant: 'local', scope: scopes });
      const short = await open(soon);
      await eventually('the session ends with its token', async () => (await statusOf(short.key)) === 401);
      expect(await statusOf(soon)).toBe(200);
    });

    it('are twenty of a subject: one more ends the oldest', async () => {
      const { key } = await operatorKey(stage, '--tenant=local', '--name=t', '--subject=twenty', '--scopes=run:read');
      const sessions: Opened[] = [];
      for (let count = 0; count < 20; count += 1) sessions.push(await open(key));
      expect(await statusOf(sessions[0]?.key ?? '')).toBe(200);
      sessions.push(await open(key));
      expect(await Promise.all(sessions.slice(0, 2).map((session) => statusOf(session.key)))).toEqual([401, 200]);
      await Promise.all(Array.from({ length: 6 }, () => open(key)));
      const live = `select count(*)::int as count from api_keys where subject = 'twenty' and is_session and revoked_at is null`;
      expect(await stage.rows(live)).toEqual([{ count: 20 }]);
      expect([await statusOf(key), await statusOf(DEVELOPER_KEY)]).toEqual([200, 200]);
    });

    it('are in an answer that is not stored, and need a credential', async () => {
      const answer = await server.developer.post('/session', {});
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect((await fetch(`${server.process.url}/session`, { method: 'POST' })).status).toBe(401);
    });
  });

  it('have no link where others reach the server, nor for another device without PUBLIC_URL', async () => {
    const remote = await stage.start({ HOST: '0.0.0.0' });
    expect(remote.process.lines.join()).not.toContain('#in=');
    const url = remote.process.url.replace('0.0.0.0', '127.0.0.1');
    const answer = await new Caller(url, DEVELOPER_KEY).post('/session/links', { reviewerKey: REVIEWER_KEY });
    expect(answer.status).toBe(403);
    const session = (await (
      await new Caller(url, REVIEWER_KEY).post('/session', {})
    ).json()) as MethodResult<'session/open'>;
    const device = await new Caller(url, session.sessions[0]?.key ?? '').post('/session/links', {});
    expect([device.status, ((await device.json()) as { detail: string }).detail]).toEqual([
      409,
      expect.stringContaining('PUBLIC_URL'),
    ]);
  });

  it('open in the browser with --open, through a file that only its owner reads', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'assent-open-'));
    const opener = join(folder, 'xdg-open');
    await writeFile(opener, `#!/bin/sh\nprintf '%s' "$1" > '${folder}/opened'\n`, { mode: 0o755 });
    const env = { DATA_DIR: join(folder, 'data'), PATH: `${folder}:${process.env['PATH'] ?? ''}` };
    const opening = await stage.start(env, [...SERVER_COMMAND, '--open']);
    const file = await eventually('the browser is asked', async () => readFile(join(folder, 'opened'), 'utf8'));
    const [, url = ''] = opening.process.lines.map((line) => LINK.exec(line)).find(Boolean) ?? [];
    expect(await readFile(file, 'utf8')).toContain(`url=${url}"`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await rm(folder, { recursive: true });
  });
});
