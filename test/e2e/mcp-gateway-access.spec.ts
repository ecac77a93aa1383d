import { GatewayStage, postMessage } from '../support/mcp-gateway';
import { DEVELOPER_KEY, REVIEWER_KEY } from '../support/server-process';
import type { Replica } from '../support/stage';

describe('access to the MCP gateway', () => {
  let gateway: GatewayStage;
  let replica: Replica;

  beforeAll(async () => {
    gateway = await GatewayStage.open();
    replica = await gateway.start();
  });
  afterAll(async () => {
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
});
