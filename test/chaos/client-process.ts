import { AssentClient } from '@assent/client';
import { callback, verify, type CallbackDecision } from '@assent/client/webhooks';
import type { MethodResult, StartParams } from '@assent/contract';

/** What the process does when it is asked to, by the shipped client. */
const TASKS = {
  /** A decision, signed by the clock of this process. */
  sign: async ({ secret, decision }: { readonly secret: string; readonly decision: CallbackDecision }) => {
    const request = callback(secret)(decision);
    const headers = Object.fromEntries(request.headers);
    return { url: request.url, headers, body: await request.text(), nowMs: Date.now() };
  },

  /** @returns why a webhook was refused; nothing when it was verified */
  verify: ({ body, headers, secret }: { body: string; headers: Record<string, string>; secret: string }) => {
    try {
      verify(body, headers, secret);
      return '';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  },

  /** Starts a run, approves what it asks for, and reads it to its end. @returns its last frame */
  run: async ({ url, key, reviewerKey, params }: Seats & { readonly params: StartParams }) => {
    const client = new AssentClient({ url, key });
    const { approvals } = new AssentClient({ url, key: reviewerKey });
    const { runId } = await client.call('start', params);
    let last = '';
    for await (const frame of client.frames(runId)) {
      last = frame.type;
      if (frame.type === 'approval.requested') await approvals.approve(frame.approvalId, frame.hash);
    }
    return last;
  },

  /** Opens sessions by a one-time link. @returns their subjects, as the server knows them */
  openLink: async ({ url, key, reviewerKey }: Seats) => {
    const post = async (path: string, body: object, headers = {}) => {
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
      if (!response.ok) throw new Error(`POST ${path} answered ${response.status}: ${await response.text()}`);
      return response.json();
    };
    const link = await post('/session/links', { reviewerKey }, { authorization: `Bearer ${key}` });
    const [, token] = (link as MethodResult<'session/link'>).url.split('#in=');
    const { sessions } = (await post('/session', { token })) as MethodResult<'session/open'>;
    return Promise.all(
      sessions.map(async (session) => {
        const { subject } = await new AssentClient({ url, key: session.key }).call('session/get', {});
        return subject;
      }),
    );
  },
};

/** The local principals of a replica. */
interface Seats {
  readonly url: string;
  readonly key: string;
  readonly reviewerKey: string;
}

export type Tasks = typeof TASKS;
export type TaskName = keyof Tasks;
export interface TaskRequest {
  readonly id: number;
  readonly name: TaskName;
  readonly params: unknown;
}
export interface TaskReply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

process.on('message', ({ id, name, params }: TaskRequest) => {
  const task = TASKS[name] as (given: unknown) => unknown;
  const reply = (rest: Omit<TaskReply, 'id'>) => process.send?.({ id, ...rest } satisfies TaskReply);
  Promise.resolve()
    .then(() => task(params))
    .then(
      (value) => reply({ value }),
      (error: unknown) => reply({ error: error instanceof Error ? error.message : String(error) }),
    );
});
