import { pick, wholeBetween, type Random } from '../../bench/support/random';
import type { BarredChange } from '../support/barrier';
import type { Cycle } from '../support/cycle';
import { EventReceiver } from '../support/event-receiver';
import { eventually } from '../support/eventually';
import { allowed, askHook, denied, pendingQuestion } from '../support/hooks';
import { untilAsked } from '../support/kill-points';
import { askMcp, connect, pendingApproval, stateOf, textOf } from '../support/mcp-gateway';
import { decide } from '../support/pending';
import { DEVELOPER_KEY, REVIEWER_KEY, type ServerProcess } from '../support/server-process';
import { ping, signedByHand } from '../support/webhooks';
import { killAtBarrier, killsAt, pairOf, victimOf, withBarrier, type Fault } from './fault';
import type { Installation } from './installation';
import { HOLD, UNKNOWN, fileCycle } from './workload';

const MANY = 1_000_000_000;
const GROUP = 6;
const OVERLAP_SECONDS = 3_600;

/**
 * `kill -9` between an effect and its record, or between a commit and its answer: the statement has reached the
 * database, and is lost or carried out after the death of its process.
 */
export const KILLS_AT_COMMITS: readonly Fault[] = [
  ...killsAt('a commit of a run is sent and not answered', killAtCommit),
  ...killsAt('one transaction with the commits of several runs is sent and not answered', killAtGroup),
  ...killsAt('a permission hook is answered and its answer not recorded', killAfterAnswer),
  ...killsAt('the result of a tool of the MCP gateway is there and not recorded', killAtResult),
  ...killsAt('a webhook is received and not recorded', killAfterWebhook),
  ...killsAt('an MCP subscription is sent an event and its position not recorded', killAfterEvent),
  ...killsAt('the secret of a webhook is replaced and not answered', killAtRotation),
];

type Victim = ReturnType<typeof victimOf>;

/** A commit of a run, by the type of a frame in it. */
interface RunCommit {
  readonly type: string;
  /** It comes after the decision, so the run is brought to its approval first. */
  readonly isAsked: boolean;
  readonly approach: (cycle: Cycle, victim: Victim) => Promise<unknown>;
}

const start: RunCommit['approach'] = (cycle, { developer }) => cycle.tryToStart(developer);
const approve: RunCommit['approach'] = (cycle, { reviewer }) => cycle.tryToApprove(reviewer);
const RUN_COMMITS: readonly [RunCommit, ...RunCommit[]] = [
  { type: 'run.started', isAsked: false, approach: start },
  { type: 'tree.built', isAsked: false, approach: start },
  { type: 'approval.decided', isAsked: true, approach: approve },
  { type: 'tool.started', isAsked: true, approach: approve },
  { type: 'diff.applied', isAsked: true, approach: approve },
];

async function killAtCommit(installation: Installation, random: Random, isLost: boolean): Promise<boolean> {
  const { type, isAsked, approach } = pick(random, RUN_COMMITS);
  const scene = victimOf(installation);
  const cycle = await fileCycle(installation);
  if (isAsked) await untilAsked(cycle, scene.developer);
  await withBarrier(installation, async (barrier) => {
    await barrier.changesOf(frameOf(type));
    ignored(approach(cycle, scene));
    await killAtBarrier(installation, barrier, [scene.victim], isLost);
  });
  await Promise.all([cycle.finish(), installation.repair()]);
  return true;
}

/** Runs that are started while the commit of another one is on its way share a transaction. */
async function killAtGroup(installation: Installation, _random: Random, isLost: boolean): Promise<boolean> {
  const { victim, developer } = victimOf(installation);
  const cycles: Cycle[] = [];
  for (let count = 0; count < GROUP; count += 1) cycles.push(await fileCycle(installation));
  let transactions: { readonly runs: number }[] = [];
  await withBarrier(installation, async (barrier) => {
    await barrier.changesOf(frameOf('run.started'));
    for (const cycle of cycles) ignored(cycle.tryToStart(developer));
    // The first commit, and the group behind it.
    await barrier.waiters(2);
    await killAtBarrier(installation, barrier, [victim], isLost);
  });
  if (!isLost) {
    const paths = cycles.map(({ task: { path } }) => path);
    transactions = await eventually('the group is committed', async () => {
      const found = await installation.rows<{ runs: number }>(
        `select count(*)::integer as runs from frames join idempotency_keys on idempotency_keys.run_id = frames.run_id
         where frames.seq = 1 and idempotency_keys.key = any($1) group by frames.xmin`,
        [paths],
      );
      return found.length > 1 && found;
    });
  }
  await Promise.all([...cycles.map((cycle) => cycle.finish()), installation.repair()]);
  return isLost || transactions.some(({ runs }) => runs > 1);
}

