import { randomUUID } from 'node:crypto';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { eventually } from '../support/eventually';
import { decide, startPending } from '../support/pending';
import { person } from '../support/people';
import { DEVELOPER_KEY, REVIEWER_KEY } from '../support/server-process';
import { Stage, type Replica } from '../support/stage';

const UPDATED = 'notifications/resources/updated';
const LIST_CHANGED = 'notifications/resources/list_changed';

interface Subscriber {
  readonly client: Client;
  /** The resources that were reported as changed. */
  readonly updated: string[];
  readonly lists: { count: number };
}

describe('subscriptions to resources of the MCP server', () => {
  let stage: Stage;
  let replica: Replica;
  let other: Replica;
  const clients: Client[] = [];

  const connect = async (at: Replica, key: string): Promise<Subscriber> => {
    const client = new Client({ name: 'test-client', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    const updated: string[] = [];
    const lists = { count: 0 };
    client.setNotificationHandler(UPDATED, ({ params: { uri } }) => void updated.push(uri));
    client.setNotificationHandler(LIST_CHANGED, () => void (lists.count += 1));
    const requestInit = { headers: { authorization: `Bearer ${key}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', at.process.url), { requestInit }));
    clients.push(client);
    return { client, updated, lists };
  };

  beforeAll(async () => {
    stage = await Stage.open();
    [replica, other] = await Promise.all([stage.start(), stage.start()]);
  });
  afterAll(async () => {
    await Promise.allSettled(clients.map((client) => client.close()));
    await stage.close();
  });

  it('reports a run when it goes on at another replica, and nothing else', async () => {
    const [pending, unrelated] = [
      await startPending(replica.developer, 'watched.txt', 'one\n'),
      await startPending(replica.developer, 'unrelated.txt', 'one\n'),
    ];
    const { client, updated } = await connect(other, DEVELOPER_KEY);
    const [run, tree] = [`assent://runs/${pending.runId}`, `assent://runs/${pending.runId}/tree`];
    const { honoredFilter } = await client.listen({ resourceSubscriptions: [run, tree] });
    expect(honoredFilter).toEqual({ resourceSubscriptions: [run, tree] });
    await decide(replica.reviewer, unrelated, 'reject');
    await decide(replica.reviewer, pending, 'reject');
    const ended = await eventually('the run is reported as it ends', async () => {
      if (updated.length === 0) return null;
      const { contents } = await client.readResource({ uri: run });
      return JSON.stringify(contents).includes('\\"state\\":\\"completed\\"') ? contents : null;
    });
    expect(ended).toHaveLength(1);
    expect(new Set(updated)).toEqual(new Set([run]));
  });

  it('reports the change of an approval when a reviewer edits it', async () => {
    const pending = await startPending(replica.developer, 'edited.txt', 'one\n');
    const { client, updated } = await connect(replica, DEVELOPER_KEY);
    const diff = `assent://approvals/${pending.approvalId}/diff`;
    const reviewer = await connect(other, REVIEWER_KEY);
    for (const { client: subscriber } of [{ client }, reviewer])
      await subscriber.listen({ resourceSubscriptions: [diff] });
    const files = [{ path: 'edited.txt', content: 'two\n' }];
    await replica.reviewer.call('approval/revise', { approvalId: pending.approvalId, hash: pending.hash, files });
    await eventually('both subscribers are notified', () =>
      [updated, reviewer.updated].every((uris) => uris.includes(diff)),
    );
  });

  it('follows no resource that the caller cannot read, and none without frames', async () => {
    const { approvalId } = await startPending(replica.developer, 'secret.txt', 'one\n');
    const asker = await person(stage.sql, replica.process.url, 'asker', [], ['run:read', 'memory:read']);
    const { client } = await connect(replica, asker.key);
    const uris = [
      `assent://approvals/${approvalId}/diff`,
      `assent://runs/${randomUUID()}`,
      `assent://memory/fragments/${randomUUID()}`,
    ];
    const { honoredFilter, closed } = await client.listen({ resourceSubscriptions: uris, toolsListChanged: true });
    expect([honoredFilter, await closed]).toEqual([{}, 'graceful']);
  });

  it('reports new runs of the caller, and neither older ones nor those of others', async () => {
    const earlier = await startPending(replica.developer, 'earlier.txt', 'one\n');
    const [own, others] = [await connect(other, DEVELOPER_KEY), await connect(other, REVIEWER_KEY)];
    for (const { client } of [own, others]) {
      const { honoredFilter } = await client.listen({ resourcesListChanged: true });
      expect(honoredFilter).toEqual({ resourcesListChanged: true });
    }
    await replica.developer.call('run/cancel', { runId: earlier.runId });
    await startPending(replica.developer, 'listed.txt', 'one\n');
    await eventually('the list of its requester has changed', () => own.lists.count > 0);
    await startPending(replica.developer, 'second.txt', 'one\n');
    await eventually('it has changed again', () => own.lists.count > 1);
    expect([own.lists.count, others.lists.count]).toEqual([2, 0]);
  });

  it('reports a list anew when notifications of other replicas may have been lost', async () => {
    const { client, lists } = await connect(other, DEVELOPER_KEY);
    await client.listen({ resourcesListChanged: true });
    await stage.rows(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name like 'assent-listen-%'`,
    );
    await eventually('the list has changed', () => lists.count > 0);
  });

  it('ends a subscription with its credential, and with its replica', async () => {
    const leaver = await person(stage.sql, replica.process.url, 'leaver', [], ['run:read', 'run:write']);
    const [left, stays] = [await connect(other, leaver.key), await connect(other, DEVELOPER_KEY)];
    const [revoked, drained] = [
      await left.client.listen({ resourcesListChanged: true }),
      await stays.client.listen({ resourcesListChanged: true }),
    ];
    await stage.sql.query(`update api_keys set revoked_at = now() where name = 'leaver'`);
    expect(await revoked.closed).toBe('graceful');
    await other.process.stop();
    expect(await drained.closed).toBe('graceful');
  });
});
