import { eventually } from '../support/eventually';
import type { Caller } from '../support/caller';
import { startPending } from '../support/pending';
import { person } from '../support/people';
import type { Replica } from '../support/stage';
import {
  WebhookScene,
  createWebhook,
  deliveriesOf,
  makeDue,
  ping,
  signedMessage,
  type CreatedWebhook,
} from '../support/webhooks';

const OLD = 'o'.repeat(32);
const NEW = 'n'.repeat(32);

interface Stored {
  readonly secret: string;
  readonly callback_secret: string;
}

describe('the secrets of webhooks, when WEBHOOK_SECRET_KEY changes', () => {
  let scene: WebhookScene;
  let integrator: Caller;
  /** Knows the new key, and the one before. */
  let changed: Replica;
  /** Knows the new key only. */
  let later: Replica;

  beforeAll(async () => {
    scene = await WebhookScene.open({ WEBHOOK_SECRET_KEY: OLD });
    integrator = await person(scene.stage.sql, scene.server.process.url, 'integrator', [], ['webhook:admin']);
    const env = { EGRESS_ALLOW: '127.0.0.0/8', WEBHOOK_SECRET_KEY: NEW };
    changed = await scene.stage.start({ ...env, WEBHOOK_SECRET_KEY_PREVIOUS: `${'x'.repeat(32)}, ${OLD}` });
    later = await scene.stage.start(env);
  });
  afterAll(() => scene.close());

  const webhook = async (url = 'http://127.0.0.1:9/'): Promise<CreatedWebhook & { readonly key: string }> => {
    const created = await createWebhook(integrator, url, ['memory.drift']);
    const answer = await scene.server.reviewer.post(`/webhooks/${created.id}/callback-key`, {});
    return { ...created, key: ((await answer.json()) as { secret: string }).secret };
  };
  const stored = async (id: string): Promise<Stored> => {
    const [row] = await scene.stage.rows<Stored>(
      'select secret, callback_secret from webhook_endpoints where id = $1',
      [id],
    );
    if (!row) throw new Error('the webhook is gone');
    return row;
  };
  const decide = async (key: string, at: Replica): Promise<number> => {
    const { approvalId, hash } = await startPending(scene.admin, `secrets/${Math.random()}.txt`, 'x');
    const { body, headers } = signedMessage(key, { decision: 'approve', hash });
    const type = { 'content-type': 'application/json' };
    const path = `${at.process.url}/approvals/${approvalId}/callback`;
    return (await fetch(path, { method: 'POST', body, headers: { ...type, ...headers } })).status;
  };

  it('stay usable under the key before, and are encrypted with the new one when they are used', async () => {
    const used = await webhook();
    const unused = await webhook();
    const before = await stored(used.id);
    expect(await decide(used.key, later)).toBe(401);
    expect(await decide(used.key, changed)).toBe(200);
    const after = await stored(used.id);
    expect(after.callback_secret).not.toBe(before.callback_secret);
    expect(await decide(used.key, later)).toBe(200);
    expect(await stored(used.id)).toEqual(after);
    expect(await decide(unused.key, later)).toBe(401);
  });

  it('harm one webhook only when no key opens them: callbacks and deliveries of the others go on', async () => {
    const receiver = await scene.receiver();
    const broken = await webhook(receiver.origin);
    const sound = await webhook(receiver.origin);
    await scene.stage.rows(
      `update webhook_endpoints set secret = 'gcm1:AAAA:AAAA:AAAA', callback_secret = 'gcm1:not:a:secret' where id = $1`,
      [broken.id],
    );
    expect(await decide(sound.key, changed)).toBe(200);
    expect(await decide(broken.key, changed)).toBe(401);
    const id = await ping(integrator, sound.id);
    await eventually('the sound one is delivered', async () => {
      const delivery = (await deliveriesOf(integrator, sound.id)).find((one) => one.id === id);
      // Another replica may have taken the try that it could not sign.
      if (delivery?.state === 'pending' && delivery.attempts.length > 0) await makeDue(scene.stage, id);
      return delivery?.state === 'delivered';
    });
    await ping(integrator, broken.id);
    const failed = await eventually('the broken one has failed', async () =>
      (await deliveriesOf(integrator, broken.id)).find(({ attempts }) => attempts.length > 0),
    );
    expect(failed.attempts[0]?.error).toMatch(/could not make this attempt/);
    const logged = changed.process.lines.filter((line) => line.includes('WEBHOOK_SECRET_KEY_PREVIOUS'));
    expect(logged.filter((line) => line.includes(broken.id))).toHaveLength(1);
    expect(changed.process.lines.join('\n')).not.toContain(OLD);
  });
});
