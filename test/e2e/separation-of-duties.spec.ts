import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { SCOPES, type Approval } from '@assent/contract';
import { Caller } from '../support/caller';
import { WAYS, type Credential } from '../support/decision-ways';
import { framesUntil } from '../support/frames';
import { startPending, type Pending } from '../support/pending';
import { person } from '../support/people';
import { Receiver } from '../support/receiver';
import { Stage, type Replica } from '../support/stage';
import { createWebhook, signedMessage } from '../support/webhooks';

const ISSUER = 'https://id.example';
const UNLIMITED = { RATE_LIMIT_PER_SECOND: '0', RATE_LIMIT_UNAUTHENTICATED_PER_SECOND: '0' };
const RULES = [{ id: 'two', paths: ['two/**'], quorum: 2 }];

/**
 * Credentials that Alice issued and that speak for another person. They do not decide what she started under her own name. What
 * was started with a key that she gave to Carol they may decide: an admin is trusted to give each key to its person.
 */
const FOR_OTHERS: readonly string[] = [
  'a key that she made for another',
  'a key made with a key that she made',
  'the secret of a webhook made with a key that she made',
  'a secret that another rotated on a webhook that she made',
  'a callback key granted with a key that she made',
  'a callback key granted on a webhook that she made',
  'a callback key granted on a webhook that she rotated',
  'a mapped key granted with a key that she made',
  'an account that she mapped',
];

/**
 * Alice starts a run and has every right that a person of a tenant can have. No credential that she holds, creates or
 * rotates can decide it: the tests try each credential through each API that accepts it.
 */
