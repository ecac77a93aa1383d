import { eventually } from '../support/eventually';
import { startPending } from '../support/pending';
import { Receiver } from '../support/receiver';
import { Stage } from '../support/stage';
import { createWebhook, deliveryWhere, signedByHand } from '../support/webhooks';

const ENV = { EGRESS_ALLOW: '127.0.0.0/8' };

describe('a server that dies around a webhook', () => {
  let stage: Stage;
  let receiver: Receiver;

  beforeAll(async () => {
    [stage, receiver] = await Promise.all([Stage.open(), Receiver.open()]);
  });
  afterAll(async () => {
    await stage.close();
    await receiver.close();
  });

  it('has sent and not recorded: another one sends the same id and bytes again, and loses none', async () => {
    const first = await stage.start(ENV);
    const webhook = await createWebhook(first.developer, receiver.origin, ['approval.requested']);
    // The receiver has received it; nobody reads its answer.
    receiver.answer = () => void first.process.kill();
    await startPending(first.developer, 'faults/sent.txt', 'sent').catch(() => undefined);
    await eventually('it was sent', () => receiver.requests.length === 1);
    await first.process.kill();
    receiver.answer = (response) => response.writeHead(204).end();
    const [before] = await stage.rows<{ state: string; attempts: number }>(
      'select state, attempts from webhook_deliveries',
    );
    expect(before).toEqual({ state: 'pending', attempts: 0 });

    const second = await stage.start(ENV);
    // What only time would do: the dead worker's time is up.
    await stage.rows('update webhook_deliveries set lease_until = now() where lease_until > now()');
    await deliveryWhere(second.developer, webhook.id, ({ state }) => state === 'delivered');
    const [one, two, ...more] = receiver.requests;
    expect(more).toEqual([]);
    expect(two?.body).toBe(one?.body);
    expect(two?.headers['webhook-id']).toBe(one?.headers['webhook-id']);
    if (!one || !two) throw new Error('one of the two is missing');
    expect([signedByHand(one, webhook.secret), signedByHand(two, webhook.secret)]).toEqual([true, true]);
  });

  it('is told to stop: what hangs is given to the others, which need not wait for it to be taken for dead', async () => {
    const leaving = await stage.start({ ...ENV, SHUTDOWN_GRACE_SECONDS: '8' });
    const webhook = await createWebhook(leaving.developer, receiver.origin, ['run.cancelled']);
    // Otherwise another server would claim it first.
    receiver.requests.length = 0;
    receiver.answer = () => undefined;
    const response = await leaving.developer.post(`/webhooks/${webhook.id}/test`, {});
    expect(response.status).toBe(202);
    await eventually('it hangs', () => receiver.requests.length > 0);
    receiver.answer = (answer) => answer.writeHead(204).end();
    expect(await leaving.process.stop()).toBe(0);
    const staying = await stage.start(ENV);
    await deliveryWhere(staying.developer, webhook.id, ({ state }) => state === 'delivered');
  });
});
