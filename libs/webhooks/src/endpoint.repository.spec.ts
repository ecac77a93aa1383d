import { Pool } from 'pg';
import { Database, newId, sql } from '@assent/platform';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import type { EndpointRecord } from './endpoint.record';
import { EndpointRepository, type CallbackKey } from './endpoint.repository';

const TENANT = 'tenant';
const note = (actor: string, action: 'webhook.create' | 'webhook.rotate' | 'webhook.grant' | 'webhook.revoke') => ({
  actor,
  action,
  detail: {},
});

describe('the keys of a webhook', () => {
  let own: TestDatabase;
  let database: Database;
  let endpoints: EndpointRepository;

  beforeAll(async () => {
    own = await createTestDatabase();
    database = new Database(new Pool({ connectionString: own.url }));
    endpoints = new EndpointRepository(database);
  });
  afterAll(async () => {
    await database.close();
    await own.drop();
  });

  const created = async (): Promise<EndpointRecord> => {
    const secret = { sealed: 'plain:made', to: ['maker'] as const };
    const endpoint = { id: newId(), url: 'https://hook.example', events: ['*'], description: null, secret };
    const record = await endpoints.insert(TENANT, endpoint, 50, note('maker', 'webhook.create'));
    if (!record) throw new Error('not created');
    return record;
  };
  const key = (by: string, actors: CallbackKey['actors']): CallbackKey => ({
    secret: { sealed: `plain:${by}`, to: [by] },
    roles: [],
    actors,
  });
  const rotate = (read: EndpointRecord, by: string) =>
    endpoints.rotate(TENANT, read, { sealed: `plain:${by}`, to: [by] }, 0, note(by, 'webhook.rotate'));
  const grant = (read: EndpointRecord, by: string, actors: CallbackKey['actors'] = 'mapped') =>
    endpoints.grant(TENANT, read, key(by, actors), note(by, 'webhook.grant'));

  it('are not issued on what was read before somebody rotated the secret', async () => {
    const read = await created();
    expect(await rotate(read, 'granter')).toMatchObject({ secretBy: ['granter'], callbackActors: null });
    expect(await grant(read, 'granter')).toBeUndefined();
    expect(await endpoints.find(TENANT, read.id)).toMatchObject({ callbackActors: null, callbackBy: null });
  });

  it('are not rotated on what was read before a mapped key was issued, taken back or replaced', async () => {
    const read = await created();
    const granted = await grant(read, 'granter');
    expect(granted).toMatchObject({ callbackActors: 'mapped', callbackBy: ['granter'] });
    expect(await rotate(read, 'granter')).toBeUndefined();
    const replaced = granted && (await grant(granted, 'granter', 'self'));
    expect(granted && (await rotate(granted, 'other'))).toBeUndefined();
    expect(replaced && (await rotate(replaced, 'granter'))).toMatchObject({ callbackActors: 'self' });
  });

  it('are gone when the key is taken back', async () => {
    const read = await created();
    await grant(read, 'granter');
    expect(await endpoints.revoke(TENANT, read.id, note('ann', 'webhook.revoke'))).toMatchObject({
      callbackActors: null,
      callbackRoles: [],
      callbackBy: null,
    });
  });

  it('are encrypted again with another key where they are stored, the mapped one too', async () => {
    const read = await created();
    await grant(read, 'granter');
    await endpoints.reseal(read.id, 'plain:granter', 'gcm1:granter');
    const [row] = await database.query<{ mapped: string; other: string | null }>(
      sql`select callback_mapped_secret as mapped, callback_secret as other from webhook_endpoints where id = ${read.id}`,
    );
    expect(row).toEqual({ mapped: 'gcm1:granter', other: null });
  });
});
