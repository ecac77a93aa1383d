import fc from 'fast-check';
import { Client, Pool, type PoolClient } from 'pg';
import { frame, type JsonObject } from '@assent/contract';
import { Database, RUN, cte, forTenant, isTransient, newId, sql } from '@assent/platform';
import { OutboxSignal } from '@assent/outbox';
import { eventually } from '@assent/test-support/eventually';
import { scaled } from '@assent/test-support/limits';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { ClientRedactor, Redaction } from './client.redactor';
import { FrameAppender } from './frame.appender';
import type { FrameHub } from './frame.hub';
import type { FrameLine } from './frame.line';
import { FrameRepository } from './frame.repository';
import { RunCommits, type RunChange } from './run.commit';
import type { RunMetrics } from './run.metrics';
import type { RunHead } from './run.record';
import { startedRunRow } from './testing/run.row';
import { appendFramesOnly, insertRun, lockWaitingRun, resumeRun, updateOwnedRun } from './run.update';

/** Commits of each of two replicas. `npm run test:races` makes 100,000: more than 10,000 groups of several commits. */
const COMMITS = Number(process.env['GROUP_COMMITS'] ?? 300);
const COMMIT_MS = 20;
const START_MS = 30_000;

const TENANT = 'grouped';
const OWNER = newId();
const STATEMENT_TIMEOUT_MS = 1_000;

class PlainText extends Redaction {
  redact(value: JsonObject): JsonObject {
    return value;
  }
}

/** One replica, as far as commits go. */
class Replica {
  readonly live: FrameLine[] = [];
  /** Sizes of the groups, in the order in which they were sent. */
  readonly groups: number[] = [];
  readonly clients: PoolClient[] = [];
  readonly database: Database;
  readonly commits: RunCommits;
  readonly appender: FrameAppender;

  constructor(url: string, timeoutMs: number) {
    const pool = new Pool({ connectionString: url, pipeline: true, statement_timeout: timeoutMs });
    pool.on('connect', (client) => this.clients.push(client));
    this.database = new Database(pool);
    this.database.onGroup = ({ length }) => this.groups.push(length);
    const metrics: unknown = { commitSeconds: { startTimer: () => () => undefined }, frames: { inc: () => undefined } };
    const hub = {
      publish: (_: string, lines: () => readonly FrameLine[]) => this.live.push(...lines()),
    } as unknown as FrameHub;
    const shown = new ClientRedactor(new PlainText());
    this.commits = new RunCommits(this.database, hub, metrics as RunMetrics, new OutboxSignal(), shown);
    this.appender = new FrameAppender(this.database, hub, shown);
  }

  commit(change: RunChange, tenantId = TENANT): Promise<RunHead | null> {
    return forTenant(tenantId, () => this.commits.commit(change));
  }

  async started(count: number, tenantId = TENANT): Promise<string[]> {
    const runIds = Array.from({ length: count }, newId);
    await Promise.all(runIds.map((runId) => this.commit(start(runId, tenantId), tenantId)));
    return runIds;
  }
}

function start(runId: string, tenantId = TENANT): RunChange {
  const row = startedRunRow(runId, tenantId);
  return { runId, run: insertRun(row, { owner: OWNER, seconds: 60 }, 0), writes: [], frames: [] };
}

/** Frames and a row of the audit. */
function noted(runId: string, texts: readonly string[] = ['a'], tenantId = TENANT): RunChange {
  const frames = texts.map((text) => frame('trace.delta', 1, { text }));
  const audit = cte(
    'insert_audit_log',
    sql`insert into audit_log (id, tenant_id, action, actor, subject_type, subject_id, run_id, detail, created_at)
      select ${newId()}::uuid, ${RUN.column('tenantId')}, 'diff.dispatch', 'a', 'run', 'a', ${RUN.column('id')}, '{}', ${RUN.column('updatedAt')} from ${RUN}`,
  );
  return { runId, run: appendFramesOnly(tenantId, runId, ['running'], frames.length), writes: [audit], frames };
}

let own: TestDatabase;
let sqlClient: Client;
let replica: Replica;
const opened: Replica[] = [];

