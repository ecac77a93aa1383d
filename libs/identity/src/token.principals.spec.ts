import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, UnsecuredJWT, exportJWK, exportSPKI, generateKeyPair, type JWK } from 'jose';
import pino from 'pino';
import { loadConfig } from '@assent/platform';
import { KeySet } from './key-set';
import { LocalPrincipals } from './local-principals';
import { Principals } from './principals';
import { TokenPrincipals } from './token.principals';

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

const ISSUER = 'https://id.example';
const CLAIMS = { tenant: 'acme', scope: 'openid run:read run:write', roles: ['security'] };

describe('principals by token', () => {
  let provider: Server;
  let url: string;
  let published: JWK[];
  let rsa: Pair;
  let ec: Pair;
  /** Requests for the key set. */
  let looks: number;
  let status: number;
  let nowMs: number;
  let principals: Principals;

  beforeAll(async () => {
    [rsa, ec] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('ES256')]);
    provider = createServer((_, response) => {
      looks += 1;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: published }));
    });
    provider.listen(0, '127.0.0.1');
    await once(provider, 'listening');
    url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/keys`;
  });
  afterAll(() => void provider.close());

  beforeEach(async () => {
    [looks, status, nowMs] = [0, 200, 1_000_000];
    published = [await jwk(rsa, 'rsa-1', 'RS256')];
    principals = withSettings({});
  });

  const withSettings = (env: Readonly<Record<string, string>>): Principals => {
    const base = { JWT_ISSUER: ISSUER, JWT_AUDIENCE: 'assent', JWT_JWKS_URL: url };
    const { tokens } = loadConfig({ ...base, ...env }, '.');
    if (!tokens) throw new Error('tokens are off');
    const keys = new KeySet(tokens.keysUrl, pino({ level: 'silent' }), () => nowMs);
    return new Principals([new LocalPrincipals({ developer: 'k', reviewer: null }), new TokenPrincipals(tokens, keys)]);
  };
  const endless = (claims: object = {}, header: object = {}): SignJWT =>
    new SignJWT({ ...CLAIMS, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'rsa-1', ...header })
      .setIssuer(ISSUER)
      .setAudience('assent')
      .setSubject('alice@acme.example');
  const token = (claims: object = {}, header: object = {}): SignJWT => endless(claims, header).setExpirationTime('5m');
  const enter = (jwt: string, at = principals) => at.authenticate(`Bearer ${jwt}`);
  const refused = async (jwt: string, text: RegExp, reason = 'unauthenticated', at = principals) =>
    expect(enter(jwt, at)).rejects.toMatchObject({ reason, message: expect.stringMatching(text) as unknown });

  it('have the tenant, subject, scopes and roles of the claims; unknown scopes and roles are dropped', async () => {
    const expiresAt = new Date(1_893_456_000_000);
    expect(await enter(await endless().setExpirationTime(expiresAt).sign(rsa.privateKey))).toEqual({
      tenantId: 'acme',
      expiresAt,
      subject: 'alice@acme.example',
      scopes: new Set(['run:read', 'run:write']),
      roles: new Set(['security']),
      credential: 'token',
    });
    expect(looks).toBe(1);
  });

  it('are read from the configured claims', async () => {
    const at = withSettings({
      JWT_TENANT: 'fixed',
      JWT_SUBJECT_CLAIM: 'client_id',
      JWT_SCOPES_CLAIM: 'https://x.example/scopes',
      JWT_ROLES_CLAIM: 'realm_access.roles',
    });
    const claims = { client_id: 'bot', 'https://x.example/scopes': ['run:read'], realm_access: { roles: ['ops', 7] } };
    expect(await enter(await token(claims).sign(rsa.privateKey), at)).toMatchObject({
      tenantId: 'fixed',
      subject: 'bot',
      scopes: new Set(['run:read']),
      roles: new Set(['ops']),
    });
  });

  it('require names for the tenant and the subject, and cannot use the name of a policy rule', async () => {
    await refused(await token({ tenant: undefined }).sign(rsa.privateKey), /lacks the claim "tenant"/);
    await refused(await token({ tenant: ['acme'] }).sign(rsa.privateKey), /no usable name in the claim "tenant"/);
    await refused(await token().setSubject('policy:docs').sign(rsa.privateKey), /claim "sub"/);
    await refused(await token().setSubject('a\nb').sign(rsa.privateKey), /claim "sub"/);
  });

  it.each(['webhook:1', 'key:1', 'operator', 'Operator', 'ｏｐｅｒａｔｏｒ'])(
    'cannot use the name of a system actor: "%s"',
    async (name) => {
      await refused(await token().setSubject(name).sign(rsa.privateKey), /claim "sub"/);
      const roles = await enter(await token({ roles: ['operator'] }).sign(rsa.privateKey));
      expect(roles.roles).toEqual(new Set(['operator']));
    },
  );

  it('require matching time, issuer and audience, within the clock skew', async () => {
    const now = Math.floor(Date.now() / 1_000);
    const { privateKey } = rsa;
    await refused(
      await token()
        .setExpirationTime(now - 31)
        .sign(privateKey),
      /expired/,
    );
    await refused(
      await token()
        .setNotBefore(now + 60)
        .sign(privateKey),
      /claim "nbf"/,
    );
    await refused(await token().setIssuer('https://evil.example').sign(privateKey), /claim "iss"/);
    await refused(await token().setAudience('other').sign(privateKey), /claim "aud"/);
    await refused(await endless().sign(privateKey), /claim "exp"/);
    expect(
      await enter(
        await token()
          .setExpirationTime(now - 10)
          .sign(privateKey),
      ),
    ).toMatchObject({ tenantId: 'acme' });
    expect(
      await enter(
        await token()
          .setNotBefore(now + 10)
          .sign(privateKey),
      ),
    ).toMatchObject({ tenantId: 'acme' });
  });

  it('require a signature: none, a shared secret made of the public key, and foreign keys are refused', async () => {
    const unsigned = new UnsecuredJWT({ ...CLAIMS }).setIssuer(ISSUER).setAudience('assent').setSubject('alice');
    await refused(unsigned.setExpirationTime('5m').encode(), /not accepted/);
    const secret = new TextEncoder().encode(await exportSPKI(rsa.publicKey));
    await refused(await token({}, { alg: 'HS256' }).sign(secret), /not accepted/);
    const other = await generateKeyPair('RS256');
    await refused(await token().sign(other.privateKey), /signature .* wrong/);
    await refused(await token({}, { alg: 'ES256' }).sign(ec.privateKey), /does not publish|cannot be read/);
    const good = await token().sign(rsa.privateKey);
    await refused(`${good.slice(0, -8)}AAAAAAAA`, /signature .* wrong/);
    const [head, , signature] = good.split('.');
    const claims = Buffer.from(JSON.stringify({ ...CLAIMS, tenant: 'other' })).toString('base64url');
    await refused(`${head}.${claims}.${signature}`, /signature .* wrong/);
  });

  it('refuse oversized credentials and those that are not tokens', async () => {
    await refused(await token({ padding: 'x'.repeat(10_000) }).sign(rsa.privateKey), /longer than/);
    await refused('a.b.c', /cannot be read/);
    await refused('not-a-token', /not known/);
    expect(looks).toBe(0);
  });

  it('follow a key rotation, without a fetch for every unknown key id', async () => {
    await enter(await token().sign(rsa.privateKey));
    published = [await jwk(ec, 'ec-2', 'ES256')];
    nowMs += 20_000;
    expect(await enter(await token({}, { alg: 'ES256', kid: 'ec-2' }).sign(ec.privateKey))).toMatchObject({
      tenantId: 'acme',
    });
    expect(looks).toBe(2);
    for (const kid of ['x', 'y', 'z']) await refused(await token({}, { kid }).sign(rsa.privateKey), /does not publish/);
    expect(looks).toBe(2);
    await refused(await token({ jti: 'other' }).sign(rsa.privateKey), /does not publish/);
  });

  it('report overload, not a bad token, if the keys cannot be fetched', async () => {
    status = 500;
    const good = await token().sign(rsa.privateKey);
    await refused(good, /cannot be fetched/, 'overloaded');
    await refused(good, /cannot be fetched/, 'overloaded');
    expect(looks).toBe(1);
    status = 200;
    nowMs += 2_000;
    expect(await enter(good)).toMatchObject({ tenantId: 'acme' });
    status = 500;
    nowMs += 60_000;
    const unknown = await token({}, { kid: 'rsa-2' }).sign(rsa.privateKey);
    await refused(unknown, /cannot be fetched/, 'overloaded');
    expect(await enter(await token({ jti: 'again' }).sign(rsa.privateKey))).toMatchObject({ tenantId: 'acme' });
    nowMs += 3_700_000;
    await refused(await token({ jti: 'late' }).sign(rsa.privateKey), /cannot be fetched/, 'overloaded');
  });

  it('reject an invalid or oversized key set', async () => {
    published = 'x' as unknown as JWK[];
    await refused(await token().sign(rsa.privateKey), /cannot be fetched/, 'overloaded');
    published = [{ kty: 'RSA', padding: 'x'.repeat(300_000) } as JWK];
    nowMs += 2_000;
    await refused(await token().sign(rsa.privateKey), /cannot be fetched/, 'overloaded');
  });
});

async function jwk({ publicKey }: Pair, kid: string, alg: string): Promise<JWK> {
  return { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
}
