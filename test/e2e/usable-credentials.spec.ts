import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { Caller } from '../support/caller';
import { framesUntil } from '../support/frames';
import { operatorKey } from '../support/operator';
import { decide, startPending } from '../support/pending';
import { readPlan } from '../support/plans';
import { DEVELOPER_KEY } from '../support/server-process';
import { Stage, type Replica } from '../support/stage';

const ORIGIN = 'https://app.example';
const NO_KEYS = { DEVELOPER_KEY: '', REVIEWER_KEY: '', HOST: '0.0.0.0' };
const LIMIT = 20;

describe('the way in', () => {
  let stage: Stage;
  let server: Replica;

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start({
      ALLOWED_ORIGINS: ORIGIN,
      RATE_LIMIT_PER_SECOND: String(LIMIT),
      RATE_LIMIT_UNAUTHENTICATED_PER_SECOND: '5',
    });
  });
  afterAll(() => stage.close());

  it('is not opened to other machines before somebody could call', async () => {
    await expect(stage.start(NO_KEYS)).rejects.toThrow(/npm run keys/);
    // A key made by a built-in key ends with it, so it is not usable on a server without built-in keys.
    expect((await server.developer.post('/keys', { name: 'made', scopes: ['run:read'] })).status).toBe(201);
    await expect(stage.start(NO_KEYS)).rejects.toThrow(/npm run keys/);
    const { key } = await operatorKey(stage, '--tenant=local', '--name=first', '--scopes=run:read');
    const open = await stage.start(NO_KEYS);
    const url = open.process.url.replace('0.0.0.0', '127.0.0.1');
    expect((await new Caller(url, key).ask('run/list', {})).result).toBeDefined();
    const byDeveloper = await new Caller(url, DEVELOPER_KEY).fetch('/runs');
    expect(byDeveloper.status).toBe(401);
    expect(open.process.lines.join('\n')).not.toContain('aak_');
    await open.process.kill();
  });

  it('takes tokens of the provider, and says 503 while their keys cannot be had', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'a', alg: 'ES256' }] });
    const provider = createServer((_, response) => void response.end(keys)).listen(0, '127.0.0.1');
    await once(provider, 'listening');
    const url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/`;
    const env = { JWT_ISSUER: 'https://id.example', JWT_AUDIENCE: 'assent', JWT_JWKS_URL: url };
    const replica = await stage.start(env);
    const token = await new SignJWT({ tenant: 'acme', scope: 'run:read' })
      .setProtectedHeader({ alg: 'ES256', kid: 'a' })
      .setIssuer(env.JWT_ISSUER)
      .setAudience('assent')
      .setSubject('alice')
      .setExpirationTime('5m')
      .sign(privateKey);
    const alice = new Caller(replica.process.url, token);
    expect((await alice.ask('run/list', {})).result).toEqual({ items: [], cursor: null });
    expect((await alice.fetch('/approvals')).status).toBe(403);
    provider.close();
    const cold = await stage.start(env);
    const answer = await new Caller(cold.process.url, token).fetch('/runs');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    await Promise.all([replica.process.kill(), cold.process.kill()]);
  });

  it('lets pages of an allowed origin call and read, streams included, and no others', async () => {
    const { url } = server.process;
    const asks = (origin: string, path: string) =>
      fetch(`${url}${path}`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type,if-match,last-event-id',
        },
      });
    for (const path of ['/rpc', '/approvals/x/approve', '/runs/x/frames', '/nowhere']) {
      const { status, headers } = await asks(ORIGIN, path);
      expect([path, status, headers.get('access-control-allow-origin')]).toEqual([path, 204, ORIGIN]);
      expect(headers.get('access-control-allow-methods')).toContain('DELETE');
      for (const name of ['authorization', 'content-type', 'if-match', 'last-event-id'])
        expect(headers.get('access-control-allow-headers')).toContain(name);
    }
    const stranger = await asks('https://evil.example', '/rpc');
    expect([stranger.status, stranger.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    const pending = await startPending(server.developer, 'cors.txt', 'x');
    const stream = await server.developer.fetch(`/runs/${pending.runId}/frames`, { headers: { origin: ORIGIN } });
    expect(stream.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    await stream.body?.cancel();
    const approval = await server.reviewer.fetch(`/approvals/${pending.approvalId}`, { headers: { origin: ORIGIN } });
    expect(approval.headers.get('access-control-expose-headers')).toMatch(/etag.*retry-after/);
    expect(approval.headers.get('vary')).toContain('origin');
    const refused = await fetch(`${url}/runs`, { headers: { origin: ORIGIN } });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, ORIGIN]);
  });

  it('isolates tenants: requests and runs work as a role that sees one tenant', async () => {
    const { developer } = server;
    expect((await developer.fetch('/runs')).status).toBe(200);
    await stage.rows('revoke select on runs from assent_tenant');
    const denied = await developer.fetch('/runs');
    await stage.rows('grant select on runs to assent_tenant; revoke insert on trees from assent_tenant');
    expect(denied.status).toBe(500);
    const { runId } = await developer.call('start', readPlan('README.md'));
    await framesUntil(developer, runId, 'run.failed');
    await stage.rows('grant insert on trees to assent_tenant');
  });

  it('is kept free of a principal that comes too often, for everybody else and for decisions', async () => {
    const pending = await startPending(server.developer, 'busy.txt', 'x');
    const flood = await Promise.all(Array.from({ length: 5 * LIMIT }, () => server.developer.fetch('/runs?limit=1')));
    const refused = flood.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(LIMIT);
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect(await refused[0]?.json()).toMatchObject({ type: 'urn:assent:error:rate-limited', retryable: true });
    const batch = Array.from({ length: LIMIT + 1 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'tool/list' }));
    expect((await server.developer.post('/rpc', batch)).status).toBe(429);
    const events = await Promise.all(Array.from({ length: 5 * LIMIT }, () => server.developer.post('/ag-ui', {})));
    const refusedEvents = events.find(({ status }) => status === 429);
    expect(refusedEvents?.headers.get('content-type')).toContain('application/problem+json');
    const [live, decided] = await Promise.all([
      fetch(`${server.process.url}/livez`),
      decide(server.reviewer, pending, 'approve'),
    ]);
    expect(live.status).toBe(200);
    expect(decided).toBeDefined();
    const metrics = await (await fetch(`${server.process.url}/metrics`)).text();
    expect(metrics).toMatch(/assent_rate_limited_total\{limit="requests"\} \d+/);
  });

  it('closes for a while to an address that sends wrong credentials, but not to those that were good', async () => {
    const wrong = new Caller(server.process.url, 'wrong');
    await server.reviewer.fetch('/runs');
    const statuses = await Promise.all(Array.from({ length: 40 }, async () => (await wrong.fetch('/runs')).status));
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect((await server.reviewer.fetch('/runs')).status).toBe(200);
  });
});
