import { isDeepStrictEqual } from 'node:util';
import { Client } from 'pg';
import { verifyDatabase } from '../../apps/cli/src/audit/verify';
import type { Cycle } from './cycle';
import { scaled } from './limits';
import type { ServerProcess } from './server-process';
import type { WorkFolder } from './work-folder';

export interface Evidence {
  readonly databaseUrl: string;
  readonly folder: Pick<WorkFolder, 'tasks' | 'read' | 'strangers'>;
  /** What every client lived through; their runs are the accepted ones. */
  readonly cycles: readonly Cycle[];
  readonly servers: readonly ServerProcess[];
  /** Lines of a server that the test itself has caused. */
  readonly injected?: RegExp;
}

/** One row is one violation. */
const QUERIES: Readonly<Record<string, string>> = {
  'I1 a run has neither ended nor waits for exactly one open approval': `
    select id, state from runs where state not in ('completed', 'failed', 'cancelled') and not (state = 'waiting' and
      1 = (select count(*) from approvals where run_id = runs.id and state = 'pending' and expires_at > now()))`,
  'I1 an ended run still has an owner': `
    select id from runs where state in ('completed', 'failed', 'cancelled', 'waiting') and (lease_owner is not null or lease_until is not null)`,
  'I1 an approval is open although its run does not wait for it': `
    select approvals.id, runs.state from approvals join runs on runs.id = run_id where approvals.state = 'pending' and runs.state <> 'waiting'`,
  'I1 a diff is open although its run has ended': `
    select diffs.id, diffs.state, runs.state as run from diffs join runs on runs.id = run_id
    where diffs.state in ('pending', 'approved') and runs.state in ('completed', 'failed', 'cancelled')`,
  'I3 the frames of a run are not 1 to n': `
    select runs.id, runs.seq, count(frames.seq) from runs left join frames on run_id = runs.id where not purged group by runs.id, runs.seq
    having count(frames.seq) <> runs.seq or min(frames.seq) <> 1 or max(frames.seq) <> runs.seq`,
  'I3 a run whose frames were deleted still has some': `
    select id from runs where purged and exists (select from frames where run_id = runs.id)`,
  'I3 the frames of a run that has not ended were deleted': `
    select id, state from runs where purged and finished_at is null`,
  'I3 an ended run has not exactly one last word': `
    select runs.id, runs.state, count(frames.seq) from runs left join frames on run_id = runs.id and type = 'run.' || runs.state
    where runs.state in ('completed', 'failed', 'cancelled') and not purged group by runs.id, runs.state having count(frames.seq) <> 1`,
  'I3 a committed step ran again': `
    select run_id, step, type, count(*) from frames where type in ('run.started', 'tree.built', 'tool.proposed', 'diff.created',
      'approval.requested', 'approval.decided', 'tool.started', 'diff.applied', 'diff.stale', 'tool.completed')
    group by run_id, step, type having count(*) > 1`,
  'I4 an approval, its decision, the frame and the audit do not say the same': `
    select approvals.id, approvals.state, decisions.decision from approvals left join decisions on approval_id = approvals.id
    where (decision is null) <> (approvals.state in ('pending', 'cancelled', 'expired'))
      or (decision = 'reject') <> (approvals.state = 'rejected') or decisions.hash <> approvals.hash
      or approvals.run_id is not null and (decision is not null) <> exists (select from frames where run_id = approvals.run_id
        and type = 'approval.decided' and body->>'decision' = decision and body->>'hash' = approvals.hash)
      or (case when decision is null then 0 else 1 end) <> (select count(*) from audit_log
        where subject_id = approvals.id::text and action in ('approval.approve', 'approval.reject'))`,
  'I5 a diff was applied without an approval of its bytes': `
    select diffs.id, diffs.state from diffs left join approvals on diff_id = diffs.id left join decisions on approval_id = approvals.id
    where diffs.state in ('applying', 'applied') and (decision is distinct from 'approve' or decisions.hash <> diffs.hash)`,
  'I5 an approved diff of a run that went on to its end was not applied': `
    select diffs.id, diffs.state, runs.state as run from diffs join runs on runs.id = diffs.run_id join approvals on diff_id = diffs.id
    where approvals.state = 'approved' and runs.state in ('completed', 'failed') and diffs.state <> 'applied'`,
  'I5 state, frame and audit of an applied diff do not agree': `
    select diffs.id, diffs.state from diffs where (diffs.state = 'applied') <>
        exists (select from frames where run_id = diffs.run_id and type = 'diff.applied' and body->>'diffId' = diffs.id::text)
      or (case when diffs.state = 'applied' then 1 else 0 end) <>
        (select count(*) from audit_log where subject_id = diffs.id::text and action = 'diff.apply')`,
  'I6 an event was stored without a delivery for an endpoint that asks for it': `
    select event.id, endpoint.id as endpoint from webhook_events event join webhook_endpoints endpoint on endpoint.tenant_id = event.tenant_id
    where endpoint.state = 'enabled' and endpoint.created_at <= event.created_at and endpoint.events && array[event.type, '*']
      and not exists (select from webhook_deliveries where event_id = event.id and endpoint_id = endpoint.id)`,
  'I6 a delivery waits that nobody can claim': `
    select id from webhook_deliveries where state = 'pending' and (fence is null or next_attempt_at is null)`,
  'I7 the audit chain does not hold': `
    select position from (select audit_log.*, audit_row_hash(audit_log) as computed, lag(row_hash, 1, repeat('0', 64)) over chain as before,
        row_number() over chain as place from audit_log window chain as (partition by tenant_id order by position)) as line
    where row_hash <> computed or previous_hash <> before or position <> place`,
};

