import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Random } from '../../bench/support/random';
import { eventually } from '../support/eventually';
import { person } from '../support/people';
import { DEVELOPER_KEY, REVIEWER_KEY, type ServerProcess } from '../support/server-process';
import { createWebhook, signedByHand, signedMessage } from '../support/webhooks';
import { paramsOf } from '../support/work-folder';
import type { TaskName, TaskReply, TaskRequest, Tasks } from './client-process';
import { serverOf, type Fault } from './fault';
import { OUTAGE_MS, SHIFTED_CLOCK, reviewerOf, type Installation } from './installation';
import { fileCycle } from './workload';

const PROGRAM = join(__dirname, 'client-process.ts');
const HOUR_MS = 3_600_000;
/** Of a type that does not occur: this webhook only signs. */
const NO_EVENTS = ['memory.drift'];
const OK = 200;
const UNAUTHENTICATED = 401;
const INTERNAL = 500;
const REFUSAL = "The webhook-timestamp differs from the server's time";

/** Clients whose clock is wrong. What depends on it is refused with the reason, and works after the clock is set. */
export const CLIENT_CLOCKS: readonly Fault[] = [
  { name: 'clients whose clock is an hour late', clients: 'working', strike: (...scene) => shift(-HOUR_MS, ...scene) },
  { name: 'clients whose clock is an hour early', clients: 'working', strike: (...scene) => shift(HOUR_MS, ...scene) },
];

/** A process of clients with another clock. */
class ClientProcess {
  private nextId = 0;

  private constructor(private readonly child: ChildProcess) {
    // Each task adds a listener.
    child.setMaxListeners(0);
  }

  static start(shiftMs: number): ClientProcess {
    return new ClientProcess(
      fork(PROGRAM, {
        execArgv: [...process.execArgv, '--require', SHIFTED_CLOCK],
        env: { ...process.env, CLOCK_SHIFT_MS: String(shiftMs) },
      }),
    );
  }

  /** @throws Error with the message of what failed there */
  async do<N extends TaskName>(name: N, params: Parameters<Tasks[N]>[0]): Promise<Awaited<ReturnType<Tasks[N]>>> {
    this.nextId += 1;
    const id = this.nextId;
    const answer = new Promise<TaskReply>((resolve) => {
      const receive = (reply: TaskReply): void => {
        if (reply.id !== id) return;
        this.child.off('message', receive);
        resolve(reply);
      };
      this.child.on('message', receive);
    });
    this.child.send({ id, name, params } satisfies TaskRequest);
    const { value, error } = await answer;
    if (error !== undefined) throw new Error(`The client process could not ${name}: ${error}`);
    return value as Awaited<ReturnType<Tasks[N]>>;
  }

  async end(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.kill();
    await gone;
  }
}

/** @returns whether a callback and a webhook were refused for their time */
async function shift(shiftMs: number, installation: Installation, random: Random): Promise<boolean> {
  const clients = ClientProcess.start(shiftMs);
  const { receiver } = installation;
  const { answer } = receiver;
  const refused = new Set<string>();
  receiver.answer = (response, { headers }) => {
    const body = receiver.requests.at(-1)?.body ?? '';
    const message = { body, headers: headers as Record<string, string>, secret: installation.webhook.secret };
    clients.do('verify', message).then(
      (error) => {
        if (error.includes('timestamp')) refused.add(String(headers['webhook-id']));
        else installation.broken.push(`8 (webhooks): a webhook that is an hour off was not refused for it: ${error}`);
        response.writeHead(UNAUTHENTICATED).end();
      },
      () => response.destroy(),
    );
  };
  try {
    const server = serverOf(installation, random);
    const isRefused = await decideByCallback(installation, clients, server, shiftMs);
    await work(installation, clients, server);
    await eventually('a webhook is refused', () => refused.size > 0);
    receiver.answer = answer;
    await arriveAgain(installation, refused);
    return isRefused;
  } finally {
    receiver.answer = answer;
    await clients.end();
  }
}

