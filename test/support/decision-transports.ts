import type { DecisionVerb } from '@assent/contract';
import type { Caller } from './caller';
import { signedMessage } from './webhooks';

/** The approval that a reviewer decides. */
export interface Asked {
  readonly approvalId: string;
  readonly requestId: string;
  readonly hash: string;
}

/** `lost`: another decision was first; `gone`: it has expired; anything else is a failure, in words. */
export type Said = 'taken' | 'lost' | 'gone' | (string & {});

/** One way to decide, always by the same person. */
export interface DecisionTransport {
  readonly name: string;
  /** Who decides, as the decision names them. */
  readonly actor: string;
  /** @param at address of the server process */
  decide(at: string, asked: Asked, verb: DecisionVerb): Promise<Said>;
}

/** Keys of three people, and what another system signs with. */
export interface TransportKeys {
  readonly rest: { readonly key: Caller; readonly actor: string };
  readonly rpc: { readonly key: Caller; readonly actor: string };
  readonly answer: { readonly key: Caller; readonly actor: string };
  readonly callback: { readonly webhookId: string; readonly secret: string };
}

const SAID: Readonly<Record<number, Said>> = {
  200: 'taken',
  202: 'taken',
  409: 'lost',
  410: 'gone',
  [-32002]: 'lost',
  [-32008]: 'gone',
};

/** The four transports of a decision: REST, RPC, the answer to a request in the stream, a signed callback. */
export function decisionTransports({ rest, rpc, answer, callback }: TransportKeys): readonly DecisionTransport[] {
  return [
    {
      name: 'REST',
      actor: rest.actor,
      decide: async (at, { approvalId, hash }, verb) =>
        heard(
          await send(`${at}/approvals/${approvalId}/${verb}`, '{}', {
            ...rest.key.authorization,
            'if-match': `"${hash}"`,
          }),
        ),
    },
    {
      name: 'RPC',
      actor: rpc.actor,
      decide: async (at, { approvalId, hash }, decision) => {
        const params = { approvalId, decision, hash };
        const call = { jsonrpc: '2.0', id: 1, method: 'approval/decide', params };
        const response = await send(`${at}/rpc`, JSON.stringify(call), rpc.key.authorization);
        if (response.status !== 200) return heard(response);
        const { error } = (await response.json()) as { error?: { code: number; message: string } };
        return error ? (SAID[error.code] ?? `RPC error ${error.code}: ${error.message}`) : 'taken';
      },
    },
    {
      name: 'answer',
      actor: answer.actor,
      decide: async (at, { requestId: id, hash }, decision) =>
        heard(
          await send(
            `${at}/rpc`,
            JSON.stringify({ jsonrpc: '2.0', id, result: { decision, hash } }),
            answer.key.authorization,
          ),
        ),
    },
    {
      name: 'callback',
      actor: `webhook:${callback.webhookId}`,
      decide: async (at, { approvalId, hash }, decision) => {
        const { body, headers } = signedMessage(callback.secret, { decision, hash });
        return heard(await send(`${at}/approvals/${approvalId}/callback`, body, headers));
      },
    },
  ];
}

function send(url: string, body: string, headers: Readonly<Record<string, string>>): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
}

async function heard(response: Response): Promise<Said> {
  const text = await response.text();
  return SAID[response.status] ?? `${response.status} ${text}`;
}
