import { Barrier } from '../support/barrier';
import { Caller } from '../support/caller';
import { GatewayStage, postMessage, stateOf } from '../support/mcp-gateway';
import { readPlan } from '../support/plans';
import { DEVELOPER_KEY, REVIEWER_KEY } from '../support/server-process';
import type { Replica } from '../support/stage';
import { TokenIssuer } from '../support/token-issuer';

const HOUR_MS = 3_600_000;

describe('access to the MCP gateway', () => {
  let gateway: GatewayStage;
  let replica: Replica;
  let issuer: TokenIssuer;

  beforeAll(async () => {
    [gateway, issuer] = await Promise.all([GatewayStage.open(), TokenIssuer.open()]);
    replica = await gateway.start();
  });
  afterAll(async () => {
    issuer.close();
    await gateway.close();
  });

  const ask = (method: string, params: object, headers: Readonly<Record<string, string>> = {}) =>
    postMessage(replica, '/mcp/gateway', { id: 1, method, params }, headers);
  const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

  it('without a token is 401 and says where to get one', async () => {
    const { status, headers } = await ask('tools/list', {});
    const metadata = `${replica.process.url}/.well-known/oauth-protected-resource/mcp/gateway`;
    expect([status, headers.get('www-authenticate')]).toEqual([401, `Bearer resource_metadata="${metadata}"`]);
    expect((await fetch(metadata)).status).toBe(404);
  });

  it('without the scope is 403 and names it', async () => {
    const listed = await ask('tools/list', {}, bearer(REVIEWER_KEY));
    expect(listed.status).toBe(200);
    await listed.text();
    const { status, headers } = await ask(
      'tools/call',
      { name: 'all__echo', arguments: { message: 'x' } },
      bearer(REVIEWER_KEY),
    );
    expect(status).toBe(403);
    expect(headers.get('www-authenticate')).toContain('error="insufficient_scope", scope="run:write"');
  });

  it.each(['GET', 'DELETE'])('has no %s', async (method) => {
    const { status } = await fetch(`${replica.process.url}/mcp/gateway`, { method, headers: bearer(DEVELOPER_KEY) });
    expect(status).toBe(405);
  });

  it('is refused to a page of another origin', async () => {
    const { status } = await ask('tools/list', {}, { ...bearer(DEVELOPER_KEY), origin: 'https://evil.example' });
    expect(status).toBe(403);
  });

  it('is left out of the duration of requests, because its clients wait for people', async () => {
    const metrics = await (await fetch(`${replica.process.url}/metrics`, { headers: bearer(DEVELOPER_KEY) })).text();
    expect(metrics).toMatch(/^assent_http_requests_total\{.*route="\/mcp\/gateway"/m);
    expect(metrics).not.toMatch(/^assent_http_request_seconds.*route="\/mcp\/gateway"/m);
  });

  it('is refused as overloaded, for a list as for a call, while the database is away', async () => {
    const params = { name: 'notes__look', arguments: {} };
    for (const [method, given] of [
      ['tools/list', {}],
      ['tools/call', params],
    ] as const) {
      const { version } = await replica.developer.call('tool/policy/get', {});
      // The replica keeps a policy for a while, and reads it again after a change.
      await replica.developer.call('tool/policy/set', { version, rules: [] });
      const barrier = await Barrier.open(gateway.stage.databaseUrl);
      try {
        await barrier.useOf('tool_policies');
        const asking = ask(method, given, bearer(DEVELOPER_KEY));
        await barrier.cut(await barrier.waiters(1));
        const response = await asking;
        expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
        expect(await response.json()).toMatchObject({
          id: 1,
          error: { code: -32000, message: expect.stringContaining('The database does not respond') as string },
        });
      } finally {
        await barrier.lift();
      }
    }
  });

  it('speaks the revision 2025-06-18, and remembers the name of the client without a session', async () => {
    const clientInfo = { name: 'codex-mcp-client', version: '1' };
    const answer = await ask(
      'initialize',
      { protocolVersion: '2025-06-18', capabilities: {}, clientInfo },
      bearer(DEVELOPER_KEY),
    );
    expect(answer.headers.get('mcp-session-id')).toMatch(/^assent\.[0-9a-f-]{36}\.codex-mcp-client$/);
    const text = await answer.text();
    expect(text.startsWith(': open\n\n')).toBe(true);
    expect(text).toContain('"protocolVersion":"2025-06-18"');
  });

  it('lets a key that names tools call these and nothing else', async () => {
    const make = (body: object, key = DEVELOPER_KEY) =>
      new Caller(replica.process.url, key).post('/keys', { name: 'agent', ...body });
    const scopes = ['run:write', 'run:read', 'key:admin'];
    const made = await make({ scopes, mcpServers: ['notes', 'fs'], tools: ['mcp.notes.*', 'mcp.all.*'] });
    const { key = '', ...shown } = (await made.json()) as { key?: string };
    expect(shown).toMatchObject({ mcpServers: ['notes', 'fs'], tools: ['mcp.notes.*', 'mcp.all.*'] });
    const client = await gateway.connect('client 2.4', replica, { key, query: '?hold=0' });
    const names = (await client.list()).map(({ name }) => name);
    expect(names).toContain('notes__append');
    expect(names.filter((name) => !/^(?:notes|assent)__/.test(name))).toEqual([]);
    await expect(client.call('all__echo', { message: 'x' })).rejects.toMatchObject({ code: -32602 });
    const held = await client.call('notes__append', { note: 'x' });
    expect(stateOf(held)).toBe('pending');

    const { callId } = held.structuredContent as { callId: string };
    const narrow = await make({ scopes, mcpServers: ['fs'] });
    const { key: narrowKey = '' } = (await narrow.json()) as { key?: string };
    const narrowed = await gateway.connect('client 2.4', replica, { key: narrowKey, query: '?hold=0' });
    await expect(narrowed.call('assent__result', { callId })).rejects.toMatchObject({ code: -32602 });
    expect((await narrowed.call('assent__pending', {})).structuredContent).toMatchObject({ calls: [] });
    expect((await client.call('assent__pending', {})).structuredContent).toMatchObject({ calls: [{ callId }] });

    const caller = new Caller(replica.process.url, key);
    expect((await caller.fail('start', readPlan('x'))).data).toMatchObject({ type: 'urn:assent:error:forbidden' });
    const others = [await make({ scopes: ['run:read'] }, key), await caller.post('/session', {})];
    expect(others.map(({ status }) => status)).toEqual([403, 403]);
    const bad = await make({ scopes, tools: ['mcp.notes.*', 'mcp.[a]'] });
    expect([bad.status, await bad.json()]).toEqual([400, expect.objectContaining({ pointer: '/tools/1' })]);
  });

  it('names the issuer of tokens for its address, and accepts them', async () => {
    const other = await gateway.start({}, { ...issuer.env, PUBLIC_URL: 'https://assent.example/base/' });
    const resource = 'https://assent.example/base/mcp/gateway';
    const response = await fetch(`${other.process.url}/.well-known/oauth-protected-resource/mcp/gateway`);
    expect([response.status, await response.json()]).toEqual([
      200,
      {
        resource,
        authorization_servers: [issuer.env['JWT_ISSUER']],
        scopes_supported: ['run:write', 'run:read'],
        bearer_methods_supported: ['header'],
      },
    ]);
    const ofServer = await fetch(`${other.process.url}/.well-known/oauth-protected-resource/mcp`);
    expect(await ofServer.json()).toMatchObject({
      resource: 'https://assent.example/base/mcp',
      authorization_servers: [issuer.env['JWT_ISSUER']],
    });
    const local = await gateway.start({}, issuer.env);
    const metadata = await fetch(`${local.process.url}/.well-known/oauth-protected-resource/mcp/gateway`);
    expect(await metadata.json()).toMatchObject({ resource: `${local.process.url}/mcp/gateway` });

    const statusWith = async (audience: string, at: Replica) => {
      const claims = { tenant: 'local', scope: 'run:read' };
      const token = await issuer.token('ann', new Date(Date.now() + HOUR_MS), claims, audience);
      return (await postMessage(at, '/mcp/gateway', { id: 1, method: 'tools/list', params: {} }, bearer(token))).status;
    };
    expect(await statusWith(resource, other)).toBe(200);
    expect(await statusWith('https://evil.example/mcp/gateway', other)).toBe(401);
    // Without PUBLIC_URL the address is only what the client says.
    expect(await statusWith(`${local.process.url}/mcp/gateway`, local)).toBe(401);
  });
});
