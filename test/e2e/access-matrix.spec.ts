import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TSchema } from '@sinclair/typebox';
import { METHODS, SCOPES, type MethodRow, type Scope } from '@assent/contract';
import { Caller } from '../support/caller';
import { docTable } from '../support/doc-tables';
import { startPending } from '../support/pending';
import { person } from '../support/people';
import { Stage, type Replica } from '../support/stage';

const ROOT = join(__dirname, '../..');
const CLI = join(ROOT, 'dist/server/cli.js');
const NO_HASH = `sha256:${'0'.repeat(64)}`;
/** Routes with another kind of proof, as docs/protocol.md states. */
const OTHER_PROOF = ['public', 'run:read or ticket', 'signature', 'any or link'];
/** Ids that name no row. */
const NO_ROW = ['assumptionId', 'externalId'];
const isScope = (text: string): text is Scope => (SCOPES as readonly string[]).includes(text);

interface Route {
  readonly verb: string;
  readonly path: string;
  readonly access: string;
}

/** The routes of docs/protocol.md, which test/pins compares with those of the server. */
const ROUTES: Route[] = docTable('protocol.md', 'route', 'scope', 'answer').map(([route = '', access = '']) => {
  const [verb = '', path = ''] = route.split(' ');
  return { verb, path, access };
});
const METHOD_ROWS = Object.entries<MethodRow>(METHODS);

