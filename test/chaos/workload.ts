import { once } from 'node:events';
import type { Approval, StartParams } from '@assent/contract';
import { pick, wholeBetween, type Random } from '../../bench/support/random';
import { Cycle } from '../support/cycle';
import { eventually } from '../support/eventually';
import { allowed, askHook } from '../support/hooks';
import { connect, stateOf, textOf } from '../support/mcp-gateway';
import { decide } from '../support/pending';
import { callPlan } from '../support/plans';
import { DEVELOPER_KEY } from '../support/server-process';
import { OUTAGE_MS, reviewerOf, type DatabaseServer, type Installation } from './installation';

const FILES = 3;
/** Of the query: seconds for which a question or a call is held. */
export const HOLD = '?hold=8';
const APPEND = 'mcp.notes.append';
/** The answer of the gateway when a call may have been made. */
export const UNKNOWN = 'unknown';
const OK = 200;

type AnyInstallation = Installation<DatabaseServer>;

/** A run whose only action is a request that must not be made twice. */
class Order extends Cycle {
  constructor(
    name: string,
    private readonly url: string,
    { replicas }: AnyInstallation,
  ) {
    super({ path: name, base: '', result: '' }, replicas, replicas.developer, OUTAGE_MS);
  }

  protected override params(): StartParams {
    const { path } = this.task;
    return callPlan(
      'http.request',
      { method: 'POST', url: this.url, body: path },
      { workspace: 'work', idempotencyKey: path },
    );
  }
}

/** A client that does one thing until it has ended. Resolves when it has; adds to `broken` what must not happen. */
type Job = Promise<void>;

/** Clients of every kind at once; each does one thing and ends. @param number the same for no other call */
export function startWorkload(installation: AnyInstallation, random: Random, number: number): Job[] {
  return [
    ...Array.from({ length: FILES }, () => changeFile(installation, random)),
    order(installation, number),
    askPermission(installation, random, number),
    callGateway(installation, number),
  ];
}

/** Most runs are approved, some rejected, some cancelled at any time. */
async function changeFile(installation: AnyInstallation, random: Random): Job {
  const end = pick(random, ['approve', 'approve', 'approve', 'approve', 'reject', 'cancel'] as const);
  const cycle = await fileCycle(installation);
  await cycle.start();
  if (end === 'cancel') {
    if (random() < 0.5) await cycle.seen(pick(random, ['tree.built', 'diff.created', 'run.waiting'] as const));
    await cycle.cancel();
  } else if (end === 'reject') await cycle.reject();
  else await cycle.approve();
  await cycle.ended();
}

/** A run that changes a file of its own, among those that the oracle looks at. */
export async function fileCycle({ cycles, folder, replicas }: AnyInstallation, padding = 0): Promise<Cycle> {
  const cycle = new Cycle(await folder.task(padding), replicas, replicas.developer, OUTAGE_MS);
  cycles.push(cycle);
  return cycle;
}

async function order(installation: AnyInstallation, number: number): Job {
  const cycle = new Order(`order-${number}`, `${installation.shop.origin}/orders`, installation);
  installation.cycles.push(cycle);
  await cycle.start();
  await cycle.approve();
  await cycle.ended();
}

/** A coding agent that repeats its question until it has an answer, as the shipped hook does. */
async function askPermission(installation: AnyInstallation, random: Random, number: number): Job {
  const isAllowed = random() < 0.5;
  const command = `make target-${number}.`;
  const toolUseId = `use-${number}`;
  const answer = await whileReviewed(
    repeated('the answer of a hook', async () => {
      const reply = await askHook(installation.caller(DEVELOPER_KEY, serverOf(installation, random)), command, {
        toolUseId,
        query: HOLD,
      });
      const isOver = reply.status === OK && Object.keys(reply.body).length > 0;
      return isOver && reply;
    }),
    () => decideAll(installation, ({ goal }) => goal.includes(command), isAllowed ? 'approve' : 'reject'),
  );
  const isAllow = JSON.stringify(answer.body) === JSON.stringify(allowed());
  if (isAllow !== isAllowed) {
    installation.broken.push(`4 (one decision): "${command}" was answered ${JSON.stringify(answer.body)}`);
  }
}

/** A client of the MCP gateway that repeats its call until it has a result. Each approval of its call is granted. */
async function callGateway(installation: AnyInstallation, number: number): Job {
  const note = `note-${number}.`;
  const answer = await whileReviewed(
    repeated('the result of a gateway call', async () => {
      const [server] = installation.servers;
      if (!server) return null;
      const connecting = connect('client 2.4', { process: server }, { query: HOLD });
      try {
        const calling = connecting.then((client) => client.call('notes__append', { note }));
        const result = await Promise.race([calling, endOf(installation.goneSignal(server))]);
        const state = stateOf(result);
        if (state === 'pending' || isRetryable(result.structuredContent)) return null;
        return typeof state === 'string' ? state : textOf(result);
      } finally {
        connecting.then((client) => client.close()).catch(() => undefined);
      }
    }),
    () =>
      decideAll(
        installation,
        async ({ tool, approvalId }) => {
          if (tool !== APPEND) return false;
          const { patch } = await installation.replicas.reviewer.call('approval/diff/get', { approvalId });
          return patch.includes(`"${note}"`);
        },
        'approve',
      ),
  );
  const times = (await installation.calls()).filter((line) => line === note).length;
  const isDone = times === 1 && answer === `appended ${note}`;
  const isUnknown = times <= 1 && answer === UNKNOWN;
  if (!isDone && !isUnknown) {
    installation.broken.push(`2 (side effects): the call "${note}" was made ${times} times and answered ${answer}`);
  }
}

/** A client of MCP does not notice that its server was killed. */
async function endOf(gone: AbortSignal): Promise<never> {
  if (!gone.aborted) await once(gone, 'abort');
  throw new Error('the server is gone');
}

function isRetryable(content: Readonly<Record<string, unknown>> = {}): boolean {
  return content['retryable'] === true;
}

/** Repeats a call that an outage may cut off. */
function repeated<T>(what: string, call: () => Promise<T>): Promise<Exclude<T, undefined | null | false>> {
  return eventually(what, call, OUTAGE_MS);
}

/** Lets a reviewer decide what is pending until the answer has come. */
async function whileReviewed<T>(answer: Promise<T>, review: () => Promise<void>): Promise<T> {
  let isOver = false;
  const over = answer.finally(() => (isOver = true));
  over.catch(() => undefined);
  await eventually(
    'the answer of a person has an effect',
    async () => {
      if (!isOver) await review();
      return isOver;
    },
    OUTAGE_MS,
  );
  return over;
}

/** Decides what is pending and meant. */
async function decideAll(
  installation: AnyInstallation,
  isMeant: (approval: Approval) => boolean | Promise<boolean>,
  verb: 'approve' | 'reject',
): Promise<void> {
  const { items } = await installation.replicas.reviewer.approvals.list({ state: 'pending', limit: 100 });
  for (const approval of items) {
    if (await isMeant(approval)) await decide(reviewerOf(installation), approval, verb);
  }
}

function serverOf({ servers }: AnyInstallation, random: Random) {
  return servers[wholeBetween(random, 0, servers.length - 1)];
}
