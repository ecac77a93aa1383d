import type { Client } from 'pg';
import { withClient } from './place';

/** The copies are spread over this time before now; FRAME_RETENTION_DAYS deletes none of their frames meanwhile. */
const SPAN_SECONDS = 6 * 86_400;
/** Of 1,000 runs one waits for a decision, one has failed, one was cancelled; all others are completed. */
const EACH = 1_000;
/** Runs copied by one statement. */
const AT_ONCE = 50_000;

type Overrides = Readonly<Record<string, string>>;

/** `bench_id(kind, n)`: a UUID of version 7 whose time grows with n. `nth`: the place of a row among those of its run. */
const BENCH_ID = `create function bench_id(kind bigint, n bigint, total bigint) returns uuid language sql stable as $$
  select (lpad(to_hex(((extract(epoch from now()) - ${SPAN_SECONDS} * (1 - n::float8 / total)) * 1000)::bigint), 12, '0')
    || '7' || lpad(to_hex(kind), 3, '0') || '8' || lpad(to_hex(n), 15, '0'))::uuid $$`;

const RUN = 'bench_id(1, n, $3::bigint)';
const APPROVAL = 'bench_id(2, n, $3::bigint)';
const DIFF = 'bench_id(3, n, $3::bigint)';
const CALL = 'bench_id(16 + nth, n, $3::bigint)';
const AT = `now() - make_interval(secs => ${SPAN_SECONDS} * (1 - n::float8 / $3::bigint))`;
const STATE = `case n % ${EACH} when 0 then 'waiting' when 1 then 'failed' when 2 then 'cancelled' else t.state end`;
const IS_WAITING = `n % ${EACH} = 0`;

/** What differs between a copied row and the row of the run that is copied. */
const TABLES: Readonly<Record<string, { readonly rows: string; readonly set: Overrides }>> = {
  runs: {
    rows: 'id = $4',
    set: {
      id: RUN,
      state: STATE,
      waiting_for: `case when ${IS_WAITING} then 'approval' end`,
      created_at: AT,
      updated_at: AT,
      finished_at: `case when not (${IS_WAITING}) then ${AT} end`,
    },
  },
  frames: { rows: 'run_id = $4', set: { run_id: RUN, at: AT } },
  // Trees and diffs are read by their key only; without their content a large database fits on a small disk.
  trees: { rows: 'run_id = $4', set: { run_id: RUN, tree: `'{}'`, keys: `'{}'`, created_at: AT } },
  steps: { rows: 'run_id = $4', set: { run_id: RUN, created_at: AT } },
  tool_calls: { rows: 'run_id = $4', set: { id: CALL, run_id: RUN, created_at: AT } },
  diffs: {
    rows: 'run_id = $4',
    set: {
      id: DIFF,
      run_id: RUN,
      call_id: 'bench_id(16, n, $3::bigint)',
      content: `''`,
      files: `'[]'`,
      created_at: AT,
    },
  },
  approvals: {
    rows: 'run_id = $4',
    set: {
      id: APPROVAL,
      run_id: RUN,
      diff_id: DIFF,
      request_id: `${APPROVAL}::text`,
      state: `case when ${IS_WAITING} then 'pending' else t.state end`,
      created_at: AT,
      expires_at: `now() + interval '9 days'`,
      next_due_at: 'null',
    },
  },
  decisions: {
    rows: 'approval_id in (select id from approvals where run_id = $4)',
    set: { approval_id: APPROVAL, created_at: AT },
  },
  approval_events: {
    rows: 'approval_id in (select id from approvals where run_id = $4)',
    set: {
      id: 'bench_id(64 + nth, n, $3::bigint)',
      approval_id: APPROVAL,
      // After those of the run that is copied.
      seq: '(n * 2 + nth + 10000)::integer',
      at: AT,
    },
  },
  audit_log: {
    rows: 'run_id = $4',
    set: {
      id: 'bench_id(128 + nth, n, $3::bigint)',
      run_id: RUN,
      subject_id: DIFF,
      position: 'n * 16 + nth + 10000',
      created_at: AT,
    },
  },
};

/** Triggers that would write what is copied a second time, or link it into the chain of the audit. */
const TRIGGERS = ['approvals', 'audit_log'];

/** Fills a database with copies of a run that has ended, all of its tenant. Nobody else may use it meanwhile. */
export async function copyRun(databaseUrl: string, runId: string, copies: number): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    await client.query(BENCH_ID);
    for (const table of TRIGGERS) await client.query(`alter table ${table} disable trigger user`);
    await client.query('set synchronous_commit = off');
    for (const [table, { rows, set }] of Object.entries(TABLES)) {
      const statement = await copyStatement(client, table, rows, set);
      for (let first = 1; first <= copies; first += AT_ONCE) {
        await client.query(statement, [first, Math.min(copies, first + AT_ONCE - 1), copies, runId]);
      }
    }
    for (const table of TRIGGERS) await client.query(`alter table ${table} enable trigger user`);
    await client.query(
      `insert into approval_inboxes (tenant_id, seq) select tenant_id, max(seq) from approval_events group by tenant_id
       on conflict (tenant_id) do update set seq = excluded.seq`,
    );
    await client.query('update audit_heads set position = (select max(position) from audit_log)');
    await client.query('drop function bench_id');
    await client.query('vacuum analyze');
    await client.query('checkpoint').catch(() => undefined);
  });
}

async function copyStatement(client: Client, table: string, rows: string, set: Overrides): Promise<string> {
  const { rows: columns } = await client.query<{ name: string }>(
    `select column_name as name from information_schema.columns where table_schema = 'public' and table_name = $1
     and is_generated = 'NEVER' and is_identity = 'NO'`,
    [table],
  );
  const names = columns.map(({ name }) => name);
  const unknown = Object.keys(set).filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`${table} has no column ${unknown.join(', ')}.`);
  const values = names.map((name) => set[name] ?? `t."${name}"`);
  return `insert into ${table} (${names.map((name) => `"${name}"`).join(', ')}) select ${values.join(', ')}
    from generate_series($1::bigint, $2::bigint) as n, (select *, row_number() over () - 1 as nth from ${table} where ${rows}) as t`;
}