/** @param timeoutMs of a statement; 0: none */
function open(timeoutMs = 0): Replica {
  const one = new Replica(own.url, timeoutMs);
  opened.push(one);
  return one;
}

beforeAll(async () => {
  own = await createTestDatabase();
  sqlClient = new Client(own.url);
  await sqlClient.connect();
  await sqlClient.query('create sequence failures');
});
beforeEach(() => {
  replica = open();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ database }) => database.close()));
});
afterAll(async () => {
  await sqlClient.end();
  await own.drop();
});

const framesOf = (runId: string) => new FrameRepository(replica.database).read(runId, 0, 1_000);
const lengthOf = async (runId: string) => (await framesOf(runId)).length;

/** A commit of another run waits for its row; what is committed meanwhile is a group. @returns ends the wait */
async function delayCommits(): Promise<() => Promise<void>> {
  const [runId = ''] = await replica.started(1);
  const holder = new Client(own.url);
  await holder.connect();
  await holder.query('begin');
  await holder.query('select from runs where id = $1 for update', [runId]);
  const delayed = replica.commit(noted(runId));
  return async () => {
    await holder.end();
    await delayed;
  };
}

async function inOneGroup<T>(work: () => Promise<T>): Promise<T> {
  const proceed = await delayCommits();
  const sent = replica.groups.length;
  const result = work();
  await eventually('the group is sent', () => Promise.resolve(replica.groups.length > sent));
  await proceed();
  return result;
}

/** A trigger that runs `body` when a transaction that has changed runs commits. */
async function atCommit(body: string): Promise<void> {
  await sqlClient.query(`create function at_commit() returns trigger language plpgsql as $$ begin ${body} end $$`);
  await sqlClient.query('grant usage on sequence failures to public');
  await sqlClient.query(
    'create constraint trigger at_commit after update on runs deferrable initially deferred for each row execute function at_commit()',
  );
}

const noTrigger = () => sqlClient.query('drop trigger if exists at_commit on runs; drop function if exists at_commit');

