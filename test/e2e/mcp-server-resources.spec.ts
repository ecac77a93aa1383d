import { randomUUID } from 'node:crypto';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { startPending, type Pending } from '../support/pending';
import { DEVELOPER_KEY } from '../support/server-process';
import { Stage, type Replica } from '../support/stage';

describe('resources and prompts of the MCP server', () => {
  let stage: Stage;
  let replica: Replica;
  let client: Client;
  let pending: Pending;

  beforeAll(async () => {
    stage = await Stage.open();
    replica = await stage.start();
    pending = await startPending(replica.developer, 'resource.txt', 'content\n');
    client = new Client({ name: 'test-client', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    const requestInit = { headers: { authorization: `Bearer ${DEVELOPER_KEY}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', replica.process.url), { requestInit }));
  });
  afterAll(async () => {
    await client.close();
    await stage.close();
  });

  const read = async (uri: string): Promise<unknown> => {
    const { contents } = await client.readResource({ uri });
    return contents[0];
  };

  it('lists the runs of the caller and the templates', async () => {
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual([`assent://runs/${pending.runId}`]);
    expect((await client.listResourceTemplates()).resourceTemplates).toHaveLength(4);
  });

  it('reads a run, its tree and the change of an approval', async () => {
    const uri = `assent://runs/${pending.runId}`;
    expect(await read(uri)).toMatchObject({ uri, text: expect.stringContaining('"state":"waiting"') as string });
    expect(await read(`${uri}/tree`)).toMatchObject({
      mimeType: 'text/vnd.mermaid',
      text: expect.stringContaining('flowchart') as string,
    });
    expect(await read(`assent://approvals/${pending.approvalId}/diff`)).toMatchObject({
      mimeType: 'text/x-diff',
      text: expect.stringContaining('+content') as string,
    });
  });

  it.each(['assent://runs/{id}', 'assent://memory/fragments/{id}', 'assent://runs/none', 'other://x'])(
    'knows no resource %s',
    async (template) => {
      const uri = template.replace('{id}', randomUUID());
      await expect(client.readResource({ uri })).rejects.toMatchObject({ code: -32602, data: { uri } });
    },
  );

  it('has prompts that propose and explain, but no prompt that decides', async () => {
    expect((await client.listPrompts()).prompts.map(({ name }) => name)).toEqual(['propose', 'review']);
    const proposal = await client.getPrompt({ name: 'propose', arguments: { goal: 'Faster tests' } });
    expect(JSON.stringify(proposal)).toContain('Faster tests');
    const review = await client.getPrompt({ name: 'review', arguments: { approvalId: pending.approvalId } });
    expect(JSON.stringify(review)).toContain('+content');
    await expect(client.getPrompt({ name: 'review', arguments: { approvalId: 'x' } })).rejects.toMatchObject({
      code: -32602,
    });
  });
});
