import { Pool } from 'pg';
import { Database, newId, type Config } from '@assent/platform';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { DeliveryQueue } from './delivery.queue';
import { DeliveryRepository } from './delivery.repository';

const TENANT = 'tenant';

describe('the queue of deliveries', () => {
  let own: TestDatabase;
  let pool: Pool;
  let database: Database;
  let queue: DeliveryQueue;
  let deliveries: DeliveryRepository;

  beforeAll(async () => {
    own = await createTestDatabase();
    pool = new Pool({ connectionString: own.url });
    database = new Database(pool);
    const config: unknown = { env: { WEBHOOK_DISABLE_DAYS: 3 } };
    queue = new DeliveryQueue(database, config as Config);
    deliveries = new DeliveryRepository(database);
  });
  afterAll(async () => {
    await database.close();
    await own.drop();
  });

  /** A due delivery with an endpoint of its own. */
  async function queued(): Promise<string> {
    const [id, endpointId, eventId] = [newId(), newId(), newId()];
    await pool.query(
      `insert into webhook_endpoints (id, tenant_id, url, events, state, secret, created_by, created_at, updated_at)
       values ($1, $2, 'https://hook.example', '{*}', 'enabled', 'secret', 'ann', now(), now())`,
      [endpointId, TENANT],
    );
    await pool.query(
      `insert into webhook_events (id, tenant_id, type, body, created_at) values ($1, $2, 'run.completed', '{}', now())`,
      [eventId, TENANT],
    );
    await pool.query(
      `insert into webhook_deliveries (id, tenant_id, event_id, endpoint_id, state, attempts, round_start, fence, created_at, next_attempt_at)
       values ($1, $2, $3, $4, 'pending', 0, 0, 0, now(), now())`,
      [id, TENANT, eventId, endpointId],
    );
    return id;
  }

  it('keeps a delivery pending when it is restarted during its last attempt', async () => {
    const id = await queued();
    const [delivery] = await queue.claim(1);
    if (!delivery) throw new Error('nothing was claimed');
    expect(await deliveries.redeliver(TENANT, id)).toBe(true);
    const attempt = { delivery, durationMs: 1, status: 500, error: null, answer: null };
    await queue.record({ ...attempt, outcome: { kind: 'dead', reason: 'exhausted' } });
    expect(await deliveries.find(TENANT, id)).toMatchObject({ state: 'pending', reason: null, attempts: 1 });
  });

  it('counts the success of an attempt that was made before a restart', async () => {
    const id = await queued();
    const [delivery] = await queue.claim(1);
    if (!delivery) throw new Error('nothing was claimed');
    await deliveries.redeliver(TENANT, id);
    const attempt = { delivery, durationMs: 1, status: 204, error: null, answer: null };
    await queue.record({ ...attempt, outcome: { kind: 'delivered' } });
    expect(await deliveries.find(TENANT, id)).toMatchObject({ state: 'delivered', attempts: 1 });
  });
});
