import { postMessage } from '../support/mcp-gateway';
import { DEVELOPER_KEY, REVIEWER_KEY } from '../support/server-process';
import { Stage, type Replica } from '../support/stage';

describe('access to the MCP server', () => {
  let stage: Stage;
  let replica: Replica;

  beforeAll(async () => {
    stage = await Stage.open();
    replica = await stage.start();
  });
  afterAll(() => stage.close());

  const ask = (method: string, params: object, key?: string, query = '') =>
    postMessage(
      replica,
      `/mcp${query}`,
      { id: 1, method, params },
      key === undefined ? {} : { authorization: `Bearer ${key}` },
    );

  it('without a token is 401 and says where to get one', async () => {
    const { status, headers } = await ask('tools/list', {});
    const metadata = `${replica.process.url}/.well-known/oauth-protected-resource/mcp`;
    expect([status, headers.get('www-authenticate')]).toEqual([401, `Bearer resource_metadata="${metadata}"`]);
    expect((await fetch(metadata)).status).toBe(404);
  });

  it('without the scope of a tool is 403 and names it', async () => {
    const { status, headers } = await ask('tools/call', { name: 'propose_change', arguments: {} }, REVIEWER_KEY);
    expect(status).toBe(403);
    expect(headers.get('www-authenticate')).toContain('error="insufficient_scope", scope="run:write"');
  });

  it('speaks the revision 2025-06-18 and says how it is used', async () => {
    const clientInfo = { name: 'codex-mcp-client', version: '1' };
    const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
    const text = await (await ask('initialize', params, DEVELOPER_KEY)).text();
    expect(text).toContain('"protocolVersion":"2025-06-18"');
    expect(text).toContain('You cannot approve anything.');
  });

  it('refuses a hold that is no number of seconds', async () => {
    expect((await ask('tools/list', {}, DEVELOPER_KEY, '?hold=long')).status).toBe(400);
  });

  it.each(['GET', 'DELETE'])('has no %s', async (method) => {
    const { status } = await fetch(`${replica.process.url}/mcp`, {
      method,
      headers: { authorization: `Bearer ${DEVELOPER_KEY}` },
    });
    expect(status).toBe(405);
  });
});
