import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from './config';

const TOKENS = { JWT_ISSUER: 'https://id.example', JWT_AUDIENCE: 'assent', JWT_JWKS_URL: 'https://id.example/keys' };

describe('the configuration', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assent-config-'));
  const key = 'k'.repeat(32);

  afterAll(() => rmSync(folder, { recursive: true }));

  it('defaults to loopback, with the example as its workspace', () => {
    const config = loadConfig({}, folder);
    expect({ host: config.env.HOST, port: config.env.PORT, workspaces: [...config.workspaces] }).toEqual({
      host: '127.0.0.1',
      port: 8080,
      workspaces: [['example', folder]],
    });
  });

  it('reads numbers as numbers', () => {
    expect(loadConfig({ PORT: '9000', LEASE_SECONDS: '5' }, folder).env).toMatchObject({
      PORT: 9000,
      LEASE_SECONDS: 5,
    });
  });

  it('keeps workspaces in their order', () => {
    expect([...loadConfig({ WORKSPACES: `b=${folder},a=${folder}` }, folder).workspaces.keys()]).toEqual(['b', 'a']);
  });

  it('treats an empty variable as not set', () => {
    expect(loadConfig({ DATABASE_URL: '', PORT: '' }, folder).env).toMatchObject({
      PORT: 8080,
      DATABASE_URL: undefined,
    });
  });

  it.each([
    [{ PORT: '70000' }, /PORT/],
    [{ PORT: 'http' }, /PORT/],
    [{ DATABASE_URL: 'mysql://x' }, /DATABASE_URL/],
    [{ DEVELOPER_KEY: 'short' }, /DEVELOPER_KEY/],
    [{ WORKSPACES: 'nameonly' }, /name=dir/],
    [{ WORKSPACES: `Upper=${tmpdir()}` }, /name=dir/],
    [{ WORKSPACES: `a=${tmpdir()},a=${tmpdir()}` }, /is used twice/],
    [{ WORKSPACES: 'a=/does/not/exist' }, /does not exist/],
    [{ POLICY_FILE: '/does/not/exist.json' }, /POLICY_FILE/],
    [{ TOOLS_FILE: '/does/not/exist.json' }, /TOOLS_FILE/],
    [{ LOG_LEVEL: 'loud' }, /LOG_LEVEL/],
    [{ SELF_APPROVAL: 'yes' }, /SELF_APPROVAL/],
    [{ JWT_ISSUER: 'https://id.example' }, /belong together/],
    [{ CONSOLE_OIDC_CLIENT_ID: 'console' }, /CONSOLE_OIDC_CLIENT_ID cannot be used: JWT_ISSUER must be/],
    [{ ...TOKENS, JWT_ISSUER: 'http://id.example', CONSOLE_OIDC_CLIENT_ID: 'console' }, /an http URL on loopback/],
    [{ ...TOKENS, CONSOLE_OIDC_CLIENT_ID: 'two words' }, /CONSOLE_OIDC_CLIENT_ID/],
    [{ CONSOLE_OIDC_SCOPE: 'openid  email' }, /CONSOLE_OIDC_SCOPE/],
    [{ JWT_ALGORITHMS: 'HS256' }, /JWT_ALGORITHMS/],
    [{ JWT_ALGORITHMS: 'RS256,none' }, /JWT_ALGORITHMS/],
    [{ JWT_JWKS_URL: 'http://id.example/keys' }, /JWT_JWKS_URL/],
    [{ JWT_TENANT: ' ' }, /JWT_TENANT/],
    [{ ALLOWED_ORIGINS: '*' }, /ALLOWED_ORIGINS/],
    [{ ALLOWED_ORIGINS: 'https://app.example/' }, /ALLOWED_ORIGINS/],
    [{ TRUSTED_PROXIES: 'everybody' }, /TRUSTED_PROXIES/],
    [{ LLM_BASE_URL: 'https://user:secret@models.example/v1' }, /LLM_BASE_URL.*LLM_API_KEY(?!.*secret)/],
    [{ LLM_BASE_URL: 'https://secret@models.example/v1' }, /LLM_BASE_URL.*LLM_API_KEY(?!.*secret)/],
    [{ LLM_BASE_URL: 'https://secret@models.example:port/v1' }, /LLM_BASE_URL.*LLM_API_KEY(?!.*secret)/],
    [
      { EMBEDDING_BASE_URL: 'https://u:secret@vectors.example/v1' },
      /EMBEDDING_BASE_URL.*EMBEDDING_API_KEY(?!.*secret)/,
    ],
  ])('refuses %j and names the variable', (env, problem) => {
    expect(() => loadConfig(env, folder)).toThrow(problem);
  });

  it('passes the variables that the tools file names, and names a missing one', () => {
    const config = loadConfig({ ORDERS_DB_URL: 'postgres://x', EMPTY: '' }, folder);
    expect(config.variable('ORDERS_DB_URL')).toBe('postgres://x');
    for (const name of ['EMPTY', 'ABSENT', 'toString']) {
      expect(() => config.variable(name)).toThrow(`the environment variable ${name} is not set`);
    }
  });

  it('limits the request rate if others can reach the server, unless configured otherwise', () => {
    expect(loadConfig({}, folder).rateLimits).toEqual({ perPrincipal: 0, perAddress: 0 });
    const env = { HOST: '0.0.0.0', DEVELOPER_KEY: key, RATE_LIMIT_PER_SECOND: '50' };
    expect(loadConfig(env, folder).rateLimits).toEqual({ perPrincipal: 50, perAddress: 20 });
  });

  it('accepts tokens if issuer, audience and key set are configured', () => {
    expect(loadConfig(TOKENS, folder).tokens).toMatchObject({ issuer: 'https://id.example', skewSeconds: 30 });
    expect(loadConfig({}, folder).tokens).toBeNull();
  });

  it('signs people in to the console at the issuer if it has a client there', () => {
    const clientId = { CONSOLE_OIDC_CLIENT_ID: 'console' };
    expect(loadConfig({ ...TOKENS, ...clientId }, folder).consoleSignIn).toEqual({
      issuer: 'https://id.example',
      clientId: 'console',
      scope: 'openid',
    });
    expect(loadConfig(TOKENS, folder).consoleSignIn).toBeNull();
  });

  it('answers to loopback names only, plus the configured ones', () => {
    const { allowedHosts } = loadConfig({ ALLOWED_HOSTS: 'Assent.Example' }, folder);
    expect([...(allowedHosts ?? [])].sort()).toEqual(['127.0.0.1', '[::1]', 'assent.example', 'localhost']);
  });
});
