import fc from 'fast-check';
import { Pool } from 'pg';
import { frame, type JsonObject } from '@assent/contract';
import { Database, newId, sql } from '@assent/platform';
import { OutboxSignal } from '@assent/outbox';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { ClientRedactor, Redaction } from './client.redactor';
import { FrameAppender } from './frame.appender';
import type { FrameHub } from './frame.hub';
import type { FrameLine } from './frame.line';
import { FrameRepository } from './frame.repository';
import { RunCommits } from './run.commit';
import type { LeaseClaim } from './run.dispatcher';
import type { RunMetrics } from './run.metrics';
import { appendFramesOnly, insertRun } from './run.update';
import { startedRunRow } from './testing/run.row';

class PlainText extends Redaction {
  redact(value: JsonObject): JsonObject {
    return value;
  }
}

describe('a commit of a run', () => {
  let own: TestDatabase;
  let database: Database;
  let commits: RunCommits;
  let appender: FrameAppender;
  let raised = 0;
  /** Lines for followers. */
  let live: FrameLine[] = [];

  beforeAll(async () => {
    own = await createTestDatabase();
    database = new Database(new Pool({ connectionString: own.url }));
    const outbox = new OutboxSignal();
    outbox.subscribe(() => (raised += 1));
    const metrics: unknown = { commitSeconds: { startTimer: () => () => undefined }, frames: { inc: () => undefined } };
    const hub: unknown = { publish: (_: string, lines: () => readonly FrameLine[]) => live.push(...lines()) };
    const shown = new ClientRedactor(new PlainText());
    commits = new RunCommits(database, hub as FrameHub, metrics as RunMetrics, outbox, shown);
    appender = new FrameAppender(database, hub as FrameHub, shown);
  });
  beforeEach(() => {
    raised = 0;
    live = [];
  });
  afterAll(async () => {
    await database.close();
    await own.drop();
  });

  const started = async (tenantId: string, claim: LeaseClaim | null = null): Promise<string> => {
    const id = newId();
    const row = startedRunRow(id, tenantId);
    await commits.commit({ run: insertRun(row, claim, 0), writes: [], frames: [] });
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

  it('gives followers the bytes that a replay reads, for every text', async () => {
    const replay = new FrameRepository(database);
    const claim = { owner: newId(), seconds: 60 };
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 5 }), async (texts) => {
        live = [];
        const [one, other] = [await started('bytes', claim), await started('bytes', claim)];
        const frames = texts.map((text) => frame('trace.delta', 1, { text }));
        await Promise.all([one, other].map((runId) => appender.append({ runId, fence: 1 }, frames)));
        const change = { run: appendFramesOnly('bytes', one, ['running'], frames.length), writes: [], frames };
        expect(await commits.commit(change)).toMatchObject({ seq: 2 * texts.length });
        const stored = await Promise.all([one, other].map((runId) => replay.read(runId, 0, 100)));
        const inOrder = [one, other].flatMap((runId) => live.filter(({ json }) => json.includes(runId)));
        expect(inOrder).toEqual(stored.flat());
        expect(inOrder).toHaveLength(3 * texts.length);
      }),
      { numRuns: 30 },
    );
  });
});