/** A decision that the client signs by its clock is refused; signed again by a right clock it takes effect. */
async function decideByCallback(
  installation: Installation,
  clients: ClientProcess,
  server: ServerProcess,
  shiftMs: number,
): Promise<boolean> {
  const secret = await callbackKey(installation, server);
  const cycle = await fileCycle(installation);
  await cycle.start();
  const { approvalId, hash } = await cycle.seen('approval.requested');
  const decision = { url: server.url, approvalId, decision: 'approve', hash } as const;
  const late = await clients.do('sign', { secret, decision });
  const first = await send(() => late);
  const stored = await installation.rows('select from decisions where approval_id = $1', [approvalId]);
  if (first.status !== UNAUTHENTICATED || !first.text.includes(REFUSAL) || stored.length > 0) {
    installation.broken.push(
      `4 (one decision): a callback that is an hour off was answered ${first.status} ${first.text}`,
    );
  }
  const second = await send(() => {
    const at = new Date(Date.now() + installation.clockShiftOf(server));
    return { url: late.url, ...signedMessage(secret, { decision: 'approve', hash }, { at }) };
  });
  if (second.status !== OK) {
    installation.broken.push(`4 (one decision): a callback with the time of the server was answered ${second.text}`);
  }
  await cycle.ended();
  return Math.abs(late.nowMs - Date.now() - shiftMs) < HOUR_MS / 2;
}

/** The key of a webhook that nobody made who starts runs. */
async function callbackKey(installation: Installation, server: ServerProcess): Promise<string> {
  const statements = { query: (text: string, values: unknown[]) => installation.rows(text, values) };
  const integrator = await person(statements, server.url, 'integrator', [], ['webhook:admin']);
  return eventually(
    'a callback key',
    async () => {
      const { id } = await createWebhook(integrator, `${installation.receiver.origin}/none`, NO_EVENTS);
      const response = await reviewerOf(installation).post(`/webhooks/${id}/callback-key`, {});
      return ((await response.json()) as { secret?: string }).secret;
    },
    OUTAGE_MS,
  );
}

/** @param message made anew for each attempt, of which an outage may cut off some */
function send(
  message: () => { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string },
): Promise<{ readonly status: number; readonly text: string }> {
  return eventually(
    'the answer of a callback',
    async () => {
      const { url, headers, body } = message();
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
      return response.status < INTERNAL && { status: response.status, text: await response.text() };
    },
    OUTAGE_MS,
  );
}

/** What does not depend on the clock of the client: a run from its start to its end, and a one-time link. */
async function work(installation: Installation, clients: ClientProcess, { url }: ServerProcess): Promise<void> {
  const seats = { url, key: DEVELOPER_KEY, reviewerKey: REVIEWER_KEY };
  const cycle = await fileCycle(installation);
  const params = paramsOf(cycle.task, cycle.task.path);
  const last = await eventually('the end of a run', () => clients.do('run', { ...seats, params }), OUTAGE_MS);
  // For the oracle: the same run, by its idempotency key.
  await cycle.start();
  await cycle.ended();
  const subjects = await eventually('sessions by a link', () => clients.do('openLink', seats), OUTAGE_MS);
  if (last === 'run.completed' && subjects.join() === 'developer,reviewer') return;
  installation.broken.push(
    `1 (durable runs): where the clock of the client was wrong, a run ended with ${last}, a link opened sessions of ${subjects.join()}`,
  );
}

/** Each refused webhook comes again, signed, once the receiver accepts it. */
async function arriveAgain(installation: Installation, refused: ReadonlySet<string>): Promise<void> {
  const { receiver, webhook } = installation;
  const before = receiver.requests.length;
  await eventually(
    'the refused webhooks arrive again',
    async () => {
      await installation.makeWebhooksDue();
      const signed = receiver.requests.slice(before).filter((request) => signedByHand(request, webhook.secret));
      const arrived = new Set(signed.map(({ headers }) => String(headers['webhook-id'])));
      return [...refused].every((id) => arrived.has(id));
    },
    OUTAGE_MS,
  );
}
