import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Scope } from '@assent/contract';
import { EVENT_SETTINGS, EventReceiver, newSecret, type Json } from '../support/event-receiver';
import { eventually } from '../support/eventually';
import { askMcp } from '../support/mcp-gateway';
import { decide, startPending } from '../support/pending';
import { person } from '../support/people';
import { hidden } from '../support/plans';
import { Receiver } from '../support/receiver';
import { Stage, type Replica } from '../support/stage';
import { answering, verified } from '../support/webhooks';

const DECIDED = 'approval.decided';
const EVERYTHING: readonly Scope[] = ['run:write', 'run:read', 'approval:read'];
const ERRORS = {
  invalid: -32_602,
  unknown: -32_011,
  forbidden: -32_012,
  conflict: -32_013,
  unsupported: -32_014,
  callback: -32_015,
};
const MAX_SUBSCRIPTIONS = 50;
const CHALLENGES_A_MINUTE = 30;

describe('subscriptions of MCP clients to events', () => {
  let stage: Stage;
  let replicas: [Replica, Replica];
  let replica: Replica;
  const callbacks: Pick<EventReceiver, 'close'>[] = [];
  const startTwo = async (): Promise<[Replica, Replica]> => [
    await stage.start(EVENT_SETTINGS),
    await stage.start(EVENT_SETTINGS),
  ];

  beforeAll(async () => {
    stage = await Stage.open();
    replicas = await startTwo();
    [replica] = replicas;
  });
  afterEach(async () => {
    await stage.rows('delete from event_subscriptions');
    await Promise.all(callbacks.splice(0).map((callback) => callback.close()));
  });
  afterAll(() => stage.close());

  const callback = async (): Promise<EventReceiver> => {
    const opened = await EventReceiver.open();
    callbacks.push(opened);
    return opened;
  };
  const ask = async (method: string, params: Json, key?: string): Promise<Json> => {
    const { result, error } = await askMcp(replica, method, params, key === undefined ? {} : { key });
    if (error !== undefined) throw new Error(JSON.stringify(error));
    return result as Json;
  };
  const refused = async (method: string, params: Json, key?: string): Promise<unknown> =>
    (await askMcp(replica, method, params, key === undefined ? {} : { key }))['error'];
  const subscribe = (params: Json, key?: string): Promise<Json> => ask('events/subscribe', params, key);
  /** A rejected approval. @returns its run */
  const decideOne = async (): Promise<string> => {
    const pending = await startPending(replica.developer, `events/${randomUUID()}.txt`, 'event\n');
    await decide(replica.reviewer, pending, 'reject');
    return pending.runId;
  };
  const makeDue = () => stage.rows('update event_subscriptions set next_attempt_at = now(), lease_until = null');
  const stored = async () =>
    (
      await stage.rows<{ attempts: number; is_active: boolean; last_error: string | null; fence: number }>(
        'select * from event_subscriptions',
      )
    )[0];

  /** Of both replicas. */
  const attempts = async (series: string): Promise<number> => {
    const texts = await Promise.all(replicas.map(async ({ developer }) => (await developer.fetch('/metrics')).text()));
    const lines = texts.flatMap((text) => text.split('\n')).filter((line) => line.startsWith(`${series} `));
    return lines.reduce((sum, line) => sum + Number(line.slice(series.length)), 0);
  };

  it('deliver what a poll reads, signed, after the receiver has agreed', async () => {
    const receiver = await callback();
    const subscription = await subscribe(receiver.params());
    expect(subscription).toMatchObject({
      id: expect.stringMatching(/^sub_[0-9a-f]{32}$/) as string,
      refreshBefore: expect.any(String) as string,
      truncated: false,
    });
    const [challenge] = receiver.challenges;
    expect(challenge?.headers).toMatchObject({
      'x-mcp-subscription-id': subscription['id'],
      'webhook-id': expect.stringMatching(/^msg_verification_/) as string,
    });
    const runIds = [await decideOne(), await decideOne()];
    await receiver.message(1);
    const { events, cursor } = (await ask('events/poll', { name: DECIDED, cursor: subscription['cursor'] })) as {
      events: Json[];
      cursor: string;
    };
    expect(events.map(({ data }) => (data as Json)['runId'])).toEqual(runIds);
    expect(receiver.bodies).toEqual(
      events.map((event) => ({ ...event, cursor: String((event['data'] as Json)['seq']) })),
    );
    for (const message of receiver.messages) {
      expect(verified(message, receiver.secret)).toMatchObject({ name: DECIDED });
      expect(message.headers).toMatchObject({
        'x-mcp-subscription-id': subscription['id'],
        'webhook-id': (JSON.parse(message.body) as Json)['eventId'],
        'content-type': 'application/json',
      });
    }
    const rest = await ask('events/poll', { name: DECIDED, cursor: receiver.bodies[1]?.['cursor'] });
    expect(rest).toMatchObject({ events: [], hasMore: false });
    expect(Number(cursor)).toBeGreaterThanOrEqual(Number(receiver.bodies[1]?.['cursor']));
    await expect(stage.rows('select secret from event_subscriptions')).resolves.toEqual([
      { secret: expect.stringMatching(/^gcm1:/) as string },
    ]);
    const actions = await stage.rows('select detail from audit_log where action = $1', ['event.subscribe']);
    expect(actions).toMatchObject([{ detail: { event: DECIDED, host: new URL(receiver.url).host } }]);
  });

  it('follow the events of one run, and rest when there are no more', async () => {
    const receiver = await callback();
    const { runId } = await replica.developer.call('start', hidden());
    await subscribe(receiver.params({ name: 'run.cancelled', arguments: { runId } }));
    await replica.developer.call('run/cancel', { runId });
    expect(await receiver.message(0)).toMatchObject({ name: 'run.cancelled', data: { runId } });
    const rests = async () => {
      const [row] = await stage.rows<{ fence: number; rests: boolean }>(
        `select s.fence, s.lease_until is null and s.position = runs.seq as rests from event_subscriptions s join runs on runs.id = s.run_id`,
      );
      return row?.rests === true && row;
    };
    const { fence } = await eventually('the end of the run is reached', rests);
    await decideOne();
    expect(await eventually('nothing is claimed', rests)).toMatchObject({ fence });
  });

  it('begin only when the receiver answers with the challenge', async () => {
    const receiver = await callback();
    const answered = async (answer: (response: ServerResponse) => void) => {
      const strange = await Receiver.open('https');
      strange.answer = answer;
      const params = receiver.params({ delivery: { url: `${strange.origin}/x`, secret: receiver.secret } });
      const error = await refused('events/subscribe', params);
      await strange.close();
      return error;
    };
    const refusal = (reason: string) => ({ code: ERRORS.callback, data: { reason } });
    expect(await answered((response) => response.end('{"challenge":"x"}'))).toMatchObject(refusal('challenge_failed'));
    expect(await answered(answering(302, { location: receiver.url }))).toMatchObject(refusal('challenge_failed'));
    expect(await answered(answering(404))).toMatchObject(refusal('http_4xx'));
    expect(await answered(answering(500))).toMatchObject(refusal('http_5xx'));
    const { url } = await callback();
    await Promise.all(callbacks.splice(1).map((closed) => closed.close()));
    const away = receiver.params({ delivery: { url, secret: receiver.secret } });
    expect(await refused('events/subscribe', away)).toMatchObject(refusal('connection_refused'));
    expect(await stage.rows('select 1 from event_subscriptions')).toEqual([]);
  });

  it('are refused with the code of the fault', async () => {
    const receiver = await callback();
    const reader = await person(stage.sql, replica.process.url, 'no-approvals', [], ['run:read']);
    const { secret, url } = receiver;
    const faults: [Json, object][] = [
      [{ name: 'approval.exploded' }, { code: ERRORS.unknown, data: { kind: 'event' } }],
      [{ arguments: { runId: 'x' } }, { code: ERRORS.invalid }],
      [{ name: 'run.completed', arguments: { runId: randomUUID() } }, { code: ERRORS.unknown }],
      [{ delivery: { mode: 'push', url, secret } }, { code: ERRORS.unsupported, data: { value: 'push' } }],
      [{ delivery: { url: url.replace('https', 'http'), secret } }, { code: ERRORS.invalid }],
      [{ delivery: { url: 'https://10.0.0.1/x', secret } }, { code: ERRORS.invalid }],
      [
        { delivery: { url, secret: 'whsec_c2hvcnQ=' } },
        { code: ERRORS.invalid, data: { pointer: '/delivery/secret' } },
      ],
      [{ cursor: '999999' }, { code: ERRORS.invalid }],
    ];
    for (const [fault, error] of faults)
      expect(await refused('events/subscribe', receiver.params(fault))).toMatchObject(error);
    expect(await refused('events/subscribe', receiver.params(), reader.key)).toMatchObject({ code: ERRORS.forbidden });
    expect(receiver.challenges).toEqual([]);
  });

  it('are limited for each subject', async () => {
    const receiver = await callback();
    const { id } = await subscribe(receiver.params());
    await stage.rows(
      `insert into event_subscriptions select (jsonb_populate_record(s, jsonb_build_object('id', 'sub_' || n))).*
       from event_subscriptions s, generate_series(2, $1) n`,
      [MAX_SUBSCRIPTIONS],
    );
    const other = receiver.params({ name: 'approval.requested' });
    expect(await refused('events/subscribe', other)).toMatchObject({
      code: ERRORS.conflict,
      data: { limit: 'subscriptions', max: MAX_SUBSCRIPTIONS },
    });
    expect(await subscribe(receiver.params())).toMatchObject({ id });
    await ask('events/unsubscribe', { name: DECIDED, delivery: { url: receiver.url } });
    await subscribe(other);
  });

  it('are limited for each subject when several are made at once, at two replicas', async () => {
    const receiver = await callback();
    await subscribe(receiver.params());
    await stage.rows(
      `insert into event_subscriptions select (jsonb_populate_record(s, jsonb_build_object('id', 'sub_' || n))).*
       from event_subscriptions s, generate_series(3, $1) n`,
      [MAX_SUBSCRIPTIONS],
    );
    const names = ['approval.requested', 'approval.questioned', 'approval.expired', 'approval.voided'];
    const answers = await Promise.all(
      names.flatMap((name) =>
        replicas.map((at, index) => {
          const delivery = { mode: 'webhook', url: `${receiver.url}?${index}`, secret: receiver.secret };
          return askMcp(at, 'events/subscribe', { name, delivery });
        }),
      ),
    );
    const errors = answers.flatMap(({ error }) => (error === undefined ? [] : [error]));
    expect(errors).toHaveLength(answers.length - 1);
    for (const error of errors)
      expect(error).toMatchObject({ code: ERRORS.conflict, data: { limit: 'subscriptions' } });
    expect(await stage.rows('select from event_subscriptions')).toHaveLength(MAX_SUBSCRIPTIONS);
  });

  it('send a limited number of challenges to one host', async () => {
    const receiver = await Receiver.open('https');
    receiver.answer = answering(404);
    callbacks.push(receiver);
    const delivery = { url: `${receiver.origin}/x`, secret: newSecret() };
    const codes: unknown[] = [];
    for (let count = 0; count <= CHALLENGES_A_MINUTE; count += 1) {
      const error = (await refused('events/subscribe', { name: DECIDED, delivery })) as Json;
      codes.push(error['code']);
    }
    expect(new Set(codes.slice(0, -1))).toEqual(new Set([ERRORS.callback]));
    expect(codes.at(-1)).toBe(ERRORS.conflict);
    expect(receiver.requests).toHaveLength(CHALLENGES_A_MINUTE);
  });

  it('end when they are unsubscribed', async () => {
    const receiver = await callback();
    await subscribe(receiver.params());
    const other = await callback();
    await subscribe(other.params());
    const key = { name: DECIDED, delivery: { url: receiver.url } };
    await ask('events/unsubscribe', key);
    expect(await refused('events/unsubscribe', key)).toMatchObject({
      code: ERRORS.unknown,
      data: { kind: 'subscription' },
    });
    await decideOne();
    await other.message(0);
    expect(receiver.messages).toEqual([]);
  });

  it('expire unless they are renewed, and go on from the cursor of the client', async () => {
    const receiver = await callback();
    const first = await subscribe(receiver.params({ ttlMs: 1 }));
    const left = Date.parse(String(first['refreshBefore'])) - Date.now();
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(60_000);
    const unlimited = await subscribe(receiver.params({ ttlMs: null }));
    expect(unlimited).toMatchObject({ id: first['id'], deliveryStatus: { active: true, lastError: null } });
    expect(Date.parse(String(unlimited['refreshBefore'])) - Date.now()).toBeGreaterThan(80_000_000);
    expect(receiver.challenges).toHaveLength(1);
    await stage.rows(`update event_subscriptions set expires_at = now() - interval '1 second'`);
    const runId = await decideOne();
    const other = await callback();
    await subscribe(other.params({ cursor: first['cursor'] }));
    expect(await other.message(0)).toMatchObject({ data: { runId } });
    expect(receiver.messages).toEqual([]);
    expect(await subscribe(receiver.params({ cursor: first['cursor'] }))).toMatchObject({ id: first['id'] });
    expect(await receiver.message(0)).toMatchObject({ data: { runId } });
    expect(receiver.challenges).toHaveLength(2);
  });

  it('end with the key of the subscriber, and send the receiver a message about it', async () => {
    const receiver = await callback();
    const subscriber = await person(stage.sql, replica.process.url, 'revoked', [], EVERYTHING);
    await subscribe(receiver.params(), subscriber.key);
    await stage.rows(`update api_keys set revoked_at = now() where subject = 'revoked'`);
    await eventually('the key is refused', async () => (await subscriber.fetch('/runs')).status === 401);
    // Every replica has seen the revocation by then.
    await eventually('the other replica refuses it', async () => {
      const headers = { authorization: `Bearer ${subscriber.key}` };
      return (await fetch(`${replicas[1].process.url}/runs`, { headers })).status === 401;
    });
    await decideOne();
    expect(await receiver.message(0)).toEqual({
      type: 'terminated',
      error: { code: ERRORS.forbidden, message: 'Forbidden', data: { reason: 'Access revoked' } },
    });
    receiver.verify(0);
    expect(await stage.rows('select 1 from event_subscriptions')).toEqual([]);
    expect(await stage.rows('select 1 from audit_log where action = $1', ['event.terminate'])).toHaveLength(1);
  });

  it('send an event again until it is accepted, and pause until they are renewed', async () => {
    const receiver = await callback();
    receiver.answer = answering(500);
    await subscribe(receiver.params());
    await decideOne();
    await decideOne();
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      await eventually(`attempt ${attempt} is recorded`, async () => (await stored())?.attempts === attempt);
      if (attempt < 5) await makeDue();
    }
    expect(await stored()).toMatchObject({ is_active: false });
    expect(new Set(receiver.bodies.map(({ eventId }) => eventId)).size).toBe(1);
    // The objective of the webhooks counts `assent_webhook_attempts_total`.
    expect(await attempts('assent_event_attempts_total{outcome="failed"}')).toBeGreaterThanOrEqual(5);
    expect(await attempts('assent_webhook_attempts_total{outcome="retry"}')).toBe(0);
    receiver.answer = answering(204);
    const renewed = await subscribe(receiver.params());
    expect(renewed).toMatchObject({
      deliveryStatus: { active: false, lastError: 'http_5xx', failedSince: expect.any(String) as string },
    });
    expect((await receiver.message(6))['eventId']).not.toBe((await receiver.message(5))['eventId']);
    await eventually('its health is known', async () => {
      const { deliveryStatus } = await subscribe(receiver.params());
      return (deliveryStatus as Json)['lastError'] === null;
    });
  });

  it('are tried again when no key decrypts their secret, which is logged once, and go on when they are renewed', async () => {
    const receiver = await callback();
    await subscribe(receiver.params());
    await stage.rows(`update event_subscriptions set secret = 'gcm1:AAAA:AAAA:AAAA'`);
    await decideOne();
    await eventually('it was tried', async () => (await stored())?.last_error === 'secret_unreadable');
    // Others are still served.
    const other = await callback();
    await subscribe(other.params());
    const runId = await decideOne();
    expect(await other.message(0)).toMatchObject({ data: { runId } });
    const lines = replicas.flatMap(({ process: { lines: all } }) => all.filter((line) => line.includes('decrypt')));
    expect(lines).toEqual([expect.stringContaining('WEBHOOK_SECRET_KEY_PREVIOUS')]);
    expect(await subscribe(receiver.params())).toMatchObject({
      deliveryStatus: { active: true, lastError: 'secret_unreadable' },
    });
    await receiver.message(1);
    receiver.verify(1);
  });

  it('go on after an event that the receiver refuses for good', async () => {
    const receiver = await callback();
    receiver.answer = answering(410);
    await subscribe(receiver.params());
    await decideOne();
    const refusedOne = await receiver.message(0);
    receiver.answer = answering(204);
    await decideOne();
    expect((await receiver.message(1))['eventId']).not.toBe(refusedOne['eventId']);
    expect(receiver.messages).toHaveLength(2);
  });

  it('sign with the old and the new secret after a rotation', async () => {
    const receiver = await callback();
    await subscribe(receiver.params());
    const next = newSecret();
    await subscribe(receiver.params({ delivery: { url: receiver.url, secret: next } }));
    await decideOne();
    await receiver.message(0);
    for (const secret of [next, receiver.secret]) receiver.verify(0, secret);
    expect(receiver.challenges).toHaveLength(1);
  });

  it('report events that were deleted before they could be delivered', async () => {
    const receiver = await callback();
    const { cursor } = await subscribe(receiver.params());
    await stage.rows('update event_subscriptions set is_active = false');
    await decideOne();
    const lost = await ask('events/poll', { name: DECIDED, cursor });
    const runId = await decideOne();
    await ask('events/poll', { name: DECIDED, cursor });
    await stage.rows('delete from approval_events where seq <= $1', [Number(lost['cursor'])]);
    await subscribe(receiver.params({ cursor }));
    const kept = await receiver.message(1);
    expect(kept).toMatchObject({ name: DECIDED, data: { runId } });
    expect(await receiver.message(0)).toEqual({ type: 'gap', cursor: String(Number(kept['cursor']) - 1) });
  });

  it('of another tenant get nothing', async () => {
    const receiver = await callback();
    const id = randomUUID();
    const secret = randomBytes(32).toString('base64url');
    await stage.rows(
      `insert into api_keys (id, tenant_id, name, subject, scopes, roles, secret_hash, created_by, created_at)
       values ($1, 'elsewhere', 'spy', 'developer', $2, '{}', $3, 'test', now())`,
      [id, EVERYTHING, createHash('sha256').update(secret).digest('hex')],
    );
    const key = `aak_${id.replaceAll('-', '')}_${secret}`;
    const mine = await subscribe(receiver.params());
    const theirs = await subscribe(receiver.params(), key);
    expect(theirs['id']).not.toBe(mine['id']);
    expect(receiver.challenges).toHaveLength(2);
    await decideOne();
    await receiver.message(0);
    expect(receiver.messages.map(({ headers }) => headers['x-mcp-subscription-id'])).toEqual([mine['id']]);
    await ask('events/unsubscribe', { name: DECIDED, delivery: { url: receiver.url } }, key);
    expect(await stage.rows('select tenant_id from event_subscriptions')).toEqual([{ tenant_id: 'local' }]);
  });

  it('deliver each event once from two replicas, and again when one was killed before it knew the answer', async () => {
    const receiver = await callback();
    await subscribe(receiver.params());
    const runIds: string[] = [];
    for (let count = 0; count < 3; count += 1) runIds.push(await decideOne());
    await receiver.message(2);
    expect(receiver.bodies.map(({ data }) => (data as Json)['runId'])).toEqual(runIds);
    const held: ServerResponse[] = [];
    receiver.answer = (response) => held.push(response);
    await decideOne();
    const sent = await receiver.message(3);
    await Promise.all(replicas.map(({ process }) => process.kill()));
    receiver.answer = answering(204);
    for (const response of held) response.end();
    // What 30 s would do.
    await makeDue();
    replicas = await startTwo();
    [replica] = replicas;
    expect(await receiver.message(4)).toEqual(sent);
    await decideOne();
    expect((await receiver.message(5))['eventId']).not.toBe(sent['eventId']);
    expect(receiver.messages).toHaveLength(6);
  });

  it('are announced, also where clients of the first drafts look', async () => {
    const { capabilities } = await ask('server/discover', {});
    expect(capabilities).toMatchObject({ events: {}, extensions: { 'io.modelcontextprotocol/events': {} } });
  });
});
