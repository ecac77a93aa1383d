import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Approval, Identity } from '@assent/contract';
import type { Caller } from '../support/caller';
import { framesUntil } from '../support/frames';
import { decide, startPending, type Pending } from '../support/pending';
import { person } from '../support/people';
import type { Receiver } from '../support/receiver';
import type { Replica } from '../support/stage';
import { WebhookScene, createWebhook, deliveryWhere, signedMessage, type CreatedWebhook } from '../support/webhooks';

const RULES = [
  { id: 'two', paths: ['two/**'], quorum: 2 },
  { id: 'security', paths: ['secure/**'], deciders: ['security'] },
  { id: 'operations', paths: ['ops/**'], deciders: ['operations'] },
];
const ACCOUNTS = { ann: 'U0ANN', bob: 'U0BOB', dan: 'U0DAN', integrator: 'U0INT', ada: 'U0ADA' } as const;

interface Answer {
  readonly status: number;
  readonly body: Approval & { readonly type: string; readonly detail: string };
}

describe('named deciders', () => {
  let scene: WebhookScene;
  let other: Replica;
  let folder: string;
  let receiver: Receiver;
  /** Makes webhooks. */
  let integrator: Caller;
  /** Issues the callback key and maps accounts. */
  let ada: Caller;
  /** Starts runs. */
  let dan: Caller;
  let webhook: CreatedWebhook;
  let key: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assent-deciders-'));
    const file = join(folder, 'approvals.json');
    await writeFile(file, JSON.stringify({ version: 1, rules: RULES }));
    const env = { APPROVAL_POLICY_FILE: file };
    scene = await WebhookScene.open(env);
    other = await scene.stage.start({ ...env, WEBHOOK_SECRET_KEY: 'k'.repeat(32) });
    receiver = await scene.receiver();
    integrator = await somebody('integrator', [], ['webhook:admin', 'run:write', 'run:read', 'approval:decide']);
    ada = await somebody(
      'ada',
      ['admin', 'security'],
      ['key:admin', 'approval:decide', 'approval:read', 'webhook:admin', 'run:write', 'run:read'],
    );
    dan = await somebody('dan', [], ['run:write', 'run:read', 'approval:read', 'approval:decide']);
    for (const [subject, externalId] of Object.entries(ACCOUNTS)) {
      const roles = subject === 'ann' ? ['security'] : [];
      expect((await ada.post('/identities', { provider: 'slack', externalId, subject, roles })).status).toBe(201);
    }
  });
  beforeEach(async () => {
    webhook = await createWebhook(integrator, receiver.origin, ['approval.requested', 'approval.decided']);
    key = await issued(ada, { roles: ['security'], actors: 'mapped' });
  });
  afterEach(() => scene.quiet());
  afterAll(async () => {
    await scene.close();
    await rm(folder, { recursive: true, force: true });
  });

  const somebody = (subject: string, roles: string[], scopes: Parameters<typeof person>[4]) =>
    person(scene.stage.sql, scene.server.process.url, subject, roles, scopes);
  const issue = (by: Caller, body: object) => by.post(`/webhooks/${webhook.id}/callback-key`, body);
  const issued = async (by: Caller, body: object): Promise<string> =>
    ((await (await issue(by, body)).json()) as { secret: string }).secret;
  const account = (who: keyof typeof ACCOUNTS) => ({ provider: 'slack', externalId: ACCOUNTS[who] });
  const send = async (
    { approvalId, hash }: Pick<Pending, 'approvalId' | 'hash'>,
    body: object,
    { secret = key, to = scene.server }: { secret?: string; to?: Replica } = {},
  ): Promise<Answer> => {
    const message = signedMessage(secret, { decision: 'approve', hash, ...body });
    const headers = { 'content-type': 'application/json', ...message.headers };
    const response = await fetch(`${to.process.url}/approvals/${approvalId}/callback`, {
      method: 'POST',
      body: message.body,
      headers,
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  };
  const through = (pending: Pick<Pending, 'approvalId' | 'hash'>, who: keyof typeof ACCOUNTS, more: object = {}) =>
    send(pending, { onBehalfOf: account(who), ...more });
  const asked = (by: Caller = dan, path = 'deciders') => startPending(by, `${path}/${Math.random()}.txt`, 'x');
  const votes = ({ approvalId }: Pending) =>
    scene.stage.rows('select actor, via from approval_votes where approval_id = $1 order by actor', [approvalId]);

  it('lets the person of a mapped account decide, in the vote, the decision, the frames, the event and the audit', async () => {
    const pending = await asked();
    const via = `webhook:${webhook.id}`;
    const { status, body } = await through(pending, 'ann', { comment: 'from the phone' });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        state: 'approved',
        votes: [{ actor: 'ann', via }],
        decision: { decision: 'approve', actor: 'ann', via, comment: 'from the phone' },
      },
    });
    const frames = await framesUntil(dan, pending.runId, 'run.completed');
    expect(frames).toContainEqual(expect.objectContaining({ type: 'approval.decided', actor: 'ann', via }));
    expect(await votes(pending)).toEqual([{ actor: 'ann', via }]);
    const audit = await ada.fetch(`/audit?subjectId=${pending.approvalId}`);
    expect(((await audit.json()) as { items: object[] }).items).toMatchObject([
      { action: 'approval.approve', actor: 'ann', hash: pending.hash, detail: { via, roles: ['security'] } },
    ]);
    await deliveryWhere(
      integrator,
      webhook.id,
      ({ type, state }) => type === 'approval.decided' && state === 'delivered',
    );
    const event = receiver.requests
      .map((request) => JSON.parse(request.body) as { type: string; data: object })
      .find(({ type, data }) => type === 'approval.decided' && 'runId' in data && data.runId === pending.runId);
    expect(event?.data).toMatchObject({ actor: 'ann', via });
  });

  it('refuses a message that names nobody, an unmapped account, or a person where the key is the webhook', async () => {
    const pending = await asked();
    const refused = await send(pending, {});
    expect(refused).toMatchObject({ status: 400, body: { pointer: '/onBehalfOf' } });
    const unknown = { provider: 'slack', externalId: 'U0NEW', displayName: 'Eve' };
    expect(await send(pending, { onBehalfOf: unknown })).toMatchObject({
      status: 403,
      body: {
        type: 'urn:assent:error:unknown-actor',
        detail: 'The slack account U0NEW ("Eve") is not mapped to a subject. An admin maps it with POST /identities.',
      },
    });
    expect((await send(pending, { onBehalfOf: { ...account('ann'), provider: 'teams' } })).status).toBe(403);
    expect((await send(pending, { onBehalfOf: { ...account('ann'), admin: true } })).status).toBe(400);
    const own = await issued(ada, { roles: [] });
    expect((await through(pending, 'ann')).status).toBe(401);
    const named = await send(pending, { onBehalfOf: account('ann') }, { secret: own });
    expect(named).toMatchObject({ status: 400, body: { pointer: '/onBehalfOf' } });
    expect((await send(pending, {}, { secret: own })).body.decision).toMatchObject({ actor: `webhook:${webhook.id}` });
  });

  it('sees the person in the rules about requesters and sub-identities', async () => {
    expect((await through(await asked(), 'dan')).status).toBe(403);
    const helper = await somebody('ann/ci', [], ['run:write', 'run:read']);
    expect((await through(await asked(helper), 'ann')).status).toBe(403);
    expect((await through(await asked(helper), 'bob')).status).toBe(200);
  });

  it('counts no vote where a person behind the key is the requester or the author', async () => {
    for (const holder of [integrator, ada]) {
      const answer = await through(await asked(holder), 'bob');
      expect(answer).toMatchObject({ status: 403, body: { detail: expect.stringContaining('behind that key') } });
    }
    const pending = await asked();
    const revised = await ada.post(
      `/approvals/${pending.approvalId}/revisions`,
      { files: [{ path: pathOf(pending), content: 'y' }] },
      { 'if-match': `"${pending.hash}"` },
    );
    expect(revised.status).toBe(201);
    const { hash } = (await revised.json()) as Approval;
    for (const decision of ['approve', 'reject']) {
      const answer = await through({ ...pending, hash }, 'bob', { decision });
      expect(answer).toMatchObject({ status: 403, body: { detail: expect.stringContaining('wrote its revision 2') } });
    }
    const rotator = await somebody('rot', [], ['webhook:admin', 'run:write', 'run:read']);
    expect((await rotator.post(`/webhooks/${webhook.id}/rotate-secret`, {})).status).toBe(200);
    expect((await through(await asked(rotator), 'bob')).status).toBe(403);
  });

  it('counts each person once for a quorum across all channels', async () => {
    const pending = await asked(dan, 'two');
    const ann = await somebody('ann', ['security'], ['approval:read', 'approval:decide']);
    expect((await through(pending, 'ann')).body).toMatchObject({ state: 'pending', needed: { people: 1 } });
    expect((await through(pending, 'ann')).body).toMatchObject({ state: 'pending', needed: { people: 1 } });
    expect(await (await decide(ann, pending, 'approve')).json()).toMatchObject({ needed: { people: 1 } });
    // Ada holds the key, and could have voted as ann herself.
    expect(await (await decide(ada, pending, 'approve')).json()).toMatchObject({ needed: { people: 1 } });
    expect((await through(pending, 'bob')).body).toMatchObject({ state: 'approved', decision: { actor: 'bob' } });
  });

  it('makes one vote of a race of two channels at two replicas', async () => {
    const ann = await somebody('ann', ['security'], ['approval:read', 'approval:decide']);
    for (let trial = 0; trial < 6; trial += 1) {
      const pending = await asked(dan, 'two');
      const named = { onBehalfOf: account('ann') };
      const [one, two, three] = await Promise.all([
        send(pending, named, { to: other }),
        decide(ann, pending, 'approve'),
        send(pending, named),
      ]);
      expect([one.status, two.status, three.status]).toEqual([200, 200, 200]);
      expect(await votes(pending)).toMatchObject([{ actor: 'ann' }]);
      const after = (await (await ann.fetch(`/approvals/${pending.approvalId}`)).json()) as Approval;
      expect(after).toMatchObject({ state: 'pending', needed: { people: 1 } });
    }
  });

  it('decides with the roles that both the account and the key have', async () => {
    expect((await through(await asked(dan, 'secure'), 'bob')).status).toBe(403);
    expect((await through(await asked(dan, 'secure'), 'ann')).status).toBe(200);
    expect((await through(await asked(dan, 'ops'), 'ann')).status).toBe(403);
    key = await issued(ada, { actors: 'mapped' });
    expect((await through(await asked(dan, 'secure'), 'ann')).status).toBe(403);
  });

  it('approves only the hunks that the message names', async () => {
    const pending = await startPending(dan, 'README.md', 'one file, one hunk');
    const { body } = await through(pending, 'ann', { hunks: [1] });
    expect(body).toMatchObject({ state: 'approved', decision: { actor: 'ann' } });
    expect((await through(await asked(), 'ann', { decision: 'reject', hunks: [1] })).status).toBe(400);
  });

  it('takes no vote from a removed account, nor by a revoked key', async () => {
    const created = await ada.post('/identities', {
      provider: 'email',
      externalId: 'cyn@acme.example',
      subject: 'cyn',
    });
    const { id } = (await created.json()) as Identity;
    const named = { onBehalfOf: { provider: 'email', externalId: 'cyn@acme.example' } };
    const pending = await asked(dan, 'two');
    expect((await send(pending, named)).status).toBe(200);
    expect((await ada.fetch(`/identities/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await ada.fetch(`/identities/${id}`, { method: 'DELETE' })).status).toBe(404);
    expect((await send(pending, named, { to: other })).status).toBe(403);
    expect((await ada.fetch(`/webhooks/${webhook.id}/callback-key`, { method: 'DELETE' })).status).toBe(204);
    expect((await through(pending, 'ann')).status).toBe(401);
    expect(await (await ada.fetch(`/webhooks/${webhook.id}`)).json()).toMatchObject({ callback: null });
  });

  it('lets nobody issue the key who knows the secret of the webhook, nor the other way round', async () => {
    const mapped = { actors: 'mapped' };
    const plain = await somebody('plain', ['reviewer'], ['approval:decide']);
    expect((await issue(plain, mapped)).status).toBe(403);
    const second = await somebody('second', ['admin'], ['approval:decide', 'webhook:admin']);
    expect((await issue(second, mapped)).status).toBe(200);
    expect((await second.post(`/webhooks/${webhook.id}/rotate-secret`, {})).status).toBe(403);
    expect((await ada.post(`/webhooks/${webhook.id}/rotate-secret`, {})).status).toBe(200);
    expect((await issue(ada, mapped)).status).toBe(403);
    expect((await issue(ada, { actors: 'self' })).status).toBe(200);
    expect((await issue(ada, { actors: 'everybody' })).status).toBe(400);
    const maker = await somebody('integrator', ['admin'], ['approval:decide']);
    expect((await issue(maker, mapped)).status).toBe(403);
    const race = await Promise.all([
      issue(second, mapped),
      second.post(`/webhooks/${webhook.id}/rotate-secret`, {}),
      issue(second, mapped),
    ]);
    const after = await scene.stage.rows<{ granted: boolean; rotated: boolean }>(
      `select coalesce(callback_mapped_secret is not null and callback_issuer = 'second', false) as granted, secret_by[1] = 'second' as rotated
       from webhook_endpoints where id = $1`,
      [webhook.id],
    );
    expect(race.map(({ status }) => status).filter((status) => ![200, 403, 409].includes(status))).toEqual([]);
    expect(after[0]).not.toEqual({ granted: true, rotated: true });
  });

  it('maps accounts once, by admins, to at most their own rights, and says so in the audit', async () => {
    const next = { provider: 'slack', externalId: 'U0NEXT', subject: 'nora', roles: ['security'] };
    const status = async (by: Caller, body: object) => (await by.post('/identities', body)).status;
    expect(await status(await somebody('keys', ['security'], ['key:admin', 'approval:decide']), next)).toBe(403);
    expect(await status(await somebody('blind', ['admin', 'security'], ['key:admin']), next)).toBe(403);
    expect(await status(ada, { ...next, roles: ['operations'] })).toBe(403);
    expect(await status(ada, { ...next, subject: 'webhook:1' })).toBe(400);
    expect(await status(ada, { ...next, provider: 'Slack' })).toBe(400);
    expect(await status(ada, { ...next, externalId: ACCOUNTS.ann })).toBe(409);
    const session = await ada.post('/session', {});
    const { sessions } = (await session.json()) as { sessions: { key: string }[] };
    const headers = { authorization: `Bearer ${sessions[0]?.key ?? ''}`, 'content-type': 'application/json' };
    const bySession = await fetch(`${ada.url}/identities`, { method: 'POST', headers, body: JSON.stringify(next) });
    expect(bySession.status).toBe(403);
    const { result } = await ada.ask('identity/create', next);
    expect(result).toMatchObject({ ...next, createdBy: 'ada' });
    const { id } = result as Identity;
    const page = (await (await ada.fetch('/identities?limit=1')).json()) as { items: Identity[]; cursor: string };
    expect(page.items).toEqual([result]);
    const rest = (await (await ada.fetch(`/identities?cursor=${page.cursor}`)).json()) as { items: Identity[] };
    expect(rest.items.map(({ subject }) => subject)).toEqual(Object.keys(ACCOUNTS).toReversed());
    expect((await ada.ask('identity/delete', { identityId: id })).result).toEqual({});
    const audit = (await (await ada.fetch(`/audit?subjectId=${id}`)).json()) as { items: object[] };
    expect(audit.items).toMatchObject([
      { action: 'identity.delete', actor: 'ada' },
      { action: 'identity.create', actor: 'ada', detail: next },
    ]);
  });

  it('counts no vote of an account on an approval of the person who mapped it', async () => {
    const mia = await somebody('mia', ['admin'], ['key:admin', 'approval:decide', 'run:write', 'run:read']);
    const mine = { provider: 'slack', externalId: 'U0MIA2', subject: 'moe' };
    expect((await mia.post('/identities', mine)).status).toBe(201);
    const named = { onBehalfOf: { provider: 'slack', externalId: 'U0MIA2' } };
    expect((await send(await asked(mia), named)).status).toBe(403);
    expect((await send(await asked(), named)).status).toBe(200);
  });
});

/** The file that a run of this spec writes. */
function pathOf({ frames }: Pending): string {
  const created = frames.find(({ type }) => type === 'diff.created');
  return (created?.['files'] as { path: string }[])[0]?.path ?? '';
}
