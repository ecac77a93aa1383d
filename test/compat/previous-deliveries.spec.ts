import { eventually } from '../support/eventually';
import { PreviousVersion } from '../support/previous-version';
import { Receiver } from '../support/receiver';
import { Stage, type Replica } from '../support/stage';
import { answering, createWebhook, deliveryWhere, makeDue, ping } from '../support/webhooks';

/** Up to the commit before this migration, deliveries were jobs in the tables of pg-boss. */
const BEFORE = 'apps/server/src/migrations/1765800000000-delivery-leases.ts';
const ENV = { EGRESS_ALLOW: '127.0.0.0/8', WEBHOOK_SECRET_KEY: 'k'.repeat(32) };
const SLOW_MS = 240_000;
/** Deliveries of one endpoint that are sent at a time. */
const AT_A_TIME = 4;

interface Row {
  readonly id: string;
  readonly state: string;
  readonly attempts: number;
}

describe('deliveries of the version before', () => {
  let stage: Stage;
  let previous: PreviousVersion;
  let before: Replica;
  let now: Replica;
  const receivers: Receiver[] = [];

  beforeAll(async () => {
    [stage, previous] = await Promise.all([Stage.open(), PreviousVersion.checkoutBefore(BEFORE)]);
  }, SLOW_MS);
  afterAll(async () => {
    await stage.close();
    await Promise.all([previous.remove(), ...receivers.map((receiver) => receiver.close())]);
  });

  const startBefore = () => stage.start({ ...ENV, ...previous.env }, previous.command);
  const receiver = async (answer: Receiver['answer']) => {
    const opened = await Receiver.open();
    opened.answer = answer;
    receivers.push(opened);
    return opened;
  };
  const webhookFor = ({ developer }: Replica, { origin }: Receiver) => createWebhook(developer, origin, ['run.failed']);
  const jobs = () =>
    stage.rows<{ id: string; state: string }>('select id, state from pgboss.job order by created_on, id');
  const delivered = (ids: readonly string[]) =>
    eventually(
      'all are delivered',
      async () => {
        const rows = await stage.rows<Row>(
          `select id, state, attempts from webhook_deliveries where id = any($1) and state = 'delivered'`,
          [ids],
        );
        return rows.length === ids.length && rows;
      },
      SLOW_MS,
    );
  const sent = ({ requests }: Receiver) => requests.map(({ headers }) => String(headers['webhook-id']));

  it(
    'arrive when it is gone: queued ones once, those that it was sending once more, and dead ones stay dead',
    async () => {
      before = await startBefore();
      const hanging = await receiver(() => undefined);
      const refusing = await receiver(answering(503));
      const gone = await receiver(answering(410));
      const hung = await webhookFor(before, hanging);
      const ids: string[] = [];
      for (let count = 0; count < AT_A_TIME + 2; count += 1) ids.push(await ping(before.developer, hung.id));
      const refused = await webhookFor(before, refusing);
      const retrying = await ping(before.developer, refused.id);
      await deliveryWhere(before.developer, refused.id, ({ attempts }) => attempts.length === 1);
      const ended = await webhookFor(before, gone);
      const dead = await ping(before.developer, ended.id);
      await deliveryWhere(before.developer, ended.id, ({ state }) => state === 'dead');
      await eventually('all that go at a time are sent', () => hanging.requests.length === AT_A_TIME);
      await before.process.kill();
      const states = (await jobs()).map(({ state }) => state).sort();
      expect(states).toEqual(['active', 'active', 'active', 'active', 'created', 'created', 'retry']);

      for (const each of [hanging, refusing]) each.answer = answering(204);
      now = await stage.start(ENV);
      // What only time would do: the workers count as dead, and the pause before the next attempt is over.
      await stage.rows(`update pgboss.job set started_on = now() - interval '1 minute' where state = 'active'`);
      await makeDue(stage, retrying);
      const rows = await delivered([...ids, retrying]);
      expect(rows.find(({ id }) => id === retrying)?.attempts).toBe(2);
      expect(await jobs()).toEqual([]);
      expect(await stage.rows('select state, attempts from webhook_deliveries where id = $1', [dead])).toEqual([
        { state: 'dead', attempts: 1 },
      ]);
      const all = sent(hanging);
      const times = [...new Set(all)].map((id) => all.filter((other) => other === id).length);
      expect(times.sort()).toEqual([1, 1, 2, 2, 2, 2]);
      expect([refusing.requests.length, gone.requests.length]).toEqual([2, 1]);
      expect(await stage.rows('select from webhook_deliveries')).toHaveLength(ids.length + 2);
    },
    SLOW_MS,
  );

  it(
    'arrive once while both versions run, whichever has queued them',
    async () => {
      before = await startBefore();
      const open = await receiver(answering(204));
      const webhook = await webhookFor(before, open);
      const ids = [];
      for (let count = 0; count < 10; count += 1) {
        ids.push(await ping(before.developer, webhook.id), await ping(now.developer, webhook.id));
      }
      await delivered(ids);
      expect(new Set(sent(open)).size).toBe(ids.length);
      expect(open.requests).toHaveLength(ids.length);
    },
    SLOW_MS,
  );

  it(
    'can be given back to it',
    async () => {
      const refusing = await receiver(answering(503));
      const webhook = await webhookFor(now, refusing);
      const id = await ping(now.developer, webhook.id);
      await deliveryWhere(now.developer, webhook.id, ({ attempts }) => attempts.length === 1);
      await now.process.stop();
      const { length } = refusing.requests;
      refusing.answer = answering(204);
      expect(await stage.rows('select give_back_webhook_jobs() as given')).toEqual([{ given: 1 }]);
      await makeDue(stage, id);
      await delivered([id]);
      expect(refusing.requests).toHaveLength(length + 1);
    },
    SLOW_MS,
  );
});