const ERROR_LEVEL = 50;
/** A connection that took longer than its limit, which the server retries. Tolerated on an overloaded machine only. */
const CONNECT_TIMEOUT = 'Connection terminated due to connection timeout';
/** Output of Node for an uncaught error. */
const STACK = /^\s+at |^\S*Error: |unhandled|uncaught/i;

/** Checks the invariants over everything a test leaves behind. @returns the violations, in words; none is the aim */
export async function violations(evidence: Evidence): Promise<string[]> {
  const client = new Client({ connectionString: evidence.databaseUrl });
  await client.connect();
  try {
    const found: string[] = [];
    for (const [what, query] of Object.entries(QUERIES)) {
      const { rows } = await client.query<Record<string, unknown>>(query);
      found.push(...rows.map((row) => `${what}: ${JSON.stringify(row)}`));
    }
    for (const cycle of evidence.cycles) found.push(...(await ofLog(client, cycle)));
    found.push(
      ...(await ofFolder(client, evidence.folder)),
      ...ofProcesses(evidence),
      ...(await ofAudit(evidence.databaseUrl)),
    );
    return found;
  } finally {
    await client.end();
  }
}

/** I1, I3: the run exists, and the client received exactly the stored frames, up to its position. */
async function ofLog(client: Client, { runId, frames }: Cycle): Promise<string[]> {
  const { rows } = await client.query<{ frame: Record<string, unknown>; at: Date }>(
    `select frames.at, json_build_object('runId', run_id, 'seq', frames.seq, 'type', type, 'step', frames.step,
       'clientTraceId', client_trace_id, 'body', body) as frame
     from frames join runs on runs.id = run_id where run_id = $1 order by frames.seq`,
    [runId],
  );
  if (rows.length === 0) return [`I1 the accepted run ${runId} is not there`];
  const stored = rows.map(({ frame: { body, ...head }, at }) => ({
    ...head,
    at: at.toISOString(),
    ...(body as Record<string, unknown>),
  }));
  const wrong = frames.findIndex((frame, index) => !isDeepStrictEqual(plain(frame), plain(stored[index])));
  return wrong < 0
    ? []
    : [`I3 frame ${wrong + 1} that the client of run ${runId} got: ${JSON.stringify(frames[wrong])}`];
}

/** I5: a file holds its base or the approved content, and the latter exactly when the store says so. */
async function ofFolder(client: Client, folder: Evidence['folder']): Promise<string[]> {
  const { rows } = await client.query<{ path: string; state: string; run: string }>(
    `select files->0->>'path' as path, diffs.state, runs.state as run from diffs join runs on runs.id = run_id`,
  );
  const found: string[] = [];
  for (const { path, base, result } of folder.tasks) {
    const content = await folder.read(path);
    const diffs = rows.filter((row) => row.path === path);
    if (diffs.length > 1) found.push(`I5 ${path} has ${diffs.length} diffs`);
    // The only ambiguous case: a replica died between the effect and its row, and then the run was cancelled.
    const allowed = diffs.some(({ state, run }) => state === 'applying' && run === 'cancelled')
      ? [base, result]
      : [diffs.some(({ state }) => state === 'applied') ? result : base];
    if (!allowed.includes(content)) found.push(`I5 ${path} (${diffs[0]?.state ?? 'no diff'}): ${content.slice(0, 40)}`);
  }
  const strangers = await folder.strangers();
  return strangers.length === 0 ? found : [...found, `I5 left behind: ${strangers.join(', ')}`];
}

/** I7: every line of the audit leads to the next, up to the head that the database keeps. */
async function ofAudit(databaseUrl: string): Promise<string[]> {
  const chains = await verifyDatabase(databaseUrl);
  return chains.flatMap(({ name, verdict }) =>
    verdict.problems.map(({ position, problem }) => `I7 audit of ${name}, position ${position}: ${problem}`),
  );
}

/** I9: no error that the test has not caused, and no uncaught one. */
function ofProcesses({ servers, injected }: Evidence): string[] {
  const isOverloaded = scaled(1_000) > 1_000;
  return servers.flatMap(({ pid, lines }) =>
    lines
      .filter((line) => (line.startsWith('{') ? levelOf(line) >= ERROR_LEVEL : STACK.test(line)))
      .filter((line) => !injected?.test(line) && !(isOverloaded && line.includes(CONNECT_TIMEOUT)))
      .map((line) => `I9 process ${pid}: ${line.slice(0, 500)}`),
  );
}

function levelOf(line: string): number {
  return (JSON.parse(line) as { level?: number }).level ?? 0;
}

/** Key order and absent members say nothing. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
