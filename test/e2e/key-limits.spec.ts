import { Caller } from '../support/caller';
import { eventually } from '../support/eventually';
import { operatorKey } from '../support/operator';
import { DEVELOPER_KEY } from '../support/server-process';
import { Stage, type Replica } from '../support/stage';
import { TokenIssuer } from '../support/token-issuer';

interface Key {
  readonly id: string;
  readonly key: string;
  readonly state: string;
  readonly expiresAt: string | null;
}

const HOUR_MS = 3_600_000;
const fromNow = (ms: number) => new Date(Math.ceil(Date.now() / 1_000) * 1_000 + ms);

describe('A key', () => {
  let stage: Stage;
  let server: Replica;
  let other: Replica;
  let issuer: TokenIssuer;

  beforeAll(async () => {
    [stage, issuer] = await Promise.all([Stage.open(), TokenIssuer.open()]);
    server = await stage.start(issuer.env);
    other = await stage.start(issuer.env);
  });
  afterAll(async () => {
    issuer.close();
    await stage.close();
  });

  const as = (credential: string, at = server): Caller => new Caller(at.process.url, credential);
  const ask = (by: string, body: object): Promise<Response> => as(by).post('/keys', { name: 'k', ...body });
  const make = async (by: string, body: object): Promise<Key> => {
    const response = await ask(by, body);
    if (response.status !== 201) throw new Error(await response.text());
    return (await response.json()) as Key;
  };
  const revoke = (by: string, { id }: Pick<Key, 'id'>): Promise<Response> =>
    as(by).fetch(`/keys/${id}`, { method: 'DELETE' });
  const statusOf = async (credential: string, at = server): Promise<number> =>
    (await as(credential, at).fetch('/runs')).status;
  const stateOf = async (id: string): Promise<unknown> => (await server.developer.fetch(`/keys/${id}`)).json();

  it('is not revoked by one that can do less: not an admin’s, not one of another name', async () => {
    const manager = await make(DEVELOPER_KEY, { scopes: ['key:admin', 'run:read'] });
    const operators = await Promise.all([
      operatorKey(stage, '--tenant=local', '--name=chief', '--scopes=key:admin', '--roles=admin'),
      operatorKey(
        stage,
        '--tenant=local',
        '--name=lead',
        '--scopes=run:read',
        '--subject=developer',
        '--roles=security',
      ),
      operatorKey(stage, '--tenant=local', '--name=bob', '--scopes=run:read'),
      operatorKey(stage, '--tenant=local', '--name=deciding', '--scopes=approval:decide', '--subject=developer'),
    ]);
    for (const key of operators) {
      const refused = await revoke(manager.key, key);
      expect([refused.status, await refused.json()]).toEqual([
        403,
        expect.objectContaining({ detail: expect.stringContaining(`cannot revoke the API key ${key.id}`) as unknown }),
      ]);
      expect(await stateOf(key.id)).toMatchObject({ state: 'live' });
    }
    const [chief, lead, bob] = operators;
    expect(await stage.rows(`select from audit_log where action = 'key.revoke'`)).toEqual([]);
    for (const key of [lead, bob]) expect((await revoke(chief.key, key)).status).toBe(200);
    expect((await revoke(manager.key, manager)).status).toBe(200);
    expect(await statusOf(manager.key)).toBe(401);
  });

  it('ends with what made it at the latest: a key, a token, an admin’s too', async () => {
    const end = fromNow(HOUR_MS);
    const scopes = ['run:read', 'key:admin'];
    const claims = { tenant: 'local', scope: scopes.join(' ') };
    const makers = [
      (await make(DEVELOPER_KEY, { scopes, expiresAt: end.toISOString() })).key,
      await issuer.token('developer', end, claims),
      await issuer.token('developer', end, { ...claims, roles: ['admin'] }),
    ];
    for (const maker of makers) {
      expect((await make(maker, { scopes })).expiresAt).toBe(end.toISOString());
      const earlier = new Date(end.getTime() - 1).toISOString();
      expect((await make(maker, { scopes, expiresAt: earlier })).expiresAt).toBe(earlier);
      const refused = await ask(maker, { scopes, expiresAt: new Date(end.getTime() + 1).toISOString() });
      expect([refused.status, await refused.json()]).toEqual([
        403,
        expect.objectContaining({ detail: expect.stringContaining(end.toISOString()) as unknown }),
      ]);
    }
    expect((await make(DEVELOPER_KEY, { scopes })).expiresAt).toBe(null);
  });

  it('is revoked with the key that made it, and with the one that made that, at every replica', async () => {
    const scopes = ['run:read', 'key:admin'];
    const first = await make(DEVELOPER_KEY, { scopes });
    const second = await make(first.key, { scopes });
    const third = await make(second.key, { scopes: ['run:read'] });
    const beside = await make(DEVELOPER_KEY, { scopes });
    for (const at of [server, other]) expect(await statusOf(third.key, at)).toBe(200);
    expect((await revoke(DEVELOPER_KEY, first)).status).toBe(200);
    expect([await statusOf(second.key), await statusOf(third.key), await statusOf(beside.key)]).toEqual([
      401, 401, 200,
    ]);
    await eventually('the other replica refuses it too', async () => (await statusOf(third.key, other)) === 401);
    const [{ revokedAt }, seen] = [(await stateOf(first.id)) as { revokedAt: string }, await stateOf(third.id)];
    expect(seen).toMatchObject({ state: 'revoked', revokedAt });
    expect((await make(beside.key, { scopes })).state).toBe('live');
  });

  it('is revoked with the built-in key that made it, when that is replaced', async () => {
    const scopes = ['run:read', 'key:admin'];
    const first = await make(DEVELOPER_KEY, { scopes });
    const second = await make(first.key, { scopes });
    const made = await operatorKey(stage, '--tenant=local', '--name=ops', '--scopes=run:read');
    const rotated = await stage.start({ DEVELOPER_KEY: 'another-developer-key-0123456789abcdef' });
    expect([
      await statusOf(first.key, rotated),
      await statusOf(second.key, rotated),
      await statusOf(made.key, rotated),
    ]).toEqual([401, 401, 200]);
    expect(
      await (await as('another-developer-key-0123456789abcdef', rotated).fetch(`/keys/${second.id}`)).json(),
    ).toMatchObject({ state: 'revoked' });
  });
});
