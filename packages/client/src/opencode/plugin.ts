import { setTimeout as pause } from 'node:timers/promises';

/** Below the 300 s after which a runtime's fetch gives up on a response. A question that is still open is asked again. */
const HOLD_SECONDS = 240;
const PAUSE_MS = 1_000;
const TOO_MANY_REQUESTS = 429;
const SERVER_ERROR = 500;

/** `permission.asked` of opencode, and an item of its `GET /permission`. */
interface Question {
  readonly id: string;
  readonly sessionID: string;
  readonly permission: string;
  readonly patterns: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly tool?: { readonly messageID: string; readonly callID: string };
}

interface Event {
  readonly type: string;
  readonly properties: unknown;
}

export type Send = (request: {
  readonly url: string;
  readonly path?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}) => Promise<{ readonly data?: unknown }>;

/** The parts of opencode's plugin input that are used. */
interface Host {
  readonly directory: string;
  readonly client: { readonly _client: { readonly get: Send; readonly post: Send } };
}

interface Decision {
  readonly decision: 'allow' | 'deny' | 'ask';
  readonly message: string;
}

/**
 * The plugin of opencode: puts each permission question to Assent and replies `once` or `reject`. While the
 * server cannot be reached the question stays open in opencode, where the person at the terminal can answer too.
 */
export const Assent = ({ client: { _client: host }, directory }: Host) => {
  const { ASSENT_URL = 'http://127.0.0.1:8080', ASSENT_KEY = '' } = process.env;
  const url = `${ASSENT_URL.replace(/\/$/, '')}/hooks/generic?hold=${HOLD_SECONDS}`;
  const open = new Map<string, AbortController>();

  /** The arguments of the tool call, which the question itself lacks for most tools. */
  const argumentsOf = async ({ sessionID, tool }: Question): Promise<object> => {
    if (!tool) return {};
    const path = { sessionID, messageID: tool.messageID };
    const { data } = await host.get({ url: '/session/{sessionID}/message/{messageID}', path });
    const { parts = [] } = (data ?? {}) as {
      readonly parts?: readonly { callID?: string; state?: { input?: object } }[];
    };
    return parts.find(({ callID }) => callID === tool.callID)?.state?.input ?? {};
  };

  /** @returns null if asking again may help */
  const ask = async (body: string, signal: AbortSignal): Promise<Decision | null> => {
    const headers = { authorization: `Bearer ${ASSENT_KEY}`, 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body, signal }).catch(() => null);
    if (!response || response.status === TOO_MANY_REQUESTS || response.status >= SERVER_ERROR) return null;
    if (!response.ok) throw new Error(`Assent answers HTTP ${response.status}: ${await response.text()}`);
    const decision = (await response.json()) as Decision;
    return decision.decision === 'ask' ? null : decision;
  };

  const answer = async (question: Question): Promise<void> => {
    const { id, sessionID, permission, patterns, metadata, tool } = question;
    if (open.has(id)) return;
    const asking = new AbortController();
    open.set(id, asking);
    const { signal } = asking;
    const known = { ...(await argumentsOf(question)), ...metadata };
    const input = Object.keys(known).length > 0 ? known : { patterns };
    const toolUse = tool ? { toolUseId: tool.callID } : {};
    const body = JSON.stringify({
      agent: 'opencode',
      session: sessionID,
      tool: permission,
      input,
      cwd: directory,
      ...toolUse,
    });
    let decision = await ask(body, signal);
    while (!decision) {
      await pause(PAUSE_MS, undefined, { signal });
      decision = await ask(body, signal);
    }
    const reply = decision.decision === 'allow' ? { reply: 'once' } : { reply: 'reject', message: decision.message };
    await host.post({
      url: '/permission/{id}/reply',
      path: { id },
      body: reply,
      headers: { 'content-type': 'application/json' },
    });
  };

  const handle = (question: Question): void => {
    answer(question)
      .catch((error: unknown) => open.get(question.id)?.signal.aborted === true || console.error(String(error)))
      .finally(() => open.delete(question.id));
  };

  void host.get({ url: '/permission' }).then(({ data }) => (data as readonly Question[] | undefined)?.forEach(handle));
  return Promise.resolve({
    event: ({ event: { type, properties } }: { readonly event: Event }): Promise<void> => {
      if (type === 'permission.asked') handle(properties as Question);
      if (type === 'permission.replied') open.get((properties as { readonly requestID: string }).requestID)?.abort();
      return Promise.resolve();
    },
  });
};
