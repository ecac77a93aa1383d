import { Caller } from '../support/caller';
import { framesPath, readEvents, type Reading } from '../support/event-stream';
import { startPending, type Pending } from '../support/pending';
import { DEVELOPER_KEY } from '../support/server-process';
import { Stage, type Replica } from '../support/stage';
import { TokenIssuer } from '../support/token-issuer';

/** How a credential is taken from its holder: it opens streams first, then `end` is called. */
interface Given {
  readonly credential: string;
  end(): Promise<unknown>;
}

const SCOPES = ['run:read', 'approval:read', 'key:admin'];
const LONG_POLL_MS = 25_000;
/** Long enough to open five streams on a busy machine. */
const TOKEN_LIFE_MS = 15_000;

describe('What is open', () => {
  let stage: Stage;
  let server: Replica;
  let other: Replica;
  let issuer: TokenIssuer;
  let pending: Pending;

  beforeAll(async () => {
    [stage, issuer] = await Promise.all([Stage.open(), TokenIssuer.open()]);
    server = await stage.start(issuer.env);
    other = await stage.start({ ...issuer.env, MAX_STREAMS: '8' });
    pending = await startPending(server.developer, 'open.txt', 'x');
  });
  afterAll(async () => {
    issuer.close();
    await stage.close();
  });

  const make = async (by: string): Promise<{ id: string; key: string }> => {
    // The first key has the scopes of the developer, the second one those of the first.
    const response = await new Caller(server.process.url, by).post('/keys', { name: 'k', scopes: SCOPES });
    return (await response.json()) as { id: string; key: string };
  };
  const revoke = (id: string) => server.developer.fetch(`/keys/${id}`, { method: 'DELETE' });
  const ticketOf = async (credential: string, body: object, at = other): Promise<string> => {
    const response = await new Caller(at.process.url, credential).post('/stream-tickets', body);
    return ((await response.json()) as { url: string }).url;
  };
  /** By its address alone. */
  const unknown = () => new Caller(other.process.url, 'nobody');

  const given: Readonly<Record<string, () => Promise<Given>>> = {
    'a key that another replica revokes': async () => {
      const { id, key } = await make(DEVELOPER_KEY);
      return { credential: key, end: () => revoke(id) };
    },
    'a key whose maker another replica revokes': async () => {
      const maker = await make(DEVELOPER_KEY);
      return { credential: (await make(maker.key)).key, end: () => revoke(maker.id) };
    },
    'a key that expires': async () => {
      const { id, key } = await make(DEVELOPER_KEY);
      return { credential: key, end: () => stage.rows('update api_keys set expires_at = now() where id = $1', [id]) };
    },
    'a token that expires': async () => {
      const expiresAt = new Date(Date.now() + TOKEN_LIFE_MS);
      const claims = { tenant: 'local', scope: SCOPES.join(' ') };
      return { credential: await issuer.token('ann', expiresAt, claims), end: () => Promise.resolve() };
    },
  };

  it.each(Object.keys(given))('ends with its credential, streams, tickets and held requests: %s', async (what) => {
    const { credential, end } = await (given[what] as () => Promise<Given>)();
    const caller = new Caller(other.process.url, credential);
    const { runId, frames } = pending;
    const stream = { jsonrpc: '2.0', id: 1, method: 'stream', params: { runId } };
    const init = {
      method: 'POST',
      body: JSON.stringify(stream),
      headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
    };
    const [runTicket, inboxTicket] = [
      await ticketOf(credential, { runId }),
      await ticketOf(credential, { stream: 'approvals' }),
    ];
    const unused = await ticketOf(credential, { runId });
    const readings: Promise<Reading>[] = [];
    const opened = (by: Caller, path: string, options: object = {}) =>
      new Promise<void>((resolve, reject) => {
        const reading = readEvents(by, path, { ...options, opened: resolve });
        reading.catch(reject);
        readings.push(reading);
      });
    await Promise.all([
      opened(caller, framesPath(runId)),
      opened(caller, '/rpc', { init }),
      opened(caller, '/approvals/events'),
      opened(unknown(), runTicket),
      opened(unknown(), inboxTicket),
    ]);
    const poll = caller.ask('stream', { runId, after: frames.length, waitMs: LONG_POLL_MS });
    await end();
    for (const { status, ended } of await Promise.all(readings)) expect([status, ended]).toEqual([200, true]);
    expect((await poll).error).toMatchObject({
      code: -32003,
      message: expect.stringContaining('while the request was held') as unknown,
    });
    expect((await unknown().fetch(unused)).status).toBe(401);
  });

  it('goes on for everybody else, and a revocation here ends it here', async () => {
    const [leaving, staying] = [await make(DEVELOPER_KEY), await make(DEVELOPER_KEY)];
    const next = await startPending(server.developer, 'goes-on.txt', 'x');
    const readings = [leaving, staying].map(({ key }) =>
      readEvents(new Caller(server.process.url, key), framesPath(next.runId)),
    );
    const ticket = await ticketOf(leaving.key, { runId: next.runId }, server);
    await revoke(leaving.id);
    expect((await fetch(`${server.process.url}${ticket}`)).status).toBe(401);
    const left = await readings[0];
    await server.developer.call('run/cancel', { runId: next.runId });
    const stayed = await readings[1];
    expect(JSON.stringify(left?.events)).not.toContain('run.cancelled');
    expect(JSON.stringify(stayed?.events)).toContain('run.cancelled');
  });

  it('a ticket is not used up by an opening that is refused', async () => {
    const { runId, frames } = pending;
    const second = await startPending(server.developer, 'second.txt', 'x');
    const url = await ticketOf(DEVELOPER_KEY, { runId });
    const ticket = url.split('?')[1] ?? '';
    const statusOf = async (path: string, headers = {}) =>
      (await fetch(`${other.process.url}${path}`, { headers })).status;
    expect(await statusOf(framesPath(second.runId, `?${ticket}`))).toBe(401);
    expect(await statusOf(`/approvals/events?${ticket}`)).toBe(401);
    expect(await statusOf(`${url}&after=${frames.length + 1_000}`)).toBe(400);
    expect(await statusOf(`${url}&after=-1`)).toBe(400);
    expect(await statusOf(`${url}&types=no.such`)).toBe(400);
    expect(await statusOf(url, { 'last-event-id': 'x' })).toBe(400);
    expect(await statusOf(url, { accept: 'application/json', 'last-event-id': '999999' })).toBe(400);
    // Of two that come at once, one finds it used.
    const both = await Promise.all([1, 2].map(() => statusOf(url, { accept: 'application/json' })));
    expect(both.sort()).toEqual([200, 401]);
    expect(await statusOf(url)).toBe(401);
  });

  it('a ticket is not used up where there is no room for a stream', async () => {
    const url = await ticketOf(DEVELOPER_KEY, { runId: pending.runId });
    const abort = new AbortController();
    const filling = Array.from({ length: 8 }, () => server.developer.key).map((key) =>
      new Caller(other.process.url, key).fetch(framesPath(pending.runId), { signal: abort.signal }),
    );
    for (const { status } of await Promise.all(filling)) expect(status).toBe(200);
    expect((await fetch(`${other.process.url}${url}`)).status).toBe(503);
    expect((await fetch(`${server.process.url}${url}`, { headers: { accept: 'application/json' } })).status).toBe(200);
    abort.abort();
  });
});
