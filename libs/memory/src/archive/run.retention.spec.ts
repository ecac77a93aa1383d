import { newId } from '@assent/platform';
import { columnsOf, insertAnyRow } from '@assent/test-support/any-row';
import { Barrier } from '@assent/test-support/barrier';
import { createTestDatabase } from '@assent/test-support/postgres';
import { MemoryStage } from '../testing/memory-stage';
import { ForgetService } from './forget.service';
import { RUN_TABLES } from './run-erasure';
import { RunRetention, retentionOf } from './run.retention';

const DAYS = 30;
const DAY_MS = 86_400_000;

describe('the retention of runs', () => {
  let stage: MemoryStage;
  let databaseUrl: string;

  beforeAll(async () => {
    const database = await createTestDatabase();
    databaseUrl = database.url;
    stage = await MemoryStage.open(() => Promise.resolve(database));
  });
  afterAll(() => stage.close());

  const send = <Row extends object>(text: string, values: unknown[]) => stage.raw<Row>(text, values);
  const insert = (table: string, given: Readonly<Record<string, unknown>>) => insertAnyRow(send, table, given);
  /** Tables with rows of a run, and the column that names the run or its approval. */
  const dependents = async () => {
    const found: { table: string; key: string; goes: boolean }[] = [];
    for (const [table, { expiry }] of Object.entries(RUN_TABLES)) {
      if (table === 'runs' || table === 'approvals' || expiry === 'earlier') continue;
      const [key] = await columnsOf(send, table, `column_name in ('run_id', 'approval_id')`);
      if (key) found.push({ table, key: key.name, goes: expiry === 'with the run' });
    }
    return found;
  };
  const addRun = async ({ endedDaysAgo, purged }: { endedDaysAgo: number | null; purged: boolean }) => {
    const createdAt = Date.now() - 400 * DAY_MS;
    const runId = createdAt.toString(16).padStart(12, '0').concat(newId().replaceAll('-', '').slice(12));
    const finishedAt = endedDaysAgo === null ? null : new Date(Date.now() - endedDaysAgo * DAY_MS);
    const approvalId = newId();
    await insert('runs', { id: runId, state: finishedAt ? 'completed' : 'waiting', finished_at: finishedAt, purged });
    await insert('approvals', { id: approvalId, run_id: runId, state: 'expired' });
    for (const { table, key } of await dependents()) {
      await insert(table, { [key]: key === 'run_id' ? runId : approvalId });
    }
    return { runId, approvalId };
  };
  const rowsOf = async ({ runId, approvalId }: { runId: string; approvalId: string }) => {
    const counts: Record<string, number> = {};
    const keys = [...(await dependents()), { table: 'runs', key: 'id' }, { table: 'approvals', key: 'run_id' }];
    for (const { table, key } of keys) {
      const [row] = await stage.raw<{ count: number }>(
        `select count(*)::integer as count from ${table} where ${key} = $1`,
        [key === 'approval_id' ? approvalId : runId],
      );
      counts[table] = row?.count ?? 0;
    }
    return counts;
  };

  it.each<[Parameters<typeof retentionOf>[0], number | undefined]>([
    [{ WEBHOOK_RETENTION_DAYS: 30 }, undefined],
    [{ RUN_RETENTION_DAYS: 90, WEBHOOK_RETENTION_DAYS: 30 }, 90],
    [{ RUN_RETENTION_DAYS: 7, WEBHOOK_RETENTION_DAYS: 30 }, 30],
  ])('keeps a run as long as its webhook events: %j', (env, days) => {
    expect(retentionOf(env)).toBe(days);
  });

  it('deletes a run that ended long ago with all rows that belong to it, and keeps what RUN_TABLES keeps', async () => {
    const old = await addRun({ endedDaysAgo: DAYS + 1, purged: true });
    const kept = [
      await addRun({ endedDaysAgo: DAYS - 1, purged: true }),
      await addRun({ endedDaysAgo: DAYS + 1, purged: false }),
      await addRun({ endedDaysAgo: null, purged: false }),
    ];
    const called = await addRun({ endedDaysAgo: DAYS + 1, purged: true });
    await insert('gateway_calls', { run_id: called.runId });

    expect(await stage.get(RunRetention).deleteSome(DAYS)).toBe(1);

    const tables = await dependents();
    expect(tables.length).toBeGreaterThan(10);
    const expected = tables.map(({ table, goes }) => [table, goes ? 0 : 1]);
    expect(await rowsOf(old)).toEqual({ ...Object.fromEntries(expected), runs: 0, approvals: 0 });
    for (const run of [...kept, called])
      expect(Object.values(await rowsOf(run)).every((count) => count === 1)).toBe(true);
    const [resolution] = await stage.raw(
      `select key from resolutions where run_id = $1 and assumption_id like 'erased:%'`,
      [old.runId],
    );
    expect(resolution).toEqual({ key: null });
    await stage.raw('delete from gateway_calls where run_id = $1', [called.runId]);
    expect(await stage.get(RunRetention).deleteSome(DAYS)).toBe(1);
    expect(await stage.get(RunRetention).deleteSome(DAYS)).toBe(0);
  });

  it('locks a run before its other rows, as forgetting does: the two cannot wait for each other', async () => {
    const tenantId = 'locked';
    const runId = newId();
    await insert('runs', { id: runId, tenant_id: tenantId, state: 'completed', finished_at: new Date() });
    await insert('tool_calls', { run_id: runId, tenant_id: tenantId, args: '{"order":7}' });
    await insert('diffs', { run_id: runId, tenant_id: tenantId, files: '["a.txt"]' });
    const texts = () =>
      stage.raw(
        'select tool_calls.args, diffs.files from tool_calls join diffs on diffs.run_id = tool_calls.run_id where diffs.run_id = $1',
        [runId],
      );
    const barrier = await Barrier.open(databaseUrl);
    // As the retention holds it while it deletes the run.
    await barrier.run(runId);
    const forgetting = stage.get(ForgetService).forget(tenantId, 'admin', { runId });
    const whileLocked = await barrier
      .waiters(1)
      .then(texts)
      .finally(() => barrier.lift());
    await forgetting;
    expect(whileLocked).toEqual([{ args: { order: 7 }, files: ['a.txt'] }]);
    expect(await texts()).toEqual([{ args: {}, files: [] }]);
  });
});
