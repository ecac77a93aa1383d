import { EgressClient } from '@assent/platform';
import { Receiver } from '@assent/test-support/receiver';
import type { WebhookEgress, WebhookSecrets } from '@assent/webhooks';
import { EventCallback } from './event.callback';
import type { EventMetrics } from './event.metrics';

const SHORT_MS = 100;
const SECRETS = [`whsec_${Buffer.alloc(32).toString('base64')}`];

/** Requests of the real client, with less time than a receiver usually has. */
class HurriedClient extends EgressClient {
  override request(request: Parameters<EgressClient['request']>[0]) {
    return super.request({ ...request, totalTimeoutMs: SHORT_MS });
  }
}

describe('the callback of a subscription', () => {
  const receivers: Receiver[] = [];
  const clients: EgressClient[] = [];

  afterEach(async () => {
    await Promise.all([...receivers.splice(0), ...clients.splice(0)].map((each) => each.close()));
  });

  const callbackBy = (client: EgressClient): EventCallback => {
    clients.push(client);
    const metrics = { attempted: () => undefined } as unknown as EventMetrics;
    return new EventCallback({ client } as unknown as WebhookEgress, {} as unknown as WebhookSecrets, metrics);
  };
  const target = async (scheme: 'http' | 'https', answer: Receiver['answer']) => {
    const receiver = await Receiver.open(scheme);
    receiver.answer = answer;
    receivers.push(receiver);
    return { id: 'sub_1', url: `${receiver.origin}/events`, secrets: SECRETS };
  };
  const results = async (callback: EventCallback, to: Awaited<ReturnType<typeof target>>) => [
    await callback.verify(to),
    (await callback.post(to, { type: 'gap' }, new AbortController().signal)).fault,
  ];

  it('reports a receiver that does not answer in time', async () => {
    const callback = callbackBy(new HurriedClient({ allow: '127.0.0.0/8' }));
    const silent = await target('http', () => undefined);
    expect(await results(callback, silent)).toEqual(['timeout', 'timeout']);
  });

  it('reports a certificate that is not trusted', async () => {
    const callback = callbackBy(new EgressClient({ allow: '127.0.0.0/8' }));
    const untrusted = await target('https', (response) => response.end());
    expect(await results(callback, untrusted)).toEqual(['tls_error', 'tls_error']);
    expect(receivers[0]?.requests).toEqual([]);
  });

  it('does not say that an address is private', async () => {
    const callback = callbackBy(new EgressClient());
    const hidden = await target('http', (response) => response.end());
    expect(await results(callback, hidden)).toEqual(['connection_refused', 'connection_refused']);
    expect(receivers[0]?.requests).toEqual([]);
  });
});
