import type { StartParams } from '@assent/contract';
import { wholeBetween, type Random } from '../../bench/support/random';
import { Barrier } from '../support/barrier';
import { Cycle } from '../support/cycle';
import { eventually } from '../support/eventually';
import { allowed, askHook, pendingQuestion, type HookReply } from '../support/hooks';
import { FATES } from '../support/kill-points';
import { connect, pendingApproval, stateOf, type GatewayClient } from '../support/mcp-gateway';
import type { RecordedCall } from '../support/model-endpoint';
import { says, silentAt } from '../support/model-replies';
import { FINISHES } from '../support/model-scene';
import { decide } from '../support/pending';
import { DEVELOPER_KEY, REVIEWER_KEY, type ServerProcess } from '../support/server-process';
import { own, pairOf, type Fault } from './fault';
import { OUTAGE_MS, type Installation } from './installation';
import { HOLD, UNKNOWN } from './workload';

const TOOL = 'notes__waits';
const WAITS = 'mcp.notes.waits';
/** Written by the MCP server for every call of this tool. */
const WAITS_LINE = 'waits';
const MANY = 1_000_000_000;
const STEP = /Step (\d+) of/;

/** `kill -9` of a replica in the middle of a call: of a permission hook, through the gateway, to a model. */
export const KILLS_IN_CALLS: readonly Fault[] = [
  own('kill -9 where a permission hook is held and not decided', killHeld),
  ...FATES.map(([fate, isLost]) =>
    own(`kill -9 where a permission hook is decided and not answered; its claim ${fate}`, (installation, random) =>
      killAtClaim(installation, random, isLost),
    ),
  ),
  own('kill -9 where the MCP gateway waits for the result of a tool', killInGatewayCall),
  own('kill -9 where a model is asked and has sent nothing', (installation) =>
    killInModelCall(installation, 1, 'headers'),
  ),
  own('kill -9 where a model has sent a part of its answer', (installation) => killInModelCall(installation, 1, 'gap')),
  own('kill -9 where a model is asked after its change was applied', (installation) =>
    killInModelCall(installation, 2, 'headers'),
  ),
];

async function killHeld(installation: Installation, random: Random): Promise<boolean> {
  const { victim, survivor } = pairOf(installation);
  const command = commandOf(random);
  const isAllowed = random() < 0.5;
  const asking = askUnlessKilled(installation, command, victim);
  const reviewer = installation.caller(REVIEWER_KEY, survivor);
  const approval = await pendingQuestion(reviewer, command);
  await installation.kill(victim);
  const isCutOff = (await asking) === null;
  await decide(reviewer, approval, isAllowed ? 'approve' : 'reject');
  await expectAnswer(installation, command, survivor, isAllowed);
  return isCutOff;
}

async function killAtClaim(installation: Installation, random: Random, isLost: boolean): Promise<boolean> {
  const { victim, survivor } = pairOf(installation);
  const command = commandOf(random);
  const asking = askUnlessKilled(installation, command, victim);
  const reviewer = installation.caller(REVIEWER_KEY, survivor);
  const approval = await pendingQuestion(reviewer, command);
  const barrier = await Barrier.open(installation.databaseUrl);
  try {
    await barrier.writesOf('agent_permissions');
    await decide(reviewer, approval, 'approve');
    const waiters = await barrier.waiters(1);
    await installation.kill(victim);
    if (isLost) await barrier.cut(waiters);
  } finally {
    await barrier.lift();
  }
  const isCutOff = (await asking) === null;
  const claims = () =>
    installation.rows(
      'select from agent_permissions where approval_id = $1 and served_at is not null and not is_served',
      [approval.approvalId],
    );
  await eventually('the fate of the claim', async () => (await claims()).length === (isLost ? 0 : 1));
  // What only time would do: the time limit of the dead replica's answer is over.
  await installation.rows(
    `update agent_permissions set served_at = served_at - interval '1 minute' where approval_id = $1`,
    [approval.approvalId],
  );
  await expectAnswer(installation, command, survivor, true);
  return isCutOff;
}

/** @returns null when the connection broke */
function askUnlessKilled(
  installation: Installation,
  command: string,
  server: ServerProcess,
): Promise<HookReply | null> {
  return askHook(installation.caller(DEVELOPER_KEY, server), command).catch(() => null);
}