describe('a group of commits', () => {
  afterEach(noTrigger);

  it('is one transaction; a lone commit is sent at once', async () => {
    await replica.started(1);
    replica.groups.length = 0;
    const runIds = await replica.started(20);
    // The first start leaves alone; at most 16 of the others share a transaction.
    expect(replica.groups[0]).toBe(1);
    expect(Math.max(...replica.groups)).toBe(16);
    const heads = await inOneGroup(() => Promise.all(runIds.slice(0, 3).map((runId) => replica.commit(noted(runId)))));
    expect(heads.map((head) => head?.seq)).toEqual([1, 1, 1]);
    expect(replica.groups.slice(-2)).toEqual([1, 3]);
    const { rows } = await sqlClient.query<{ count: string }>(
      'select count(distinct xmin::text) from frames where run_id = any($1)',
      [runIds.slice(0, 3)],
    );
    expect(rows[0]?.count).toBe('1');
  });

  it('ends a wait only once', async () => {
    const [runId = ''] = await replica.started(1);
    const waiting = { state: 'waiting', phase: 'apply', step: 1, waitingFor: 'approval' } as const;
    await replica.commit({
      runId,
      run: updateOwnedRun({ runId, fence: 1 }, waiting, 0),
      writes: [],
      frames: [],
    });
    const lock = lockWaitingRun(runId);
    const taken = cte('take_runs', sql`select id as run_id from ${lock}`).withRows<{ readonly run_id: string }>();
    const resumed: RunChange = {
      runId,
      before: [lock, taken],
      run: resumeRun(taken, { owner: OWNER, seconds: 60 }, 'apply', 1),
      writes: [],
      frames: [frame('run.resumed', 1, { reason: 'decision' })],
    };
    const [one, other] = await inOneGroup(() => Promise.all([replica.commit(resumed), replica.commit(resumed)]));
    expect([one?.state, other]).toEqual(['running', null]);
    expect(await lengthOf(runId)).toBe(1);
  });

  it('is rolled back by a commit that fails, and each is then sent alone', async () => {
    const [first = '', second = ''] = await replica.started(2);
    const results = await inOneGroup(() =>
      Promise.allSettled([replica.commit(noted(first)), replica.commit(start(first)), replica.commit(noted(second))]),
    );
    expect(results).toMatchObject([
      { status: 'fulfilled', value: { seq: 1 } },
      { status: 'rejected', reason: { code: '23505' } },
      { status: 'fulfilled', value: { seq: 1 } },
    ]);
    expect([await lengthOf(first), await lengthOf(second)]).toEqual([1, 1]);
    expect(await framesOf(first)).toEqual(replica.live.filter(({ json }) => json.includes(first)));
  });

  it('is rolled back by a value that cannot be sent, and by a failure at its end', async () => {
    const [first = '', second = ''] = await replica.started(2);
    await atCommit(
      `if new.id in ('${first}', '${second}') then
        if nextval('failures') = 1 then raise exception 'no' using errcode = '40001'; end if;
      end if; return null;`,
    );
    const broken = { ...noted(second), run: sql`update runs set goal = ${{ toPostgres: () => fail() }}` };
    const results = await inOneGroup(() =>
      Promise.allSettled([replica.commit(noted(first)), replica.commit(broken), replica.commit(noted(second))]),
    );
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect([await lengthOf(first), await lengthOf(second)]).toEqual([1, 1]);
  });

  it('fails only the commit that waits for a lock until its time limit', async () => {
    replica = open(STATEMENT_TIMEOUT_MS);
    const [first = '', second = ''] = await replica.started(2);
    const holder = new Client(own.url);
    await holder.connect();
    await holder.query('begin');
    await holder.query('select from runs where id = $1 for update', [first]);
    const results = await inOneGroup(() =>
      Promise.allSettled([replica.commit(noted(first)), replica.commit(noted(second))]),
    );
    await holder.end();
    expect(results).toMatchObject([
      { status: 'rejected', reason: { code: '57014' } },
      { status: 'fulfilled', value: { seq: 1 } },
    ]);
    expect([await lengthOf(first), await lengthOf(second)]).toEqual([0, 1]);
  });

  it.each([
    ['is lost before it has committed', true],
    ['is lost after it has committed', false],
  ])(
    'is answered only after its commit: its outcome is unknown when the connection %s',
    async (_when, isTerminated) => {
      const runIds = await replica.started(2);
      await atCommit('perform pg_advisory_xact_lock(17); return null;');
      const holder = new Client(own.url);
      await holder.connect();
      const waiting = async () => {
        const { rows } = await sqlClient.query<{ pid: number }>(
          "select pid from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())",
        );
        return rows.map(({ pid }) => pid);
      };
      const proceed = await delayCommits();
      let answered = 0;
      try {
        await holder.query('select pg_advisory_lock(17)');
        const commits = runIds.map((runId) => replica.commit(noted(runId)).finally(() => (answered += 1)));
        const settled = Promise.allSettled(commits);
        await eventually('the group waits at its end', async () => (await waiting()).length === 1);
        expect([answered, replica.live]).toEqual([0, []]);
        const pids = await waiting();
        if (isTerminated) {
          await sqlClient.query('select pg_terminate_backend(pid) from unnest($1::integer[]) as pid', [pids]);
        } else {
          for (const client of replica.clients) {
            if (pids.includes(processIdOf(client))) client.connection.stream.destroy();
          }
        }
        for (const result of await settled) {
          expect(result).toMatchObject({ status: 'rejected' });
          expect(result.status === 'rejected' && isTransient(result.reason)).toBe(true);
        }
        expect(replica.live).toEqual([]);
      } finally {
        await holder.end();
        await proceed();
      }
      await eventually('the runs have what was committed', async () => {
        const lengths = await Promise.all(runIds.map(lengthOf));
        return lengths.every((length) => length === (isTerminated ? 0 : 1));
      });
    },
  );
});

