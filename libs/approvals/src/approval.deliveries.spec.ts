import { Pool } from 'pg';
import { Database, newId, sql } from '@assent/platform';
import { OutboxSignal } from '@assent/outbox';
import type { RunCommits, RunDispatcher, RunNotifier } from '@assent/runs';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { ApprovalCommits } from './approval.commit';
import type { ApprovalRecord } from './approval.record';
import type { InboxHints } from './inbox.hints';
import { DEFAULT_REQUIREMENTS } from './requirements';
import { subjectEvent } from './subjects/subject.event';
import { SubjectRepository } from './subjects/subject.repository';

const KIND = 'memory_plan';
const TENANTS = ['without', 'other-events', 'disabled', 'wanted'];

describe('a commit of an approval without a run signals the sender of webhooks only if it queued a delivery', () => {
  let own: TestDatabase;
  let database: Database;
  let subjects: SubjectRepository;
  let commits: ApprovalCommits;
  let raised = 0;

  beforeAll(async () => {
    own = await createTestDatabase();
    database = new Database(new Pool({ connectionString: own.url }));
    const outbox = new OutboxSignal();
    outbox.subscribe(() => (raised += 1));
    subjects = new SubjectRepository(database, outbox);
    const unused: unknown = {};
    const hints: unknown = { hint: () => undefined, resolved: () => undefined };
    const notifier: unknown = { notifyApproval: () => undefined };
    commits = new ApprovalCommits(
      unused as RunCommits,
      unused as RunDispatcher,
      database,
      hints as InboxHints,
      notifier as RunNotifier,
      outbox,
    );
    await endpoint('other-events', ['run.failed']);
    await endpoint('disabled', ['*'], 'disabled');
    await endpoint('wanted', ['approval.requested', 'approval.decided']);
  });
  afterAll(async () => {
    await database.close();
    await own.drop();
  });

  const endpoint = (tenantId: string, events: readonly string[], state = 'enabled') =>
    database.query(sql`insert into webhook_endpoints (id, tenant_id, url, events, state, secret, created_by, created_at, updated_at)
      values (${newId()}, ${tenantId}, 'https://hook.example', ${events}::text[], ${state}, 'plain:secret', array['maker'], now(), now())`);
  const ask = async (tenantId: string) => {
    const id = newId();
    const approval = {
      id,
      requestId: `req_${id}`,
      tenantId,
      kind: KIND,
      tool: KIND,
      subjectId: id,
      title: 'A plan',
      content: Buffer.from('plan'),
      hash: 'h',
      requester: 'developer',
      issuers: [],
      rule: 'default',
      risks: [],
      terms: DEFAULT_REQUIREMENTS,
      ttlSeconds: 600,
      webhook: {},
    } as const;
    const entry = {
      action: 'approval.request',
      actor: 'developer',
      subjectType: 'approval',
      subjectId: id,
      hash: 'h',
      detail: {},
    } as const;
    expect(await subjects.insert(approval, entry)).toBe(true);
    return { ...approval, runId: null, subjectType: KIND, version: 0 } as unknown as ApprovalRecord;
  };
  /** How often each tenant's commit signals. */
  const signals = async (commit: (tenantId: string) => Promise<unknown>) => {
    const found: Record<string, number> = {};
    for (const tenantId of TENANTS) {
      raised = 0;
      await commit(tenantId);
      found[tenantId] = raised;
    }
    return found;
  };
  const change = (approval: ApprovalRecord) =>
    commits.commit(approval, {
      set: sql`state = 'rejected'`,
      time: 'any',
      writes: [],
      frames: [],
      resume: null,
      event: subjectEvent('approval.decided', approval),
    });

  it('when a person is asked', async () => {
    expect(await signals(ask)).toEqual({ without: 0, 'other-events': 0, disabled: 0, wanted: 1 });
  });

  it('when it is decided', async () => {
    const approvals = new Map(
      await Promise.all(TENANTS.map(async (tenantId) => [tenantId, await ask(tenantId)] as const)),
    );
    const decide = async (tenantId: string) => {
      const approval = approvals.get(tenantId);
      expect(approval && (await change(approval))).toBeTruthy();
    };
    expect(await signals(decide)).toEqual({ without: 0, 'other-events': 0, disabled: 0, wanted: 1 });
  });

  it('and nothing when it could not be changed', async () => {
    const approval = await ask('wanted');
    raised = 0;
    expect(await change({ ...approval, version: 7 })).toBeNull();
    expect(raised).toBe(0);
  });
});
