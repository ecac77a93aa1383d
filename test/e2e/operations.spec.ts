import { randomUUID } from 'node:crypto';
import { Ajv } from 'ajv';
import * as formats from 'ajv-formats';
import { METHODS, SCOPES, facesOf, type MethodRow, type RestFace, type Scope } from '@assent/contract';
import { Caller, type WireAnswer } from '../support/caller';
import { person } from '../support/people';
import { startPending, type Pending } from '../support/pending';
import { Stage, type Replica } from '../support/stage';

type Params = Readonly<Record<string, unknown>>;

/** Things that operations are about. Each call makes a new one, so that both transports find the same situation. */
interface World {
  pending(): Promise<Pending & { readonly path: string }>;
  key(): Promise<string>;
  webhook(): Promise<string>;
  /** A mapped account. */
  identity(): Promise<string>;
  delivery(): Promise<string>;
}

const never = 'ffffffff-ffff-7fff-bfff-ffffffffffff';
const nothing = (): Params => ({});
let twins = 0;
/** A name that is taken by nothing yet. */
const nextTwin = (): string => `twin-${(twins += 1)}`;
const day = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };

/** Params of every operation with a REST face. An operation that finds nothing is refused in the same way by both. */
const PARAMS: Readonly<Record<string, (world: World) => Params | Promise<Params>>> = {
  stream: async ({ pending }) => ({ runId: (await pending()).runId }),
  'stream/ticket': async ({ pending }) => ({ runId: (await pending()).runId }),
  'run/get': async ({ pending }) => ({ runId: (await pending()).runId }),
  'run/list': () => ({ state: 'cancelled', limit: 1 }),
  'run/count': () => ({ state: 'cancelled' }),
  'tree/get': async ({ pending }) => ({ runId: (await pending()).runId, step: 1 }),
  'tool/check': () => ({ tool: 'file.read', args: { path: 'README.md' } }),
  'diff/file/get': async ({ pending }) => {
    const { diffId, path } = await pending();
    return { diffId, path, side: 'proposed' };
  },
  'approval/list': () => ({ state: 'expired', tool: 'file.write', limit: 1 }),
  'approval/get': async ({ pending }) => ({ approvalId: (await pending()).approvalId }),
  'approval/decide': async ({ pending }) => decision(await pending()),
  'approval/count': () => ({ state: 'expired' }),
  'approval/revise': async ({ pending }) => {
    const { approvalId, hash, path } = await pending();
    return { approvalId, hash, files: [{ path, content: 'revised' }] };
  },
  'approval/revision/list': async ({ pending }) => {
    const { approvalId, diffId } = await pending();
    return { approvalId, against: diffId };
  },
  'approval/diff/get': async ({ pending }) => ({ approvalId: (await pending()).approvalId }),
  'approval/question': async ({ pending }) => ({ approvalId: (await pending()).approvalId, question: 'Why?' }),
  'approval/rule/draft': async ({ pending }) => ({ approvalId: (await pending()).approvalId }),
  'approval/audit/list': async ({ pending }) => ({ approvalId: (await pending()).approvalId }),
  'approval/decide_many': async ({ pending }) => ({ decisions: [decision(await pending())] }),
  'approval/events': () => ({ after: 0 }),
  'event/list': () => ({ after: 0 }),
  'audit/list': () => ({ action: 'key.create', limit: 1 }),
  'audit/head': nothing,
  'webhook/create': () => ({ url: 'http://receiver.invalid/', events: ['run.failed'] }),
  'webhook/list': () => ({ limit: 1 }),
  'webhook/get': async ({ webhook }) => ({ webhookId: await webhook() }),
  'webhook/change': async ({ webhook }) => ({ webhookId: await webhook(), description: 'changed', enabled: false }),
  'webhook/delete': async ({ webhook }) => ({ webhookId: await webhook() }),
  'webhook/rotate_secret': async ({ webhook }) => ({ webhookId: await webhook(), overlapSeconds: 60 }),
  'webhook/callback_key/issue': async ({ webhook }) => ({ webhookId: await webhook(), roles: [] }),
  'webhook/callback_key/revoke': async ({ webhook }) => ({ webhookId: await webhook() }),
  'webhook/test': async ({ webhook }) => ({ webhookId: await webhook() }),
  'webhook/replay': async ({ webhook }) => ({ webhookId: await webhook(), ...day }),
  'webhook/delivery/list': async ({ webhook }) => ({ webhookId: await webhook(), state: 'dead' }),
  'webhook/delivery/get': async ({ delivery }) => ({ deliveryId: await delivery() }),
  'webhook/delivery/redeliver': async ({ delivery }) => ({ deliveryId: await delivery() }),
  'key/create': () => ({ name: 'twin', scopes: ['run:read'], expiresAt: '2099-01-01' }),
  'key/list': () => ({ cursor: '00000000-0000-7000-8000-000000000000' }),
  'key/get': async ({ key }) => ({ keyId: await key() }),
  'key/revoke': async ({ key }) => ({ keyId: await key() }),
  'identity/create': () => ({ provider: 'slack', externalId: nextTwin(), subject: 'ann' }),
  'identity/list': nothing,
  'identity/delete': async ({ identity }) => ({ identityId: await identity() }),
  'session/open': nothing,
  'session/link': nothing,
  'session/get': nothing,
  'session/close': nothing,
  'flag/list': nothing,
  'flag/set': () => ({ flag: 'auto_approval', enabled: false }),
  'flag/clear': () => ({ flag: 'auto_approval' }),
  'diff/revert': () => ({ diffId: never }),
  'pause/set': () => ({ reason: 'an incident' }),
  'pause/clear': nothing,
  'server/info': nothing,
  'memory/search': () => ({ query: 'timeout', limit: 1 }),
  'memory/get': () => ({ fragmentId: never }),
  'memory/use/list': () => ({ fragmentId: never }),
  'memory/list': () => ({ status: 'active' }),
  'memory/plan/list': () => ({ state: 'applied' }),
  'memory/plan/get': () => ({ planId: never }),
  'meta_prompt/list': () => ({ family: 'plan' }),
  'meta_prompt/get': () => ({ metaPromptId: never }),
  'memory/run/list': () => ({ limit: 1 }),
  'memory/run/get': () => ({ memoryRunId: never }),
  'memory/drift/get': nothing,
};
/** Refused to a caller with a built-in key; others that are refused find nothing. */
const REFUSALS: Readonly<Record<string, number>> = {
  'session/link': 403,
  'session/close': 409,
  // The pending approval is of a diff, and not of a coding agent's question.
  'approval/question': 409,
  'approval/rule/draft': 409,
};
/** What JSON-RPC has in pages and REST as a whole file; compared below line by line. */
const EXPORTS: readonly string[] = ['audit/export', 'memory/export'];

