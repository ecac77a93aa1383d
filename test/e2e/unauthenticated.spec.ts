import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { SESSION_BODY_LIMIT_BYTES } from '@assent/contract';
import { UNAUTHENTICATED_BODY_LIMIT_BYTES, type LocalKeys } from '@assent/identity';
import { createLog, loadConfig } from '@assent/platform';
import { createServer } from '../../apps/server/src/server';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { DEVELOPER_KEY, REVIEWER_KEY } from '../support/server-process';

/** Published by Fastify for each instance that is made. */
const CHANNEL = 'fastify.initialization';
const KEYS: LocalKeys = { developer: DEVELOPER_KEY, reviewer: REVIEWER_KEY };
/** What needs no credentials. Everything else on the server does. */
const OPEN = /^(?:GET|HEAD) \/(?:livez|readyz|metrics|openapi\.json|\.well-known\/.*|docs(?:[/-].*)?)?$/;
const SIGNED = 'POST /approvals/:id/callback';
/** A one-time link in the body opens it. */
const LINK = 'POST /session';
/** They have no body. */
const WITHOUT_BODY = ['GET', 'HEAD', 'TRACE'];

interface Route {
  readonly method: string;
  readonly url: string;
}

describe('a request without credentials', () => {
  let database: TestDatabase;
  let app: NestFastifyApplication;
  let port: number;
  const routes: Route[] = [];

  beforeAll(async () => {
    const collect = (message: unknown): void => {
      (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', ({ method, url }) => {
        for (const name of [method].flat()) routes.push({ method: name, url });
      });
    };
    subscribe(CHANNEL, collect);
    database = await createTestDatabase();
    const config = loadConfig({ LOG_LEVEL: 'silent', CONSOLE: 'off', DATABASE_URL: database.url }, __dirname);
    app = await createServer({ config, databaseUrl: database.url, keys: KEYS, log: createLog(config) });
    await app.listen(0, '127.0.0.1');
    unsubscribe(CHANNEL, collect);
    port = Number(new URL(await app.getUrl()).port);
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  /** Sends the head of a request and announces a body that is never sent: who waits for it gets no answer. */
  const announce = ({ method, url }: Route, length: number, head: readonly string[] = []): Promise<string> =>
    new Promise((resolve, reject) => {
      const path = url.replace(/:\w+/g, '00000000-0000-7000-8000-000000000000').replace('*', 'x');
      const body = WITHOUT_BODY.includes(method) ? [] : ['Content-Type: application/json', `Content-Length: ${length}`];
      const socket = connect(port, '127.0.0.1', () => {
        socket.write([`${method} ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, ...head, ...body, '', ''].join('\r\n'));
      });
      socket.once('data', (chunk) => {
        resolve(/^HTTP\/1\.1 (\d{3})/.exec(chunk.toString('latin1'))?.[1] ?? 'no status');
        socket.destroy();
      });
      socket.once('error', reject);
    });

  it('is refused on every route of the router before its body is read', async () => {
    expect(routes.length).toBeGreaterThan(60);
    const answers = await Promise.all(
      routes.map(async (route) => [`${route.method} ${route.url}`, await announce(route, 1_000_000)] as const),
    );
    const closed = answers.filter(([route]) => !OPEN.test(route) && route !== SIGNED && route !== LINK);
    expect(closed.filter(([, status]) => status !== '401' && status !== '405')).toEqual([]);
    const refused = closed.filter(([, status]) => status === '401').map(([route]) => route);
    expect(refused).toEqual(expect.arrayContaining(['POST /rpc', 'POST /keys', 'PUT /flags/:flag', 'GET /runs']));
    expect(refused.length).toBeGreaterThan(40);
  });

  it('is refused before its body is read at addresses that do not exist', async () => {
    expect(await announce({ method: 'POST', url: '/nowhere' }, 1_000_000)).toBe('404');
    expect(await announce({ method: 'PROPFIND', url: '/runs' }, 1_000_000)).toBe('501');
  });

  it('is read up to 16 KiB where its body is signed', async () => {
    const signed = { method: 'POST', url: '/approvals/:id/callback' };
    expect(await announce(signed, UNAUTHENTICATED_BODY_LIMIT_BYTES + 1)).toBe('413');
    const send = (length: number) =>
      fetch(`http://127.0.0.1:${port}/approvals/00000000-0000-7000-8000-000000000000/callback`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ comment: '' }).replace('""', `"${'x'.repeat(length - 14)}"`),
      }).then(({ status }) => status);
    expect([await send(UNAUTHENTICATED_BODY_LIMIT_BYTES), await send(UNAUTHENTICATED_BODY_LIMIT_BYTES + 1)]).toEqual([
      401, 413,
    ]);
  });

  it('is read up to 1 KiB where its body may be a one-time link', async () => {
    const link = { method: 'POST', url: '/session' };
    expect(await announce(link, SESSION_BODY_LIMIT_BYTES + 1)).toBe('413');
    const body = JSON.stringify({ token: 'x' }).padEnd(SESSION_BODY_LIMIT_BYTES);
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`http://127.0.0.1:${port}/session`, { method: 'POST', headers, body });
    expect(answer.status).toBe(401);
  });

  it('with a scope that is missing, is refused before its body is read', async () => {
    const reviewer = [`Authorization: Bearer ${REVIEWER_KEY}`];
    expect(await announce({ method: 'POST', url: '/keys' }, 1_000, reviewer)).toBe('403');
  });
});
