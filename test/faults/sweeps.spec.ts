import { eventually } from '../support/eventually';
import { framesUntil, seen } from '../support/frames';
import { hidden } from '../support/plans';
import { Stage, type Replica } from '../support/stage';

/** More than any sweep reads at once. */
const STUCK = 120;
const LONG_AGO = '2000-01-01T00:00:00Z';

describe('more due items than a sweep reads at once, none of which can be ended', () => {
  let stage: Stage;
  let replica: Replica;

  beforeAll(async () => {
    stage = await Stage.open();
    replica = await stage.start({ SWEEP_SECONDS: '1' });
    await stage.sql.query(
      `create function stuck() returns trigger language plpgsql as $$ begin raise exception 'it is stuck'; end $$`,
    );
  });
  afterAll(() => stage.close());

  /** Writing to rows like this fails. */
  const stick = (table: string, when: string) =>
    stage.sql.query(
      `create trigger stuck before update on ${table} for each row when (${when}) execute function stuck()`,
    );
  const failing = async (sweep: string) => {
    const metrics = await (await fetch(`${replica.process.url}/metrics`)).text();
    const value = new RegExp(`^assent_sweep_failing_items\\{sweep="${sweep}"\\} (\\d+)$`, 'm').exec(metrics)?.[1];
    return Number(value) === STUCK;
  };

  it('hold up no question whose time is up, and are counted', async () => {
    const { runId } = await replica.developer.call('start', hidden());
    const requestId = String((await seen(replica.developer, runId, 'request'))['id']);
    // Their runs have no tree.
    await stage.rows(
      `insert into questions (request_id, tenant_id, run_id, step, action_id, state, request, created_at, expires_at)
       select 'stuck-' || n, tenant_id, gen_random_uuid(), step, action_id, state, request, created_at, $2 from questions, generate_series(1, $3) n
       where request_id = $1`,
      [requestId, LONG_AGO, STUCK],
    );
    await stage.rows(`update questions set expires_at = now() where request_id = $1`, [requestId]);
    const frames = await framesUntil(replica.developer, runId, 'run.resumed');
    expect(frames).toContainEqual(expect.objectContaining({ type: 'request.resolved', outcome: 'expired' }));
    await eventually('those that fail are counted', () => failing('questions'));
    expect(
      await stage.rows(
        `select count(*)::integer as count from questions where request_id like 'stuck-%' and state = 'pending'`,
      ),
    ).toEqual([{ count: STUCK }]);
  });

  it('hold up no approval whose time is up, no reminder and no escalation', async () => {
    await stick('approvals', `new.subject_id like 'stuck-%'`);
    await stage.rows(
      `insert into approvals (id, tenant_id, request_id, state, hash, tool, workspace, requester, rule, risks, terms, quorum, subject_type, subject_id,
         content, title, created_at, expires_at, next_due_at)
       select gen_random_uuid(), 'local', 'due-' || name, 'pending', 'h', 'memory_plan', '', 'r', 'rule', '{}', null, 1, 'memory_plan', name,
         '', '', $1, expires_at, next_due_at
       from (select 'stuck-expiry-' || n as name, $1::timestamptz as expires_at, null::timestamptz as next_due_at from generate_series(1, $2) n
         union all select 'stuck-agenda-' || n, now() + interval '1 day', $1 from generate_series(1, $2) n
         union all select 'good-expiry', now(), null
         union all select 'good-agenda', now() + interval '1 day', now()) due`,
      [LONG_AGO, STUCK],
    );
    await eventually('both good ones are dealt with', async () => {
      const rows = await stage.rows<{ done: boolean }>(
        `select state = 'expired' or next_due_at is null and subject_id = 'good-agenda' as done from approvals where subject_id like 'good-%'`,
      );
      return rows.length === 2 && rows.every(({ done }) => done);
    });
    await eventually(
      'those that fail are counted',
      async () => (await failing('approvals')) && (await failing('agenda')),
    );
  });

  it('hold up nothing that waiting runs are to know', async () => {
    await stick('resolutions', `new.assumption_id like 'stuck-%'`);
    await stage.rows(
      `insert into resolutions (run_id, assumption_id, tenant_id, truth, source, actor, step, key, key_truth, p, belief, workspace, spread, created_at)
       select gen_random_uuid(), name, 'local', true, 'answer', 'r', 1, 'key', true, 0.5, 'caller', 'example', false, at
       from (select 'stuck-' || n as name, $1::timestamptz as at from generate_series(1, $2) n union all select 'good', now()) unspread`,
      [LONG_AGO, STUCK],
    );
    await eventually('the good one is carried over', async () => {
      const [row] = await stage.rows<{ spread: boolean }>(
        `select spread from resolutions where assumption_id = 'good'`,
      );
      return row?.spread === true;
    });
    await eventually('those that fail are counted', () => failing('resolutions'));
  });
});