it('tenants do not share a group, and a group changes only runs of its tenant', async () => {
  const [mine = '', other = ''] = [...(await replica.started(1, 'a')), ...(await replica.started(1, 'b'))];
  await sqlClient.query('grant all on sequence failures to public');
  const results = await Promise.all(
    Array.from({ length: 40 }, (_, place) => {
      const tenantId = place % 2 === 0 ? 'a' : 'b';
      // Every fourth names the run of the other tenant, and the tenant of the run.
      if (place % 4 === 3) return replica.commit(noted(mine, ['x'], 'a'), 'b');
      return replica.commit(noted(tenantId === 'a' ? mine : other, ['x'], tenantId), tenantId);
    }),
  );
  expect(results.filter((head) => head === null)).toHaveLength(10);
  expect([await lengthOf(mine), await lengthOf(other)]).toEqual([20, 10]);
  expect(Math.max(...replica.groups)).toBeGreaterThan(1);
});

it('frames of a run have no gap and keep their order, for every grouping', async () => {
  const other = open();
  const replay = new FrameRepository(replica.database);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ run: fc.nat(4), at: fc.nat(1), count: fc.integer({ min: 1, max: 3 }) }), {
        minLength: 1,
        maxLength: 60,
      }),
      async (calls) => {
        const runIds = await replica.started(5);
        for (const { live } of [replica, other]) live.length = 0;
        const heads = await Promise.all(
          calls.map(({ run, at, count }, place) => {
            const texts = Array.from({ length: count }, (_, index) => `${place}:${index}`);
            return (at === 0 ? replica : other).commit(noted(runIds[run] ?? '', texts));
          }),
        );
        for (const [run, runId] of runIds.entries()) {
          const stored = await replay.read(runId, 0, 1_000);
          const own = calls.flatMap((call, place) =>
            call.run === run ? [{ ...call, place, head: heads[place] }] : [],
          );
          const inOrder = own.toSorted((a, b) => (a.head?.seq ?? 0) - (b.head?.seq ?? 0));
          const texts = inOrder.flatMap(({ place, count }) =>
            Array.from({ length: count }, (_, index) => `${place}:${index}`),
          );
          expect(stored.map(({ json }) => (JSON.parse(json) as { text: string }).text)).toEqual(texts);
          expect(stored.map(({ seq }) => seq)).toEqual(texts.map((_, index) => index + 1));
          const seen = [...replica.live, ...other.live].filter(({ json }) => json.includes(runId));
          expect(seen.toSorted((a, b) => a.seq - b.seq)).toEqual(stored);
        }
      },
    ),
    { numRuns: 20 },
  );
});

it(
  `two replicas that change the same runs in groups never deadlock, in ${COMMITS} commits of each`,
  async () => {
    const other = open();
    const runIds = await replica.started(12);
    let seed = 17;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    const work = async ({ commits, appender, database }: Replica): Promise<void> => {
      for (let count = 0; count < COMMITS / 20; count += 1) {
        const runs = Array.from({ length: 20 }, () => runIds[random(runIds.length)] ?? '');
        await Promise.all(
          forTenant(TENANT, () =>
            runs.map((runId) => {
              const { runId: grouped, ...alone } = noted(runId);
              return commits.commit(random(4) === 0 ? alone : { runId: grouped ?? '', ...alone });
            }),
          ).concat(
            new Set(runs.slice(0, 3)).size === 3
              ? runs.slice(0, 3).map(async (runId) => {
                  await appender.append({ runId, fence: 1 }, [frame('trace.delta', 1, { text: 'b' })]);
                  return null;
                })
              : [],
          ),
        );
      }
      await database.close();
    };
    opened.length = 0;
    await Promise.all([replica, other].map(work));
    const { rows } = await sqlClient.query<{ deadlocks: string }>(
      'select deadlocks from pg_stat_database where datname = current_database()',
    );
    expect(rows[0]?.deadlocks).toBe('0');
    const groups = [...replica.groups, ...other.groups];
    expect(groups.filter((size) => size > 1).length).toBeGreaterThan(COMMITS / 20);
    process.stdout.write(`${groups.length} groups, ${groups.filter((size) => size > 1).length} of several commits\n`);
  },
  scaled(START_MS + COMMITS * COMMIT_MS),
);

function processIdOf(client: PoolClient): number {
  return (client as unknown as { readonly processID: number }).processID;
}