const ROWS = Object.entries<MethodRow>(METHODS).flatMap(([name, row]) =>
  facesOf(row).map((face) => ({ name, row, face, route: `${face.verb} ${face.path}` })),
);

function decision({ approvalId, hash }: Pending): Params {
  return { approvalId, decision: 'approve', hash };
}

/** The request to a REST route that says the same as these params. */
function requestOf({ verb, path, id, ifMatch, fixed = {} }: RestFace, params: Params): [string, RequestInit] {
  const rest = new Map(Object.entries(params));
  const take = (name: string): string => {
    const value = String(rest.get(name));
    rest.delete(name);
    return value;
  };
  for (const name of Object.keys(fixed)) rest.delete(name);
  let target = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => take(name === 'id' ? (id ?? name) : name));
  const headers: Record<string, string> = { accept: 'application/json', 'content-type': 'application/json' };
  if (ifMatch !== undefined) headers['if-match'] = `"${take(ifMatch)}"`;
  if (verb !== 'GET' && verb !== 'DELETE')
    return [target, { method: verb, headers, body: JSON.stringify(Object.fromEntries(rest)) }];
  if (rest.size > 0)
    target += `?${new URLSearchParams(Object.fromEntries([...rest].map(([name, value]) => [name, String(value)]))).toString()}`;
  delete headers['content-type'];
  return [target, { method: verb, headers }];
}

