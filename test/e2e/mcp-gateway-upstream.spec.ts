import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, decideNext, stateOf, type GatewayClient } from '../support/mcp-gateway';
import { person } from '../support/people';
import { Stage, type Replica } from '../support/stage';

const PROPOSE = 'inner__propose_change';
const AWAIT = 'inner__await_decision';
const RULE = {
  id: 'waits',
  tools: ['mcp.inner.await_decision'],
  effects: ['read'],
  verdict: 'allow',
  reason: 'It only waits.',
};

describe('the MCP server of one Assent behind the gateway of another one', () => {
  let stages: readonly Stage[] = [];
  let inner: Replica;
  let outer: Replica;
  let patient: GatewayClient;
  let hurried: GatewayClient;

  beforeAll(async () => {
    const [innerStage, outerStage] = await Promise.all([Stage.open(), Stage.open()]);
    stages = [innerStage, outerStage];
    inner = await innerStage.start();
    const [tools, policy] = [join(outerStage.folder, 'tools.json'), join(outerStage.folder, 'policy.json')];
    const scopes = ['run:write', 'run:read', 'approval:read'] as const;
    const { key } = await person(innerStage.sql, inner.process.url, 'gateway', [], scopes);
    const headers = { authorization: { secret: 'INNER_TOKEN' } };
    await writeFile(
      tools,
      JSON.stringify({ mcp: { servers: { inner: { url: `${inner.process.url}/mcp`, headers } } } }),
    );
    await writeFile(policy, JSON.stringify({ version: 1, rules: [RULE] }));
    const env = { TOOLS_FILE: tools, POLICY_FILE: policy, INNER_TOKEN: `Bearer ${key}` };
    outer = await outerStage.start(env);
    patient = await connect('client 2.4', outer, { query: '?hold=100' });
    hurried = await connect('client 2.4', outer, { query: '?hold=0' });
  });
  afterAll(async () => {
    await Promise.allSettled([patient.close(), hurried.close()]);
    await Promise.all(stages.map((stage) => stage.close()));
  });

  const proposal = (path: string, more: object = {}) => ({
    title: 'Add a file',
    files: [{ path, content: 'one\n' }],
    ...more,
  });
  const written = (path: string) => stages[0]?.read(path).catch(() => null);
  const requesters = async ({ reviewer }: Replica) =>
    (await reviewer.call('approval/list', {})).items.map(({ requester }) => requester);

  it('offers its tools', async () => {
    const tools = new Map((await patient.list()).map((tool) => [tool.name, tool]));
    expect(tools.get(PROPOSE)).toMatchObject({ _meta: { 'assent/verdict': 'ask' } });
    expect(tools.get(AWAIT)).toMatchObject({
      _meta: { 'assent/verdict': 'allow' },
      annotations: { readOnlyHint: true },
    });
  });

  it('holds a proposal for both approvals, and answers what came of it', async () => {
    const calling = patient.call(PROPOSE, proposal('held.txt'));
    const first = await decideNext(outer, 'mcp.inner.propose_change', 'approve');
    const second = await decideNext(inner, 'file.write', 'approve');
    const result = await calling;
    expect(result.structuredContent).toMatchObject({ state: 'applied', files: ['held.txt'], by: 'reviewer' });
    expect(result._meta).toMatchObject({ 'assent/approvedBy': 'reviewer' });
    expect(second).not.toBe(first);
    expect(await written('held.txt')).toBe('one\n');
    // The token of the caller is not passed on: the proposal is that of the gateway's own key.
    expect([await requesters(outer), await requesters(inner)]).toEqual([['developer'], ['gateway']]);
  });

  it('answers a handle of the gateway, then one of its own, then the result', async () => {
    const asked = await hurried.call(PROPOSE, proposal('later.txt', { waitSeconds: 0 }));
    expect(stateOf(asked)).toBe('pending');
    const { callId } = asked.structuredContent as { readonly callId: string };
    await decideNext(outer, 'mcp.inner.propose_change', 'approve');
    const proposed = await patient.call('assent__result', { callId });
    expect(stateOf(proposed)).toBe('pending');
    expect(await written('later.txt')).toBeNull();
    const { approvalId } = proposed.structuredContent as { readonly approvalId: string };
    expect(await decideNext(inner, 'file.write', 'approve')).toBe(approvalId);
    const decided = await patient.call(AWAIT, { approvalId });
    expect(decided.structuredContent).toMatchObject({ state: 'applied', files: ['later.txt'], by: 'reviewer' });
    expect(await written('later.txt')).toBe('one\n');
    const keys = await stages[0]?.rows<{ key: string }>('select key from idempotency_keys order by created_at desc');
    expect(keys?.[0]?.key).toMatch(new RegExp(`^${callId}:\\d+$`));
    const counts = (await Promise.all([outer, inner].map(requesters))).map(({ length }) => length);
    expect(counts).toEqual([2, 2]);
  });
});