async function killAfterAnswer(installation: Installation, random: Random, isLost: boolean): Promise<boolean> {
  const { victim, survivor } = pairOf(installation);
  const command = `make answer-${wholeBetween(random, 0, MANY)}.`;
  const asked = { toolUseId: command, query: HOLD };
  const asking = askHook(installation.caller(DEVELOPER_KEY, victim), command, asked);
  const reviewer = installation.caller(REVIEWER_KEY, survivor);
  const approval = await pendingQuestion(reviewer, command);
  await withBarrier(installation, async (barrier) => {
    await barrier.changesOf({
      table: 'agent_permissions',
      operation: 'update',
      when: 'old.is_served and new.served_at is null',
    });
    await decide(reviewer, approval, 'approve');
    const { body } = await asking;
    expectAnswer(installation, command, body, allowed());
    await killAtBarrier(installation, barrier, [victim], isLost);
  });
  await installation.repair();
  // What only time would do: the time limit of the dead replica's answer is over.
  await installation.rows(
    `update agent_permissions set served_at = served_at - interval '1 minute' where approval_id = $1`,
    [approval.approvalId],
  );
  // The decision was used: the same question is another one, with a decision of its own.
  const again = askHook(installation.caller(DEVELOPER_KEY, survivor), command, asked);
  await decide(reviewer, await pendingQuestion(reviewer, command), 'reject');
  const { body } = await again;
  const { hookSpecificOutput } = body as { hookSpecificOutput?: { decision?: { message?: unknown } } };
  expectAnswer(installation, command, body, denied(hookSpecificOutput?.decision?.message));
  return true;
}

function expectAnswer({ broken }: Installation, command: string, body: object, expected: object): void {
  const answer = JSON.stringify(body);
  if (answer !== JSON.stringify(expected)) broken.push(`4 (one decision): "${command}" was answered ${answer}`);
}

async function killAtResult(installation: Installation, random: Random, isLost: boolean): Promise<boolean> {
  const { victim, survivor } = pairOf(installation);
  const note = `result-${wholeBetween(random, 0, MANY)}.`;
  const times = async () => (await installation.calls()).filter((line) => line === note).length;
  const connectTo = (process: ServerProcess) => connect('client 2.4', { process }, { query: '?hold=60' });
  const client = await connectTo(victim);
  const calling = client.call('notes__append', { note }).catch(() => null);
  const reviewer = installation.caller(REVIEWER_KEY, survivor);
  const approval = await pendingApproval(reviewer, 'mcp.notes.append');
  const caller = await withBarrier(installation, async (barrier) => {
    await barrier.changesOf(frameOf('tool.completed'));
    await decide(reviewer, approval, 'approve');
    await barrier.waiters(1);
    const owner = await installation.ownerOf(approval.runId);
    await killAtBarrier(installation, barrier, [owner], isLost);
    return owner;
  });
  await installation.repair();
  // A client of MCP does not notice that its server was killed.
  if (caller === victim) await client.close();
  const again = await connectTo(caller === victim ? survivor : victim);
  try {
    const result = (await calling) ?? (await again.call('notes__append', { note }));
    const count = await times();
    const isRight = isLost ? stateOf(result) === UNKNOWN : textOf(result) === `appended ${note}`;
    if (!isRight || count !== 1) {
      const answer = JSON.stringify(result.structuredContent ?? textOf(result));
      installation.broken.push(`2 (side effects): the tool "append" was called ${count} times and answered ${answer}`);
    }
  } finally {
    await Promise.all([client.close(), again.close()]);
  }
  return true;
}

