import { Pool } from 'pg';
import { frame, type JsonObject } from '@assent/contract';
import { Database, newId, sql } from '@assent/platform';
import { OutboxSignal } from '@assent/outbox';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { ClientRedactor, Redaction } from './client.redactor';
import type { FrameHub } from './frame.hub';
import { RunCommits } from './run.commit';
import type { RunMetrics } from './run.metrics';
import { appendFramesOnly, insertRun } from './run.update';

class PlainText extends Redaction {
  redact(value: JsonObject): JsonObject {
    return value;
  }
}

describe('a commit of a run', () => {
  let own: TestDatabase;
  let database: Database;
  let commits: RunCommits;
  let raised = 0;

  beforeAll(async () => {
    own = await createTestDatabase();
    database = new Database(new Pool({ connectionString: own.url }));
    const outbox = new OutboxSignal();
    outbox.subscribe(() => (raised += 1));
    const metrics: unknown = { commitSeconds: { startTimer: () => () => undefined }, frames: { inc: () => undefined } };
    const hub: unknown = { publish: () => undefined };
    commits = new RunCommits(
      database,
      hub as FrameHub,
      metrics as RunMetrics,
      outbox,
      new ClientRedactor(new PlainText()),
    );
  });
  beforeEach(() => (raised = 0));
  afterAll(async () => {
    await database.close();
    await own.drop();
  });

  const started = async (tenantId: string): Promise<string> => {
    const id = newId();
    const row = {
      id,
      tenantId,
      requester: 'developer',
      workspace: 'ws',
      reverts: null,
      goal: 'Raise the limit',
      clientTraceId: null,
      traceparent: null,
      requestId: 'request',
      authority: { scopes: [], roles: [] } as never,
      issuers: [],
      modelPlanned: false,
      origin: 'caller' as const,
      waitingFor: null,
      paramsJson: '{}',
    };
    await commits.commit({ run: insertRun(row, null, 0), writes: [], frames: [] });
    return id;
  };
  const endpoint = (tenantId: string, events: readonly string[], state = 'enabled') =>
    database.query(sql`insert into webhook_endpoints (id, tenant_id, url, events, state, secret, created_by, created_at, updated_at)
      values (${newId()}, ${tenantId}, 'https://hook.example', ${events}::text[], ${state}, 'plain:secret', array['maker'], now(), now())`);
  const fail = (tenantId: string, runId: string) =>
    commits.commit({
      run: appendFramesOnly(tenantId, runId, ['queued'], 1),
      writes: [],
      frames: [frame('run.failed', 1, { error: { reason: 'internal', message: 'No.' } })],
    });

  it('signals the sender of webhooks only if it queued a delivery', async () => {
    await endpoint('other-events', ['approval.requested']);
    await endpoint('disabled', ['*'], 'disabled');
    await endpoint('wanted', ['run.failed']);
    const signals: Record<string, number> = {};
    for (const tenantId of ['without', 'other-events', 'disabled', 'wanted']) {
      raised = 0;
      expect(await fail(tenantId, await started(tenantId))).toMatchObject({ seq: 1 });
      signals[tenantId] = raised;
    }
    expect(signals).toEqual({ without: 0, 'other-events': 0, disabled: 0, wanted: 1 });
  });

  it('signals nothing when the run could not be changed', async () => {
    await endpoint('unknown-run', ['*']);
    expect(await fail('unknown-run', newId())).toBeNull();
    expect(raised).toBe(0);
  });
});
