import { Webhook } from 'standardwebhooks';
import type { Approval, FrameBody, FrameType, OnBehalfOf } from '@assent/contract';
import { AssentError } from '../index';

/** Frames that are sent to webhooks: the event has the type and the body of the frame. */
export type WebhookFrameType = Extract<
  FrameType,
  | 'approval.requested'
  | 'approval.decided'
  | 'approval.expired'
  | 'approval.voided'
  | 'diff.applied'
  | 'diff.stale'
  | 'run.completed'
  | 'run.failed'
  | 'run.cancelled'
>;

/** The source of an event: a run, or (`runId: null`) an approval of another subject. */
export interface WebhookSource {
  readonly runId: string | null;
  readonly seq?: number;
  readonly step?: number;
  readonly clientTraceId?: string | null;
  readonly traceparent?: string;
  /** Only where there is no run. */
  readonly subject?: Approval['subject'];
}

/** Properties of `approval.requested` in addition to those of its frame: the content for a message to a person. */
export interface ReviewMessage extends Pick<
  Approval,
  'tool' | 'workspace' | 'requester' | 'risks' | 'needed' | 'goal'
> {
  readonly title: string;
  /** The beginning of the patch, or of the text under decision. */
  readonly summary: string;
  readonly files: Pick<Approval['files'][number], 'path' | 'kind' | 'added' | 'removed'>[];
  readonly filesTotal: number;
  readonly rationale: Approval['rationale'];
  /** The page on which a person decides; null: the server has no PUBLIC_URL. */
  readonly reviewUrl: string | null;
}

/** A reviewer asked a coding agent back; the approval stays pending. */
export interface ReviewerQuestion extends WebhookSource, Pick<Approval, 'approvalId' | 'requestId' | 'hash'> {
  readonly actor: string;
  readonly question: string;
}

export type WebhookData<T extends WebhookFrameType> = WebhookSource &
  FrameBody<T> &
  (T extends 'approval.requested' ? ReviewMessage : unknown);

/** An event by its type. A newer server may send types that this client does not know: ignore them. */
export type WebhookEvent =
  | { readonly [T in WebhookFrameType]: Envelope<T, WebhookData<T>> }[WebhookFrameType]
  | Envelope<'approval.questioned', ReviewerQuestion>
  | Envelope<'memory.drift' | 'webhook.test', Readonly<Record<string, unknown>>>;

interface Envelope<T extends string, D> {
  /** The same at every attempt to deliver the event. */
  readonly id: string;
  readonly type: T;
  readonly timestamp: string;
  readonly data: D;
}

/** Headers of a request, as fetch, Node or a framework provides them. */
export type ReceivedHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

const NAMES = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;

/**
 * Verifies the signature of a webhook, and parses it.
 * @param body the bytes or the text as received, before any parsing
 * @param secret of the webhook; several during a rotation
 * @throws AssentError `urn:assent:client:signature`: respond with 401 and do nothing
 */
export function verify(
  body: string | Uint8Array,
  headers: ReceivedHeaders,
  secret: string | readonly string[],
): WebhookEvent {
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  const signed = Object.fromEntries(NAMES.map((name) => [name, headerOf(headers, name)]));
  let cause: unknown;
  for (const each of typeof secret === 'string' ? [secret] : secret) {
    try {
      const event = new Webhook(each).verify(text, signed) as Omit<WebhookEvent, 'id'>;
      return { ...event, id: signed['webhook-id'] } as WebhookEvent;
    } catch (error) {
      cause = error;
    }
  }
  const why = cause instanceof Error ? cause.message : 'there is no secret';
  throw new AssentError(
    `The webhook was not verified: ${why}. Answer 401 and ignore it.`,
    { type: 'urn:assent:client:signature', retryable: false },
    { cause },
  );
}

export interface CallbackDecision {
  /** Address of the server. */
  readonly url: string;
  readonly approvalId: string;
  readonly decision: 'approve' | 'reject';
  /** Of the event `approval.requested`: the content that was reviewed. */
  readonly hash: string;
  readonly comment?: string;
  /** Approve only these hunks. */
  readonly hunks?: readonly number[];
  /** The person who decided; required by a callback key with `actors: "mapped"`. */
  readonly onBehalfOf?: OnBehalfOf;
}

/**
 * Creates the requests by which an external system decides without an API key.
 * @param secret from `POST /webhooks/{id}/callback-key`
 * @returns a function that creates a signed request, to be sent by `fetch` once and within five minutes
 */
export function callback(secret: string): (decision: CallbackDecision) => Request {
  const webhook = new Webhook(secret);
  return ({ url, approvalId, ...decision }) => {
    const body = JSON.stringify(decision);
    const id = `msg_${crypto.randomUUID()}`;
    const at = new Date();
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': webhook.sign(id, at, body),
    };
    const base = url.endsWith('/') ? url : `${url}/`;
    const target = new URL(`approvals/${encodeURIComponent(approvalId)}/callback`, base);
    return new Request(target, { method: 'POST', headers, body });
  };
}

function headerOf(headers: ReceivedHeaders, name: string): string {
  if (headers instanceof Headers) return headers.get(name) ?? '';
  const [, value = ''] = Object.entries(headers).find(([key]) => key.toLowerCase() === name) ?? [];
  return typeof value === 'string' ? value : value.join(' ');
}
