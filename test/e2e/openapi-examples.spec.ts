import { Ajv } from 'ajv';
import * as formats from 'ajv-formats';
import { framesUntil } from '../support/frames';
import { decide, startPending } from '../support/pending';
import { askHook, pendingQuestion } from '../support/hooks';
import { person } from '../support/people';
import { Stage, type Replica } from '../support/stage';

interface Media {
  readonly schema?: object;
  readonly example?: unknown;
}
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly example?: unknown;
  readonly schema: { readonly examples?: readonly unknown[] };
}
interface Operation {
  readonly tags: readonly string[];
  readonly summary?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
}
interface Document {
  readonly info: { readonly title: string; readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** Where something stands in the document, and what stands there. */
type Found = readonly [where: string, pointer: string, media: Media];

const escaped = (part: string): string => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));

describe('/openapi.json', () => {
  const ajv = formats.default(new Ajv({ strict: false }));
  let stage: Stage;
  let server: Replica;
  let document: Document;
  let operations: { readonly name: string; readonly pointer: string; readonly operation: Operation }[];

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start();
    document = (await (await fetch(`${server.process.url}/openapi.json`)).json()) as Document;
    ajv.addSchema(document, 'api');
    operations = Object.entries(document.paths).flatMap(([path, verbs]) =>
      Object.entries(verbs).map(([verb, operation]) => ({
        name: `${verb.toUpperCase()} ${path}`,
        pointer: `api#/paths/${escaped(path)}/${verb}`,
        operation,
      })),
    );
  });
  afterAll(() => stage.close());

  const bodies = (): Found[] =>
    operations.flatMap(({ name, pointer, operation: { requestBody } }) =>
      Object.entries(requestBody?.content ?? {}).map(([type, media]): Found => [
        `${name} body`,
        `${pointer}/requestBody/content/${escaped(type)}/schema`,
        media,
      ]),
    );
  const answers = (): Found[] =>
    operations.flatMap(({ name, pointer, operation: { responses } }) =>
      Object.entries(responses).flatMap(([status, { content = {} }]) =>
        Object.entries(content).map(([type, media]): Found => [
          `${name} ${status} ${type}`,
          `${pointer}/responses/${status}/content/${escaped(type)}/schema`,
          media,
        ]),
      ),
    );
  const problems = (pointer: string, value: unknown) => {
    const check = ajv.compile({ $ref: pointer });
    return check(value) ? [] : check.errors;
  };

  it('has a title, a description and tags of its own, in the order of the work, and puts every route under one', () => {
    expect(document.info.title).toBe('Assent REST API');
    expect(document.info.description).toContain('POST /rpc');
    const names = document.tags.map(({ name }) => name);
    const order = [
      'runs',
      'approvals',
      'hooks',
      'audit',
      'tools',
      'memory',
      'webhooks',
      'keys',
      'identities',
      'sessions',
      'flags',
      'pause',
      'operations',
    ];
    expect(names).toEqual(order);
    for (const { description } of document.tags) expect(description).toMatch(/^.{20,120}$/);
    const astray = operations.filter(({ operation: { tags, summary } }) => tags.length !== 1 || !summary);
    expect(astray.map(({ name }) => name)).toEqual([]);
    expect(new Set(operations.flatMap(({ operation: { tags } }) => tags))).toEqual(new Set(names));
  });

  it('has an example for each body, answer and parameter', () => {
    const missing = operations.flatMap(({ name, operation: { parameters = [], requestBody, responses } }) => {
      const [verb = ''] = name.split(' ');
      const success = Object.entries(responses).find(([status]) => status.startsWith('2'));
      const wanted = [success?.[0] === '204' ? {} : Object.values(success?.[1].content ?? {})[0]];
      if (verb === 'PUT' || verb === 'PATCH') wanted.push(Object.values(requestBody?.content ?? {})[0]);
      if (requestBody) wanted.push(...Object.values(requestBody.content));
      const bare = wanted.filter(
        (media) => media === undefined || (success?.[0] !== '204' && media.example === undefined),
      );
      const named = parameters
        .filter(({ example, schema }) => (example ?? schema.examples?.[0]) === undefined)
        .map((parameter) => parameter.name);
      return bare.length + named.length === 0 ? [] : [{ name, bare: bare.length, named }];
    });
    expect(missing).toEqual([]);
  });

  it('has only examples that their schemas accept, and every schema says something', () => {
    const media = [...bodies(), ...answers()];
    expect(media.length).toBeGreaterThan(100);
    const empty = media.filter(([, , { schema = {} }]) => Object.keys(schema).length === 0);
    expect(empty.map(([where]) => where)).toEqual([]);
    const wrong = media
      .filter(([, , { example }]) => example !== undefined)
      .map(([where, pointer, { example }]) => ({ where, errors: problems(pointer, example) }));
    expect(wrong.filter(({ errors }) => errors?.length !== 0)).toEqual([]);
    const parameters = operations.flatMap(({ name, pointer, operation }) =>
      (operation.parameters ?? []).map(({ name: parameter, example, schema }, index) => ({
        where: `${name} ${parameter}`,
        errors: problems(`${pointer}/parameters/${index}/schema`, example ?? schema.examples?.[0]),
      })),
    );
    expect(parameters.filter(({ errors }) => errors?.length !== 0)).toEqual([]);
  });

  it('has no placeholder in an example, and every request body has properties', () => {
    for (const [where, , { example }] of [...bodies(), ...answers()])
      expect([where, JSON.stringify({ example })]).toEqual([where, expect.not.stringContaining('"string"')]);
    for (const [where, , { example }] of bodies())
      expect([where, Object.keys(example as object)]).not.toEqual([where, []]);
  });

  it('fills in no filter that nobody chose', () => {
    const filled = operations.flatMap(({ name, operation: { parameters = [] } }) =>
      parameters.filter(({ required, example }) => required !== true && example !== undefined).map(() => name),
    );
    expect(filled).toEqual([]);
  });

  it('shows how to approve all of a change: the example, sent as it is, applies every hunk', async () => {
    const body = document.paths['/approvals/{id}/approve']?.['post']?.requestBody?.content['application/json']?.example;
    expect(body).not.toHaveProperty('hunks');
    const pending = await startPending(server.developer, 'example.txt', 'one\ntwo\n');
    const answer = await server.reviewer.post(`/approvals/${pending.approvalId}/approve`, body, {
      'if-match': `"${pending.hash}"`,
    });
    expect([answer.status, await answer.json()]).toMatchObject([200, { state: 'approved', hash: pending.hash }]);
    await framesUntil(server.developer, pending.runId, 'run.completed');
    expect(await stage.read('example.txt')).toBe('one\ntwo\n');
  });

  it('describes what the server answers', async () => {
    const pending = await startPending(server.developer, 'described.txt', 'x');
    await server.developer.post('/webhooks', { url: 'http://receiver.invalid/', events: ['run.failed'] });
    await server.developer.post('/keys', { name: 'described', scopes: ['run:read'] });
    const admin = await person(stage.sql, server.process.url, 'admin', ['admin'], ['key:admin', 'approval:decide']);
    await admin.call('identity/create', { provider: 'slack', externalId: 'U1', subject: 'ann' });
    const asking = askHook(server.developer, 'make described');
    const question = await pendingQuestion(server.reviewer, 'make described');
    await decide(server.reviewer, question, 'approve');
    await asking;
    const ids: Readonly<Record<string, string>> = { runs: pending.runId, approvals: pending.approvalId };
    const seen: string[] = [];
    for (const { name, pointer, operation } of operations) {
      const [verb = '', path = ''] = name.split(' ');
      // Only a decided question of an agent makes a rule.
      const id = path === '/approvals/{id}/rule' ? question.approvalId : ids[path.split('/')[1] ?? ''];
      const content = operation.responses['200']?.content ?? {};
      if (verb !== 'GET' || !('application/json' in content) || (path.includes('{id}') && id === undefined)) continue;
      if (path === '/memory/search') continue;
      const caller =
        path === '/identities' ? admin : path.startsWith('/approvals') ? server.reviewer : server.developer;
      const answer = await caller.fetch(path.replace('{id}', id ?? ''));
      expect([name, answer.status]).toEqual([name, 200]);
      const schema = `${pointer}/responses/200/content/application~1json/schema`;
      expect([name, problems(schema, await answer.json())]).toEqual([name, []]);
      seen.push(name);
    }
    expect(seen.length).toBeGreaterThan(18);
  });
});
