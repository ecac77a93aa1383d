import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const WINDOW_SECONDS = 300;
const TIMEOUT_MS = 10_000;

/** A block of a message: https://docs.slack.dev/reference/block-kit/blocks */
export interface Block {
  readonly type: string;
  readonly block_id?: string;
  readonly [property: string]: unknown;
}

/** A click on a button of a message. */
export interface Click {
  readonly type: 'block_actions';
  readonly user: { readonly id: string; readonly username?: string };
  readonly channel: { readonly id: string };
  readonly message: { readonly ts: string; readonly blocks: readonly Block[] };
  readonly actions: readonly { readonly action_id: string; readonly value?: string }[];
}

/** Whether Slack sent this: https://docs.slack.dev/authentication/verifying-requests-from-slack */
export function isFromSlack(body: Buffer, headers: IncomingHttpHeaders, signingSecret: string): boolean {
  const at = String(headers['x-slack-request-timestamp'] ?? '');
  const given = Buffer.from(String(headers['x-slack-signature'] ?? ''));
  if (!/^\d+$/.test(at) || Math.abs(Date.now() / 1_000 - Number(at)) > WINDOW_SECONDS) return false;
  const signature = createHmac('sha256', signingSecret).update(`v0:${at}:`).update(body).digest('hex');
  const expected = Buffer.from(`v0=${signature}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** The click in a request of Slack; null: something else. */
export function readClick(body: Buffer): Click | null {
  const payload = new URLSearchParams(body.toString('utf8')).get('payload');
  const click = payload === null ? null : (JSON.parse(payload) as Click | { type: 'other' });
  return click?.type === 'block_actions' ? click : null;
}

/** Text that Slack shows as it is: no mentions, no links, no end of a code block. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('```', "'''");
}

export class Slack {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** Calls a method of the Web API. @throws Error when Slack refuses, or is unreachable */
  async call(method: string, body: object): Promise<{ readonly channel: string; readonly ts: string }> {
    const response = await fetch(`${this.url}/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', authorization: `Bearer ${this.token}` },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer = (await response.json()) as { ok: boolean; error?: string; channel: string; ts: string };
    if (!answer.ok) throw new Error(`Slack refused ${method}: ${answer.error ?? response.status}`);
    return answer;
  }
}