describe('the person who started a run', () => {
  let stage: Stage;
  let identityProvider: Receiver;
  let signing: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
  let folder: string;
  /** Takes the secret of a webhook as a credential too, which is the wider of the settings. */
  let wide: Replica;
  /** With the default settings. */
  let server: Replica;
  let alice: Caller;
  let bob: Caller;
  /** Keys that runs are started with; each is Alice's. */
  let starters: Readonly<Record<string, Caller>>;
  let credentials: Readonly<Record<string, Credential>>;

  beforeAll(async () => {
    stage = await Stage.open();
    identityProvider = await Receiver.open();
    const { publicKey, privateKey } = await generateKeyPair('RS256');
    signing = privateKey;
    const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256' }] });
    identityProvider.answer = (response) => response.setHeader('content-type', 'application/json').end(keys);
    folder = await mkdtemp(join(tmpdir(), 'assent-duties-'));
    const file = join(folder, 'approvals.json');
    await writeFile(file, JSON.stringify({ version: 1, rules: RULES }));
    const env = {
      EGRESS_ALLOW: '127.0.0.0/8',
      APPROVAL_POLICY_FILE: file,
      ...UNLIMITED,
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: 'assent',
      JWT_JWKS_URL: identityProvider.origin,
      JWT_TENANT: 'local',
    };
    [wide, server] = await Promise.all([stage.start({ ...env, WEBHOOK_CALLBACKS: 'endpoint' }), stage.start(env)]);
    alice = await somebody('alice');
    bob = await somebody('bob');
    starters = await startersOf();
    credentials = { ...(await keysOf()), ...(await secretsOf()), ...(await accountsOf()) };
  });
  afterAll(async () => {
    await stage.close();
    await identityProvider.close();
    await rm(folder, { recursive: true, force: true });
  });

  const somebody = (subject: string) => person(stage.sql, wide.process.url, subject, ['admin'], SCOPES);
  const key = (caller: Caller): Credential => ({ kind: 'key', caller });
  const secret = (text: string) => ({ kind: 'secret', secret: text }) as const;
  const made = async (by: Caller, subject: string): Promise<Caller> => {
    const answer = await by.post('/keys', { name: subject, subject, scopes: SCOPES, roles: ['admin'] });
    expect(answer.status).toBe(201);
    return new Caller(wide.process.url, ((await answer.json()) as { key: string }).key);
  };
  const token = async (subject: string): Promise<Caller> => {
    const jwt = new SignJWT({ scope: SCOPES.join(' ') }).setProtectedHeader({ alg: 'RS256', kid: 'k' });
    const signed = jwt
      .setIssuer(ISSUER)
      .setAudience('assent')
      .setSubject(subject)
      .setExpirationTime('5m')
      .sign(signing);
    return new Caller(wide.process.url, await signed);
  };
  const webhook = (by: Caller) => createWebhook(by, 'http://127.0.0.1:9/', ['memory.drift']);
  const shown = async (by: Caller, path: string): Promise<string> => {
    const answer = await by.post(path, {});
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { secret: string }).secret;
  };

  async function startersOf() {
    const carol = await made(alice, 'carol');
    return { own: alice, 'sub-identity': await made(alice, 'alice/ci'), 'key for another': carol };
  }

  async function keysOf(): Promise<Record<string, Credential>> {
    const dan = await made(alice, 'dan');
    const ticket = (await (await alice.post('/stream-tickets', { stream: 'approvals' })).json()) as { ticket: string };
    return {
      'her own key': key(alice),
      'another key of hers': key(await made(alice, 'alice')),
      'a key that she made for another': key(dan),
      'a key made with a key that she made': key(await made(dan, 'eve')),
      'a key of her sub-identity': key(await made(alice, 'alice/bot')),
      'a sub-identity that somebody else made': key(await somebody('alice/phone')),
      'a key in capitals': key(await somebody('ALICE')),
      'a key with a space behind the name': key(await somebody('alice ')),
      'a key in full-width letters': key(await somebody('ａｌｉｃｅ')),
      'her token': key(await token('alice')),
      'a token in other case': key(await token('Alice')),
      'a stream ticket': key(new Caller(wide.process.url, ticket.ticket)),
    };
  }

  async function secretsOf(): Promise<Record<string, Credential>> {
    const dan = await made(alice, 'dan');
    const ofAlice = await webhook(alice);
    const ofDan = await webhook(dan);
    const rotatedByAlice = await webhook(bob);
    const rotatedByBob = await webhook(alice);
    const twiceRotated = await webhook(bob);
    const betweenRotations = await shown(alice, `/webhooks/${twiceRotated.id}/rotate-secret`);
    await shown(bob, `/webhooks/${twiceRotated.id}/rotate-secret`);
    const grantedByAlice = await webhook(bob);
    const grantedByDan = await webhook(bob);
    const grantedOnHers = await webhook(alice);
    const grantedOnRotated = await webhook(bob);
    await shown(alice, `/webhooks/${grantedOnRotated.id}/rotate-secret`);
    return {
      'the secret of a webhook that she made': secret(ofAlice.secret),
      'the secret of a webhook made with a key that she made': secret(ofDan.secret),
      'a secret that she rotated': secret(await shown(alice, `/webhooks/${rotatedByAlice.id}/rotate-secret`)),
      'a secret that another rotated on a webhook that she made': secret(
        await shown(bob, `/webhooks/${rotatedByBob.id}/rotate-secret`),
      ),
      'the secret before the rotation by another': secret(rotatedByBob.secret),
      'the secret that she rotated, before the rotation by another': secret(betweenRotations),
      'a callback key that she granted': secret(await shown(alice, `/webhooks/${grantedByAlice.id}/callback-key`)),
      'a callback key granted with a key that she made': secret(
        await shown(dan, `/webhooks/${grantedByDan.id}/callback-key`),
      ),
      'a callback key granted on a webhook that she made': secret(
        await shown(bob, `/webhooks/${grantedOnHers.id}/callback-key`),
      ),
      'a callback key granted on a webhook that she rotated': secret(
        await shown(bob, `/webhooks/${grantedOnRotated.id}/callback-key`),
      ),
    };
  }

  /** Keys that speak for mapped accounts, each with the account that is named. */
  async function accountsOf(): Promise<Record<string, Credential>> {
    const ivan = await somebody('ivan');
    const map = async (by: Caller, account: string, subject: string) => {
      const answer = await by.post('/identities', { provider: 'slack', externalId: account, subject });
      expect(answer.status).toBe(201);
    };
    await map(ivan, 'HEIDI', 'heidi');
    await map(ivan, 'ALICE', 'alice');
    await map(alice, 'JUDY', 'judy');
    const mapped = async (made: { id: string }, by: Caller, account: string): Promise<Credential> => {
      const answer = await by.post(`/webhooks/${made.id}/callback-key`, { actors: 'mapped' });
      expect(answer.status).toBe(200);
      return { ...secret(((await answer.json()) as { secret: string }).secret), account };
    };
    const rotated = await webhook(bob);
    await shown(alice, `/webhooks/${rotated.id}/rotate-secret`);
    return {
      'a mapped key that she granted': await mapped(await webhook(bob), alice, 'HEIDI'),
      'a mapped key granted with a key that she made': await mapped(
        await webhook(bob),
        await made(alice, 'dan'),
        'HEIDI',
      ),
      'a mapped key on a webhook that she made': await mapped(await webhook(alice), ivan, 'HEIDI'),
      'a mapped key on a webhook that she rotated': await mapped(rotated, ivan, 'HEIDI'),
      'her own account': await mapped(await webhook(bob), ivan, 'ALICE'),
      'an account that she mapped': await mapped(await webhook(bob), ivan, 'JUDY'),
    };
  }

  const pending = (starter: Caller, folderName = 'duties'): Promise<Pending> =>
    startPending(starter, `${folderName}/${Math.random()}.txt`, 'one\n');

  const approval = async (id: string): Promise<Approval> =>
    (await (await bob.fetch(`/approvals/${id}`)).json()) as Approval;

  it.each(['own', 'sub-identity', 'key for another'])(
    'decides by no way and with no credential that she holds (started with: %s)',
    async (name) => {
      const asked = await pending(starters[name] ?? alice);
      const taken: string[] = [];
      for (const { process } of [wide, server]) {
        for (const way of WAYS) {
          for (const [what, credential] of Object.entries(credentials)) {
            const isForAnother = name === 'key for another' && FOR_OTHERS.includes(what);
            if (credential.kind !== way.kind || isForAnother) continue;
            const moved = credential.kind === 'key' ? key(new Caller(process.url, credential.caller.key)) : credential;
            for (const verb of ['approve', 'reject'] as const) {
              const status = await way.decide(process.url, asked, verb, moved);
              if (status !== 403 && status !== 401) taken.push(`${way.name}, ${verb}, with ${what}: ${status}`);
            }
          }
        }
      }
      expect(taken).toEqual([]);
      expect(await approval(asked.approvalId)).toMatchObject({ state: 'pending', votes: [], revision: 1 });
    },
  );

  it('is not everybody: each way works for the key, and for the granted key of a webhook, of another person', async () => {
    const { id } = await webhook(bob);
    const granted = await shown(bob, `/webhooks/${id}/callback-key`);
    for (const way of WAYS) {
      const asked = await pending(alice);
      const own = way.kind === 'key' ? key(bob) : secret(granted);
      expect([way.name, await way.decide(wide.process.url, asked, 'approve', own)]).toEqual([
        way.name,
        way.name === 'JSON-RPC response' ? 202 : 200,
      ]);
      await framesUntil(alice, asked.runId, 'run.completed');
    }
  });

  it('is not everybody: a mapped key of other people decides for an account of another person', async () => {
    const ivan = await somebody('ivan');
    const { id } = await webhook(bob);
    const answer = await ivan.post(`/webhooks/${id}/callback-key`, { actors: 'mapped' });
    const { secret: text } = (await answer.json()) as { secret: string };
    const callback = WAYS.find(({ name }) => name === 'callback');
    const asked = await pending(alice);
    const heidi = { ...secret(text), account: 'HEIDI' };
    expect(await callback?.decide(server.process.url, asked, 'approve', heidi)).toBe(200);
    expect((await approval(asked.approvalId)).decision).toMatchObject({ actor: 'heidi', via: `webhook:${id}` });
  });

  it('does not decide by the secret of any webhook where callbacks are left at their default', async () => {
    const asked = await pending(alice);
    const { secret: text } = await webhook(bob);
    const callback = WAYS.find(({ name }) => name === 'callback');
    expect(await callback?.decide(server.process.url, asked, 'approve', secret(text))).toBe(401);
    expect(await callback?.decide(wide.process.url, asked, 'approve', secret(text))).toBe(200);
  });

  it('finds a quorum of two filled by two people only: not by two webhooks, or two spellings, of one', async () => {
    const asked = await pending(alice, 'two');
    const by = async (text: string) => {
      const { body, headers } = signedMessage(text, { decision: 'approve', hash: asked.hash });
      const answer = await fetch(`${wide.process.url}/approvals/${asked.approvalId}/callback`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...headers },
      });
      return (await answer.json()) as Approval;
    };
    const rest = async (caller: Caller) =>
      (await (
        await caller.post(`/approvals/${asked.approvalId}/approve`, {}, { 'if-match': `"${asked.hash}"` })
      ).json()) as Approval;
    const stillOne = { state: 'pending', needed: { people: 1 } };
    expect(await by((await webhook(bob)).secret)).toMatchObject(stillOne);
    expect(await by((await webhook(bob)).secret)).toMatchObject(stillOne);
    expect(await rest(bob)).toMatchObject(stillOne);
    expect(await rest(await somebody('Bob'))).toMatchObject(stillOne);
    expect(await rest(await made(bob, 'bob/ci'))).toMatchObject(stillOne);
    expect(await rest(await made(bob, 'frank'))).toMatchObject(stillOne);
    expect(await rest(await somebody('grace'))).toMatchObject({ state: 'approved', needed: { people: 0 } });
  });
});
