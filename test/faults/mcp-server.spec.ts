import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../support/eventually';
import { connect, decideNext, pendingApproval, stateOf, type GatewayClient } from '../support/mcp-gateway';
import { QUICK } from '../support/replicas';
import { Stage, type Replica } from '../support/stage';

const WRITE = 'file.write';
const KIND = 'client 2.4';
const FORBIDDEN = 'Not on a Sunday.';

describe('the MCP server', () => {
  let stage: Stage;
  let replica: Replica;
  const clients: GatewayClient[] = [];

  const open = async (at: Replica, query = '?hold=100'): Promise<GatewayClient> => {
    const client = await connect(KIND, at, { path: '/mcp', query });
    clients.push(client);
    return client;
  };
  const proposal = (path: string) => ({ title: `Write ${path}`, files: [{ path, content: 'one\n' }] });

  beforeAll(async () => {
    stage = await Stage.open();
    const policy = join(stage.folder, 'policy.json');
    const rule = { id: 'sunday', tools: [WRITE], paths: ['sunday.txt'], verdict: 'deny', reason: FORBIDDEN };
    await writeFile(policy, JSON.stringify({ version: 1, rules: [rule] }));
    replica = await stage.start({ ...QUICK, POLICY_FILE: policy });
  });
  afterAll(async () => {
    await Promise.allSettled(clients.map((client) => client.close()));
    await stage.close();
  });

  it('answers a proposal that a rule forbids as denied', async () => {
    const denied = await (await open(replica)).call('propose_change', proposal('sunday.txt'));
    expect(denied).toMatchObject({
      isError: true,
      structuredContent: { state: 'denied', rule: 'sunday', reason: FORBIDDEN },
    });
  });

  it('answers a proposal that nobody decides as expired, and the next one is new', async () => {
    const client = await open(replica);
    const calling = client.call('propose_change', proposal('late.txt'));
    const { approvalId } = await pendingApproval(replica.reviewer, WRITE);
    await stage.sql.query(`update approvals set expires_at = now() - interval '1 ms' where id = $1`, [approvalId]);
    expect(await calling).toMatchObject({ isError: true, structuredContent: { state: 'expired' } });
    expect(stateOf(await client.call('await_decision', { approvalId }))).toBe('expired');
    const again = client.call('propose_change', proposal('late.txt'));
    await decideNext(replica, WRITE, 'approve');
    expect(stateOf(await again)).toBe('applied');
  });

  it('answers a proposal whose run fails before its change as voided', async () => {
    const client = await open(replica);
    const calling = client.call('propose_change', proposal('lost.txt'));
    const { approvalId } = await pendingApproval(replica.reviewer, WRITE);
    // As if the row of the call had been lost: nothing can be applied without it.
    await stage.sql.query('delete from tool_calls where run_id = (select run_id from approvals where id = $1)', [
      approvalId,
    ]);
    await decideNext(replica, WRITE, 'approve');
    expect(await calling).toMatchObject({ isError: true, structuredContent: { state: 'voided' } });
    await expect(stage.read('lost.txt')).rejects.toThrow('ENOENT');
  });

  it('makes one approval of equal proposals at two replicas, and answers both clients', async () => {
    const other = await stage.start(QUICK);
    const [here, there] = [await open(replica), await open(other)];
    const calling = [here, there, here, there].map((client) => client.call('propose_change', proposal('shared.txt')));
    const { approvalId } = await pendingApproval(other.reviewer, WRITE);
    const waiting = [here, there].map((client) => client.call('await_decision', { approvalId }));
    await decideNext(other, WRITE, 'approve');
    for (const result of await Promise.all([...calling, ...waiting])) expect(stateOf(result)).toBe('applied');
    const rows = await stage.rows<{ count: number }>(
      `select count(*)::integer as count from approvals a join runs r on r.id = a.run_id where r.goal = 'Write shared.txt'`,
    );
    expect(rows).toEqual([{ count: 1 }]);
    await other.process.stop();
  });

  it('loses no decision when a replica is killed while a client waits', async () => {
    const other = await stage.start(QUICK);
    const [lost, stays] = [await open(other), await open(replica)];
    const broken = lost.call('propose_change', proposal('kept.txt')).then(stateOf, () => 'broken');
    const { approvalId } = await pendingApproval(replica.reviewer, WRITE);
    const asking = lost.call('await_decision', { approvalId }).then(stateOf, () => 'broken');
    await other.process.kill();
    await lost.close();
    expect(await Promise.all([broken, asking])).toEqual(['broken', 'broken']);
    await decideNext(replica, WRITE, 'approve');
    expect(stateOf(await stays.call('await_decision', { approvalId }))).toBe('applied');
    expect(await stage.read('kept.txt')).toBe('one\n');
  });

  it('answers what it holds when its replica drains, and the decision at another one', async () => {
    const other = await stage.start(QUICK);
    const [drained, stays] = [await open(other), await open(replica)];
    const proposing = drained.call('propose_change', proposal('drained.txt'));
    const { approvalId } = await pendingApproval(replica.reviewer, WRITE);
    const waiting = drained.call('await_decision', { approvalId });
    await eventually('both are held', async () =>
      /^assent_streams 2$/m.test(await (await other.developer.fetch('/metrics')).text()),
    );
    const stopped = other.process.stop();
    for (const result of await Promise.all([proposing, waiting])) {
      expect(result.structuredContent).toMatchObject({ state: 'pending', approvalId });
    }
    expect(await stopped).toBe(0);
    await decideNext(replica, WRITE, 'approve');
    expect(stateOf(await stays.call('await_decision', { approvalId }))).toBe('applied');
  });

  it('joins the run of a proposal that is repeated after its replica was killed', async () => {
    const other = await stage.start(QUICK);
    const lost = await open(other);
    const broken = lost.call('propose_change', proposal('again.txt')).then(stateOf, () => 'broken');
    const { approvalId } = await pendingApproval(replica.reviewer, WRITE);
    await other.process.kill();
    await lost.close();
    expect(await broken).toBe('broken');
    const client = await open(replica, '?hold=0');
    expect((await client.call('propose_change', proposal('again.txt'))).structuredContent).toMatchObject({
      approvalId,
    });
    await decideNext(replica, WRITE, 'reject');
  });
});
