import type { DecisionVerb } from '@assent/contract';
import type { Caller, WireAnswer } from './caller';
import type { Asked } from './decision-transports';
import { signedMessage } from './webhooks';

/** What a decision is made with: a key or token, or the secret that callbacks are signed with. */
export type Credential =
  | { readonly kind: 'key'; readonly caller: Caller }
  /** `account`: the Slack account for which it is signed. */
  | { readonly kind: 'secret'; readonly secret: string; readonly account?: string };

/** One way to decide. A new way to decide is a new row here, and is then tried with every credential. */
export interface Way {
  readonly name: string;
  readonly kind: Credential['kind'];
  /** @returns the HTTP status that REST gives for the same answer */
  decide(at: string, asked: Asked, verb: DecisionVerb, credential: Credential): Promise<number>;
}

const STATUS_OF_CODE: Readonly<Record<number, number>> = { [-32001]: 404, [-32002]: 409, [-32003]: 403, [-32005]: 412 };

export const WAYS: readonly Way[] = [
  byKey('REST', async (caller, { approvalId, hash }, verb) =>
    statusOf(await caller.post(`/approvals/${approvalId}/${verb}`, {}, { 'if-match': `"${hash}"` })),
  ),
  byKey('RPC', async (caller, { approvalId, hash }, decision) => {
    const params = { approvalId, decision, hash };
    const response = await caller.post('/rpc', { jsonrpc: '2.0', id: 1, method: 'approval/decide', params });
    if (response.status !== 200) return statusOf(response);
    const { error } = (await response.json()) as WireAnswer;
    return error ? (STATUS_OF_CODE[error.code] ?? error.code) : 200;
  }),
  byKey('batch', async (caller, { approvalId, hash }, decision) => {
    const response = await caller.post('/approvals/decisions', { decisions: [{ approvalId, decision, hash }] });
    if (response.status !== 200) return statusOf(response);
    const { items } = (await response.json()) as { items: { status: number }[] };
    return items[0]?.status ?? 0;
  }),
  byKey('JSON-RPC response', async (caller, { requestId: id, hash }, decision) =>
    statusOf(await caller.post('/rpc', { jsonrpc: '2.0', id, result: { decision, hash } })),
  ),
  byKey('revision and its approval', async (caller, { approvalId, hash }) =>
    statusOf(await caller.post(`/approvals/${approvalId}/approve`, { hunks: [1] }, { 'if-match': `"${hash}"` })),
  ),
  {
    name: 'callback',
    kind: 'secret',
    decide: async (at, { approvalId, hash }, decision, credential) => {
      if (credential.kind !== 'secret') throw new Error('a callback is signed with a secret');
      const { secret, account } = credential;
      const named = account !== undefined && { onBehalfOf: { provider: 'slack', externalId: account } };
      const { body, headers } = signedMessage(secret, { decision, hash, ...named });
      const type = { 'content-type': 'application/json' };
      return statusOf(
        await fetch(`${at}/approvals/${approvalId}/callback`, {
          method: 'POST',
          body,
          headers: { ...type, ...headers },
        }),
      );
    },
  },
];

function byKey(name: string, decide: (caller: Caller, asked: Asked, verb: DecisionVerb) => Promise<number>): Way {
  return {
    name,
    kind: 'key',
    decide: (_at, asked, verb, credential) => {
      if (credential.kind !== 'key') throw new Error(`${name} takes a key`);
      return decide(credential.caller, asked, verb);
    },
  };
}

async function statusOf(response: Response): Promise<number> {
  await response.arrayBuffer();
  return response.status;
}