/** The repeated question gets the decision. */
async function expectAnswer(
  installation: Installation,
  command: string,
  server: ServerProcess,
  isAllowed: boolean,
): Promise<void> {
  const { body } = await askHook(installation.caller(DEVELOPER_KEY, server), command, { query: HOLD });
  if ((JSON.stringify(body) === JSON.stringify(allowed())) === isAllowed && Object.keys(body).length > 0) return;
  installation.broken.push(`4 (one decision): "${command}" was answered ${JSON.stringify(body)}`);
}

async function killInGatewayCall(installation: Installation, random: Random): Promise<boolean> {
  const { victim, survivor } = pairOf(installation);
  const args = { note: `waits-${wholeBetween(random, 0, MANY)}` };
  const waiting = async () => (await installation.calls()).filter((line) => line === WAITS_LINE).length;
  const before = await waiting();
  const client = await connectTo(victim);
  const calling = client.call(TOOL, args).catch(() => null);
  const reviewer = installation.caller(REVIEWER_KEY, survivor);
  const approval = await pendingApproval(reviewer, WAITS);
  await decide(reviewer, approval, 'approve');
  await eventually('the call of the tool', async () => (await waiting()) > before);
  const caller = await installation.ownerOf(approval.runId);
  await installation.kill(caller);
  await installation.repair();
  // A client of MCP does not notice that its server was killed.
  if (caller === victim) await client.close();
  const again = await connectTo(caller === victim ? survivor : victim);
  try {
    // Null: its server is dead. Another server that held the call has answered it, and the next call is another one.
    const result = (await calling) ?? (await again.call(TOOL, args));
    const times = (await waiting()) - before;
    if (stateOf(result) !== UNKNOWN || times !== 1) {
      const answer = JSON.stringify(result.structuredContent);
      installation.broken.push(`2 (side effects): the tool "waits" was called ${times} times and answered ${answer}`);
    }
  } finally {
    await Promise.all([client.close(), again.close()]);
  }
  return true;
}

function connectTo(server: ServerProcess): Promise<GatewayClient> {
  return connect('client 2.4', { process: server }, { query: '?hold=60' });
}

/** A run without a plan of its own: a model plans the change, and after it the end. */
class PlannedByModel extends Cycle {
  protected override params(): StartParams {
    const { path } = this.task;
    return { goal: `Bring ${path} up to date`, workspace: 'work', memory: false, idempotencyKey: path };
  }
}

/** @param step of the run whose call is not answered, when it is made for the first time */
async function killInModelCall(installation: Installation, step: number, clock: 'headers' | 'gap'): Promise<boolean> {
  const { model, folder, replicas, cycles } = installation;
  const task = await folder.task();
  const args = { path: task.path, content: task.result };
  const answers = [says({ text: ['Write.'], calls: [{ name: 'file_write', args }] }), says(FINISHES)];
  let chosen: RecordedCall | undefined;
  let silent: RecordedCall | undefined;
  model.script((call) => {
    const at = stepOf(call);
    if (at !== step || chosen) return answers[at - 1] ?? says(FINISHES);
    chosen = call;
    return async (exchange) => {
      await silentAt(clock)(exchange);
      silent = call;
    };
  });
  const cycle = new PlannedByModel(task, replicas, replicas.developer, OUTAGE_MS);
  cycles.push(cycle);
  await cycle.start();
  if (step > 1) await cycle.approve();
  const { abandoned } = await eventually('the model is silent', () => silent);
  await installation.kill(await installation.ownerOf(cycle.runId));
  const isCutOff = await abandoned;
  await installation.repair();
  if (step === 1) await cycle.approve();
  await cycle.ended();
  const steps = model.calls.map(stepOf);
  // Each takeover asks once more, also of a replica that was too slow to keep its lease.
  const takeovers = cycle.frames.filter((frame) => frame.type === 'run.resumed' && frame.reason === 'takeover').length;
  const isRight = steps.length > answers.length && steps.length <= answers.length + takeovers;
  if (!isRight || cycle.find('run.completed') === undefined) {
    installation.broken.push(
      `1 (durable runs): run ${cycle.runId} ended with ${cycle.frames.at(-1)?.type ?? 'no frame'} and asked its model in the steps ${steps.join(', ')}`,
    );
  }
  model.script([]);
  return isCutOff;
}

function stepOf({ body }: RecordedCall): number {
  return Number(STEP.exec(body.messages.at(-1)?.content ?? '')?.[1]);
}

/** No other question has the text. */
function commandOf(random: Random): string {
  return `make question-${wholeBetween(random, 0, MANY)}.`;
}
