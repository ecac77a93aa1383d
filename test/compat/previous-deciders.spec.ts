import type { Approval, Webhook } from '@assent/contract';
import { Caller } from '../support/caller';
import { decide, startPending, type Pending } from '../support/pending';
import { person } from '../support/people';
import { PreviousVersion } from '../support/previous-version';
import { Stage, type Replica } from '../support/stage';
import { createWebhook, signedMessage } from '../support/webhooks';

/** The first file of named deciders: the commit before it is the version that runs while they are rolled out. */
const BEFORE = 'apps/server/src/migrations/1766200000000-named-deciders.ts';
const RULES = { version: 1, rules: [{ id: 'two', paths: ['two/**'], quorum: 2 }] };

describe('named deciders beside the version before', () => {
  let stage: Stage;
  let previous: PreviousVersion;
  let before: Replica;
  let now: Replica;
  let ada: Caller;
  let webhook: { readonly id: string };

  beforeAll(async () => {
    [stage, previous] = await Promise.all([Stage.open(), PreviousVersion.checkoutBefore(BEFORE)]);
    await stage.write('approvals.json', JSON.stringify(RULES));
    const env = { EGRESS_ALLOW: '127.0.0.0/8', APPROVAL_POLICY_FILE: `${stage.folder}/approvals.json` };
    now = await stage.start(env);
    before = await stage.start({ ...env, ...previous.env, MIGRATE_ON_START: 'off' }, previous.command);
    const maker = await person(stage.sql, now.process.url, 'integrator', [], ['webhook:admin']);
    webhook = await createWebhook(maker, 'http://127.0.0.1:9/', ['memory.drift']);
    ada = await person(stage.sql, now.process.url, 'ada', ['admin'], ['key:admin', 'approval:decide', 'webhook:admin']);
    await ada.call('identity/create', { provider: 'slack', externalId: 'U1', subject: 'ann' });
  });
  afterAll(async () => {
    await stage.close();
    await previous.remove();
  });

  const at = ({ process: { url } }: Replica, { key }: Caller) => new Caller(url, key);
  const issue = async (by: Caller, body: object): Promise<string> =>
    ((await (await by.post(`/webhooks/${webhook.id}/callback-key`, body)).json()) as { secret: string }).secret;
  const send = async (to: Replica, secret: string, { approvalId, hash }: Pending, body: object): Promise<number> => {
    const message = signedMessage(secret, { decision: 'approve', hash, ...body });
    const headers = { 'content-type': 'application/json', ...message.headers };
    const path = `/approvals/${approvalId}/callback`;
    return (await fetch(`${to.process.url}${path}`, { method: 'POST', body: message.body, headers })).status;
  };
  const callbackOf = async (): Promise<Webhook['callback']> =>
    (await ada.call('webhook/get', { webhookId: webhook.id })).callback;
  const ANN = { onBehalfOf: { provider: 'slack', externalId: 'U1' } };

  it('refuses a mapped key, with and without a name', async () => {
    const secret = await issue(ada, { actors: 'mapped' });
    const pending = await startPending(now.developer, 'two/refused.txt', 'x');
    expect([await send(before, secret, pending, ANN), await send(before, secret, pending, {})]).toEqual([401, 401]);
    expect(await send(now, secret, pending, ANN)).toBe(200);
  });

  it('counts the vote of a named person', async () => {
    const secret = await issue(ada, { actors: 'mapped' });
    const pending = await startPending(before.developer, 'two/counted.txt', 'x');
    expect(await send(now, secret, pending, ANN)).toBe(200);
    const response = await decide(before.reviewer, pending, 'approve');
    expect((await response.json()) as Approval).toMatchObject({ state: 'approved', decision: { actor: 'reviewer' } });
    const read = (await (await now.reviewer.fetch(`/approvals/${pending.approvalId}`)).json()) as Approval;
    expect(read.votes).toMatchObject([
      { actor: 'ann', via: `webhook:${webhook.id}` },
      { actor: 'reviewer', via: null },
    ]);
  });

  it('takes a mapped key back', async () => {
    const secret = await issue(ada, { actors: 'mapped' });
    const revoked = await at(before, ada).fetch(`/webhooks/${webhook.id}/callback-key`, { method: 'DELETE' });
    expect([revoked.status, await callbackOf()]).toEqual([204, null]);
    const pending = await startPending(now.developer, 'two/revoked.txt', 'x');
    expect(await send(now, secret, pending, ANN)).toBe(401);
  });

  it('replaces a mapped key by a key of the webhook, which names nobody', async () => {
    const mapped = await issue(ada, { actors: 'mapped' });
    const own = await issue(at(before, ada), {});
    expect(await callbackOf()).toEqual({ roles: [], actors: 'self' });
    const pending = await startPending(now.developer, 'two/replaced.txt', 'x');
    expect(await send(now, mapped, pending, ANN)).toBe(401);
    expect(await send(now, own, pending, ANN)).toBe(400);
    expect(await send(before, own, pending, {})).toBe(200);
  });
});