/** A result without what differs between two things that were made alike. */
function alike(result: unknown): string {
  return (
    JSON.stringify(result)
      .replaceAll(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, '<id>')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
      .replaceAll(/(?:sha256:)?[0-9a-f]{64}/g, '<hash>')
      .replaceAll(/"(?:whsec_|aak_)[^"]*"|"ticket":"[^"]*"|ticket=[\w-]+/g, '<secret>')
      .replaceAll(/twin-\d+/g, 'twin')
      // Continues in the background: the chain, and the attempts of a delivery.
      .replaceAll(/"position":\d+|"attempts":\[[^\]]*\]|"nextAttemptAt":(?:null|"<time>")/g, '<later>')
  );
}

describe('an operation', () => {
  const ajv = formats.default(new Ajv({ strict: false }));
  const lacking = new Map<Scope, Caller>();
  let stage: Stage;
  let server: Replica;
  /** With the role that mapping accounts needs. */
  let admin: Caller;
  let world: World;
  /** The same things each time, for requests that change nothing. */
  let still: World;

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start({ WEBHOOK_SECRET_KEY: 'k'.repeat(32), RATE_LIMIT_PER_SECOND: '0' });
    const { developer } = server;
    admin = await person(stage.sql, server.process.url, 'admin', ['admin'], ['key:admin', 'approval:decide']);
    for (const scope of SCOPES) {
      const scopes = SCOPES.filter((candidate) => candidate !== scope && candidate !== 'approval:decide');
      const { key } = await developer.call('key/create', { name: `no ${scope}`, scopes });
      lacking.set(scope, new Caller(server.process.url, key));
    }
    const webhook = async () =>
      (await developer.call('webhook/create', { url: 'http://receiver.invalid/', events: ['run.failed'] })).id;
    world = {
      pending: async () => {
        const path = `${nextTwin()}.txt`;
        return { ...(await startPending(developer, path, 'x')), path };
      },
      key: async () => (await developer.call('key/create', { name: 'twin', scopes: ['run:read'] })).id,
      webhook,
      identity: async () =>
        (await admin.call('identity/create', { provider: 'slack', externalId: nextTwin(), subject: 'ann' })).id,
      delivery: async () => (await developer.call('webhook/test', { webhookId: await webhook() })).id,
    };
    const [pending, key, hook] = [await world.pending(), await world.key(), await webhook()];
    const account = await world.identity();
    still = {
      pending: () => Promise.resolve(pending),
      key: () => Promise.resolve(key),
      webhook: () => Promise.resolve(hook),
      identity: () => Promise.resolve(account),
      delivery: () => Promise.resolve(hook),
    };
  });
  afterAll(() => stage.close());

  const callerOf = (name: string, { scope }: MethodRow): Caller => {
    if (name.startsWith('identity/')) return admin;
    return scope?.startsWith('approval:') ? server.reviewer : server.developer;
  };
  const byRest = async (caller: Caller, face: RestFace, params: Params): Promise<[number, unknown]> => {
    const answer = await caller.fetch(...requestOf(face, params));
    const text = await answer.text();
    return [answer.status, text === '' ? {} : (JSON.parse(text) as unknown)];
  };
  const expectSameRefusal = (problem: unknown, { error }: WireAnswer): void => {
    const { detail, type, pointer } = problem as Params;
    expect([type, alike(detail), pointer]).toEqual([
      error?.data['type'],
      alike(error?.message),
      error?.data['pointer'],
    ]);
  };

  it('with a REST face has params in this file', () => {
    const names = [...new Set(ROWS.map(({ name }) => name))].filter((name) => !EXPORTS.includes(name));
    expect(Object.keys(PARAMS).sort()).toEqual(names.sort());
  });

  it.each(ROWS.filter(({ name }) => !EXPORTS.includes(name)))(
    '$name answers the same as $route',
    async ({ name, row, face }) => {
      const caller = callerOf(name, row);
      const paramsOf = async (): Promise<Params> => ({ ...(await PARAMS[name]?.(world)), ...face.fixed });
      const [status, rest] = await byRest(caller, face, await paramsOf());
      const rpc = await caller.ask(name, await paramsOf());
      if (status >= 400) {
        expect(status).toBe(REFUSALS[name] ?? 404);
        expectSameRefusal(rest, rpc);
        return;
      }
      expect(status).toBe(face.status ?? 200);
      expect(alike(rpc.result)).toBe(alike(rest));
      const matches = ajv.compile(row.result);
      expect([matches(rpc.result), matches.errors]).toEqual([true, null]);
    },
  );

  it.each(ROWS.filter(({ row: { scope } }) => scope !== null))(
    '$name needs the same scope as $route',
    async ({ name, row, face }) => {
      const caller = lacking.get(row.scope ?? 'run:read') ?? server.developer;
      const params = { ...(await PARAMS[name]?.(still)), ...face.fixed };
      const [status, problem] = await byRest(caller, face, params);
      const { error } = await caller.ask(name, params);
      expect([status, (problem as Params)['scope']]).toEqual([403, row.scope]);
      expect(error).toMatchObject({ code: -32003, data: { scope: row.scope } });
    },
  );

  it.each(ROWS.filter(({ face }) => face.id !== undefined))(
    '$name knows nothing of an unknown id, as $route',
    async ({ name, row, face }) => {
      const params = { ...(await PARAMS[name]?.(still)), ...face.fixed, [face.id ?? '']: randomUUID() };
      const [status, problem] = await byRest(callerOf(name, row), face, params);
      expect(status).toBe(404);
      expectSameRefusal(problem, await callerOf(name, row).ask(name, params));
    },
  );

  const withFields = ROWS.filter(({ row, face }) => takesFields(row, face));
  it.each(withFields)('$name refuses an unknown property, as $route', async ({ name, row, face }) => {
    const params = { ...(await PARAMS[name]?.(still)), ...face.fixed, noSuchParam: '1' };
    const [status, problem] = await byRest(callerOf(name, row), face, params);
    expect([status, (problem as Params)['pointer']]).toEqual([400, '/noSuchParam']);
    expect((await callerOf(name, row).fail(name, params)).data['pointer']).toBe('/noSuchParam');
  });

  it('exports the same lines in pages as in one file', async () => {
    const { developer } = server;
    const linesOf = async (path: string) =>
      (await (await developer.fetch(path)).text())
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as unknown);
    const file = await linesOf('/audit/export');
    const { items, head, cursor } = await developer.call('audit/export', {});
    expect(cursor).toBe(head.position);
    const last = items[file.length - 2];
    expect(file).toEqual([
      ...items.slice(0, file.length - 1),
      { head: { position: last?.position, hash: last?.rowHash } },
    ]);
    const [first, ...later] = items;
    const next = await developer.call('audit/export', { after: first?.position ?? 0, limit: 2 });
    expect(next.items).toEqual(later.slice(0, 2));
    const fragments = await developer.call('memory/export', {});
    expect(await linesOf('/memory/export')).toEqual(fragments.items);
  });
});

/** Whether a route reads a query or a body that it checks. */
function takesFields(
  { params }: MethodRow,
  { path, id, ifMatch, fixed = {}, without = [], openBody, produces }: RestFace,
): boolean {
  if (openBody || produces) return false;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => (name === 'id' ? id : name));
  const given = new Set([...inPath, ifMatch, ...Object.keys(fixed), ...without]);
  return Object.keys(params['properties'] as object).some((name) => !given.has(name));
}