describe('what is open to whom', () => {
  let stage: Stage;
  let server: Replica;
  /** Of another tenant, with every scope. */
  let stranger: Caller;
  /** Of that tenant too, each with every scope but one. */
  const lacking = new Map<Scope, Caller>();
  /** Things of the tenant `local`, by the name that methods and routes have for their ids. */
  const known = new Map<string, string>();

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start();
    const words = ['create', '--tenant=acme', '--name=admin', '--scopes=all', '--roles=admin'];
    const env = { PATH: process.env['PATH'], DATABASE_URL: stage.databaseUrl };
    const { stdout } = await promisify(execFile)(process.execPath, [CLI, 'keys', ...words], { env });
    stranger = new Caller(server.process.url, stdout.trim());
    for (const scope of SCOPES) {
      const scopes = SCOPES.filter((candidate) => candidate !== scope);
      const answer = await stranger.post('/keys', { name: `no ${scope}`, subject: 'somebody', scopes });
      lacking.set(scope, new Caller(server.process.url, ((await answer.json()) as { key: string }).key));
    }
    const { developer } = server;
    const pending = await startPending(developer, 'matrix.txt', 'x');
    const key = (await (await developer.post('/keys', { name: 'k', scopes: ['run:read'] })).json()) as { id: string };
    const admin = await person(stage.sql, server.process.url, 'admin', ['admin'], ['key:admin', 'approval:decide']);
    const account = { provider: 'slack', externalId: 'U1', subject: 'ann' };
    const identity = (await admin.call('identity/create', account)).id;
    known.set('identityId', identity).set('identities', identity);
    const search = await developer.ask('search/start', { query: 'x' });
    known.set('runId', pending.runId).set('approvalId', pending.approvalId).set('diffId', pending.diffId);
    known.set('runs', pending.runId).set('approvals', pending.approvalId).set('keys', key.id);
    known.set('searchId', (search.result as { searchId: string }).searchId);
  });
  afterAll(() => stage.close());

  const send = (caller: Caller | null, { verb, path }: Route, id: string = randomUUID()): Promise<Response> => {
    const headers = { 'content-type': 'application/json', 'if-match': `"${NO_HASH}"`, ...caller?.authorization };
    const hasBody = verb !== 'GET' && verb !== 'DELETE';
    const target = path.replaceAll(/\{\w+\}/g, id);
    return fetch(`${server.process.url}${target}`, { method: verb, headers, ...(hasBody ? { body: '{}' } : {}) });
  };
  /** An answer without the parts that differ each time. */
  const reported = async (answer: Response, id: string) => {
    const text = (await answer.text()).replaceAll(id, '<id>');
    return { status: answer.status, text: text.replace(/"requestId":"[^"]*"/, '') };
  };

  it('is declared by every route', () => {
    const files = ['apps', 'libs'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.controller.ts'))
        .map((file) => join(folder, file)),
    );
    expect(files.length).toBeGreaterThan(8);
    const undeclared = files.flatMap((file) => {
      const [head = '', ...routes] = readFileSync(join(ROOT, file), 'utf8').split(
        /^ {2}@(?=(?:Get|Post|Put|Patch|Delete|All|Head|Options)\()/m,
      );
      const ofClass = /^@RequireAccess\(/m.test(head);
      return routes
        .filter((route) => !ofClass && !/^ {2}@RequireAccess\(/m.test(route.split(/^ {2}\}$/m)[0] ?? ''))
        .map((route) => `${file}: ${route.slice(0, 40)}`);
    });
    expect(undeclared).toEqual([]);
  });

  it.each(ROUTES.filter(({ access }) => !OTHER_PROOF.includes(access)))('$verb $path needs a key', async (route) => {
    expect((await send(null, route)).status).toBe(401);
    expect((await send(new Caller(server.process.url, 'wrong'), route)).status).toBe(401);
  });

  it.each(ROUTES.filter(({ access }) => isScope(access)))('$verb $path needs $access', async (route) => {
    const caller = lacking.get(route.access as Scope) ?? null;
    const answer = await send(caller, route);
    expect([answer.status, await answer.json()]).toMatchObject([403, { scope: route.access }]);
  });

  it.each(ROUTES.filter(({ path }) => path.includes('{id}')))(
    '$verb $path has nothing for a foreign tenant',
    async (route) => {
      const unknown = randomUUID();
      const foreign = known.get(route.path.split('/')[1] ?? '') ?? known.get('runId') ?? '';
      const answer = await reported(await send(stranger, route, foreign), foreign);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer).toEqual(await reported(await send(stranger, route, unknown), unknown));
    },
  );

  it.each(METHOD_ROWS.filter(([, { scope }]) => scope !== null))('%s needs its scope', async (method, { scope }) => {
    const caller = scope === null ? undefined : lacking.get(scope);
    expect(await caller?.fail(method, {})).toMatchObject({ code: -32003, data: { scope } });
  });

  const withIds = METHOD_ROWS.filter(([, { params }]) => required(params).some((name) => isId(name, params)));

  it.each(withIds)('%s has nothing for a foreign tenant', async (method, { params }) => {
    const ask = async (idOf: (name: string) => string) => {
      const given = Object.fromEntries(
        required(params).map((name) => [name, isId(name, params) ? idOf(name) : sample(propertyOf(params, name))]),
      );
      const { result, error } = await stranger.ask(method, given);
      const ids = Object.values(given).filter((value) => typeof value === 'string');
      const text = ids.reduce((all, id) => all.replaceAll(id, '<id>'), JSON.stringify({ result, error }));
      return text.replace(/"requestId":"[^"]*"/, '');
    };
    const unknown = randomUUID();
    expect(await ask((name) => known.get(name) ?? unknown)).toEqual(await ask(() => unknown));
  });
});

function required(schema: TSchema): string[] {
  return (schema['required'] as string[] | undefined) ?? [];
}

function propertyOf(schema: TSchema, name: string): TSchema {
  return (schema['properties'] as Record<string, TSchema>)[name] ?? ({} as TSchema);
}

function isId(name: string, schema: TSchema): boolean {
  return name.endsWith('Id') && propertyOf(schema, name)['type'] === 'string' && !NO_ROW.includes(name);
}

/** Any value that a schema of a param takes. */
function sample(schema: TSchema): unknown {
  const { anyOf, const: only, type, minimum, pattern, minItems } = schema as TSchema & Record<string, unknown>;
  if (only !== undefined) return only;
  if (Array.isArray(anyOf)) return sample(anyOf[0] as TSchema);
  switch (type) {
    case 'string':
      return typeof pattern === 'string' && pattern.includes('sha256') ? NO_HASH : 'x';
    case 'integer':
    case 'number':
      return minimum ?? 1;
    case 'boolean':
      return true;
    case 'array':
      return minItems === undefined ? [] : [sample(schema['items'] as TSchema)];
    default:
      return Object.fromEntries(required(schema).map((name) => [name, sample(propertyOf(schema, name))]));
  }
}
