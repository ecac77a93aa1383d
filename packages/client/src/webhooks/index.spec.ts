import { Webhook } from 'standardwebhooks';
import { WEBHOOK_EVENTS, isUuid } from '@assent/contract';
import { AssentError } from '../index';
import { callback, verify, type WebhookEvent } from './index';

const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes, ok').toString('base64')}`;
const OTHER = `whsec_${Buffer.from('another one of thirty-two bytes!').toString('base64')}`;
const BODY = JSON.stringify({
  type: 'run.failed',
  timestamp: '2026-03-02T08:00:00.000Z',
  data: { runId: 'r', seq: 9, error: { reason: 'internal', message: 'Größe' } },
});
const HASH = `sha256:${'0'.repeat(64)}`;

function headers(secrets: readonly string[], at = new Date()): Record<string, string> {
  return {
    'Webhook-Id': 'msg_1',
    'Webhook-Timestamp': String(Math.floor(at.getTime() / 1_000)),
    'Webhook-Signature': secrets.map((secret) => new Webhook(secret).sign('msg_1', at, BODY)).join(' '),
  };
}

describe('verify', () => {
  it.each([
    ['text and a plain object', BODY, headers([SECRET])],
    ['bytes and Headers', new TextEncoder().encode(BODY), new Headers(headers([SECRET]))],
    ['a rotation of the sender', BODY, headers([OTHER, SECRET])],
  ])('reads an event from %s', (_, body, sent) => {
    const event: WebhookEvent = verify(body, sent, SECRET);
    if (event.type !== 'run.failed') throw new Error(event.type);
    expect([event.id, event.data.runId, event.data.error.message]).toEqual(['msg_1', 'r', 'Größe']);
  });

  it('accepts one of several secrets', () => {
    expect(verify(BODY, headers([SECRET]), [OTHER, SECRET]).type).toBe('run.failed');
  });

  it.each([
    ['another secret', BODY, headers([OTHER])],
    ['another body', `${BODY} `, headers([SECRET])],
    ['an old message', BODY, headers([SECRET], new Date(Date.now() - 301_000))],
    ['no signature', BODY, {}],
  ])('refuses %s', (_, body, sent) => {
    expect(() => verify(body, sent, SECRET)).toThrow(AssentError);
    expect(() => verify(body, sent, SECRET)).toThrow('The webhook was not verified');
  });

  it('knows every event of the contract', () => {
    const known: Record<Exclude<WebhookEvent['type'], 'webhook.test'>, true> = {
      'approval.requested': true,
      'approval.decided': true,
      'approval.expired': true,
      'approval.voided': true,
      'diff.applied': true,
      'diff.stale': true,
      'run.completed': true,
      'run.failed': true,
      'run.cancelled': true,
      'approval.questioned': true,
      'memory.drift': true,
    };
    expect(Object.keys(known)).toEqual([...WEBHOOK_EVENTS]);
  });
});

describe('callback', () => {
  it('signs a decision as the server checks it', async () => {
    const onBehalfOf = { provider: 'slack', externalId: 'U024BE7LH', displayName: 'Ann' };
    const decision = { decision: 'approve', hash: HASH, comment: 'four eyes', hunks: [1], onBehalfOf } as const;
    const request = callback(SECRET)({ url: 'https://assent.test/base', approvalId: 'a/1', ...decision });
    expect([request.method, request.url]).toEqual(['POST', 'https://assent.test/base/approvals/a%2F1/callback']);
    const body = await request.text();
    expect(JSON.parse(body)).toEqual(decision);
    expect(() => new Webhook(SECRET).verify(body, Object.fromEntries(request.headers))).not.toThrow();
    expect(isUuid((request.headers.get('webhook-id') ?? '').slice('msg_'.length))).toBe(true);
  });
});