async function killAfterWebhook(installation: Installation, _random: Random, isLost: boolean): Promise<boolean> {
  const { receiver } = installation;
  const cycle = await fileCycle(installation);
  const before = receiver.requests.length;
  await withBarrier(installation, async (barrier) => {
    await barrier.changesOf({ table: 'webhook_deliveries', operation: 'update', when: `new.state = 'delivered'` });
    await cycle.start();
    await eventually('a webhook', () => receiver.requests.length > before);
    // Which replica has sent it is not known from outside.
    await killAtBarrier(installation, barrier, [...installation.servers], isLost);
  });
  await installation.repair();
  await cycle.finish();
  return true;
}

async function killAfterEvent(installation: Installation, _random: Random, isLost: boolean): Promise<boolean> {
  const { victim } = pairOf(installation);
  const receiver = await EventReceiver.open();
  try {
    const { result, error } = await askMcp({ process: victim }, 'events/subscribe', receiver.params());
    if (error !== undefined) throw new Error(`events/subscribe answered ${JSON.stringify(error)}`);
    const { id } = result as { readonly id: string };
    const cycle = await fileCycle(installation);
    await withBarrier(installation, async (barrier) => {
      await barrier.changesOf({
        table: 'event_subscriptions',
        operation: 'update',
        when: 'new.last_delivery_at is distinct from old.last_delivery_at',
      });
      await cycle.start();
      await cycle.reject();
      await barrier.waiters(1);
      await killAtBarrier(installation, barrier, [...installation.servers], isLost);
    });
    await installation.repair();
    await cycle.ended();
    // What only time would do: the lease of the dead replica is over.
    await installation.rows('update event_subscriptions set lease_until = null where id = $1', [id]);
    await eventually('the position of the subscription', async () => {
      const behind = await installation.rows(
        `select from event_subscriptions s join approval_inboxes inbox on inbox.tenant_id = s.tenant_id
         where s.id = $1 and s.last_delivery_at is not null and s.position = inbox.seq and s.lease_until is null`,
        [id],
      );
      return behind.length === 1;
    });
    const bodies = new Set(receiver.messages.map(({ headers, body }) => `${String(headers['webhook-id'])} ${body}`));
    const sent = receiver.messages.length;
    if (bodies.size !== 1 || sent !== (isLost ? 2 : 1)) {
      installation.broken.push(
        `8 (webhooks): an event of an MCP subscription was sent ${sent} times: ${[...bodies].join('; ')}`,
      );
    }
    await installation.rows('delete from event_subscriptions where id = $1', [id]);
  } finally {
    await receiver.close();
  }
  return true;
}

/** The caller does not get the secret, so it is replaced again; later webhooks are signed with the last one. */
async function killAtRotation(installation: Installation, _random: Random, isLost: boolean): Promise<boolean> {
  const { webhook, receiver } = installation;
  const { victim, survivor } = pairOf(installation);
  const params = { webhookId: webhook.id, overlapSeconds: OVERLAP_SECONDS };
  await withBarrier(installation, async (barrier) => {
    await barrier.changesOf({ table: 'webhook_endpoints', operation: 'update', when: 'new.secret <> old.secret' });
    ignored(installation.caller(DEVELOPER_KEY, victim).call('webhook/rotate_secret', params));
    await killAtBarrier(installation, barrier, [victim], isLost);
  });
  const admin = installation.caller(DEVELOPER_KEY, survivor);
  const { secret } = await admin.call('webhook/rotate_secret', params);
  installation.webhook = { ...webhook, secret };
  await installation.repair();
  const before = receiver.requests.length;
  await ping(admin, webhook.id);
  await eventually('a webhook that is signed with the new secret', () =>
    receiver.requests.slice(before).some((request) => signedByHand(request, secret)),
  );
  return true;
}

function frameOf(type: string): BarredChange {
  return { table: 'frames', operation: 'insert', when: `new.type = '${type}'` };
}

/** A call that the kill cuts off may fail. */
function ignored(call: Promise<unknown>): void {
  call.catch(() => undefined);
}
