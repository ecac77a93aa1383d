import { Ajv2020 } from 'ajv/dist/2020';
import * as formats from 'ajv-formats';
import { Stage, type Replica } from '../support/stage';

interface Media {
  readonly schema: object;
  readonly example?: unknown;
}
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: object;
  readonly example?: unknown;
}
interface Operation {
  readonly tags?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly components: unknown;
}

/** They take no body. */
const WITHOUT_BODY = ['POST /diffs/{id}/revert', 'POST /webhooks/{id}/test', 'POST /webhook-deliveries/{id}/redeliver'];
const WRITING = ['post', 'put', 'patch'];

describe('the API documentation', () => {
  let stage: Stage;
  let server: Replica;
  let document: Document;
  let operations: (readonly [string, Operation])[];

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start({ WEBHOOK_SECRET_KEY: 'k'.repeat(32) });
    document = (await (await fetch(`${server.process.url}/openapi.json`)).json()) as Document;
    operations = Object.entries(document.paths).flatMap(([path, verbs]) =>
      Object.entries(verbs).map(([verb, operation]) => [`${verb.toUpperCase()} ${path}`, operation] as const),
    );
  });
  afterAll(() => stage.close());

  const bodies = () =>
    operations.flatMap(([name, { requestBody }]) =>
      requestBody ? [{ name, media: requestBody.content['application/json'] }] : [],
    );

  it('has a title of its own, and says what each tag is', async () => {
    const page = await (await fetch(`${server.process.url}/docs`)).text();
    expect(/<title>(.+)<\/title>/.exec(page)?.[1]).toBe('Assent: REST API');
    const used = new Set(operations.flatMap(([, { tags = [] }]) => tags));
    expect([...used].sort()).toEqual(document.tags.map(({ name }) => name).sort());
    for (const { description } of document.tags) expect(description).toMatch(/\w{3}/);
  });

  it('has an example for every body and every required parameter, valid by its schema, and none made of types', () => {
    const ajv = formats.default(new Ajv2020({ strict: false }));
    ajv.addSchema({ $id: 'document', components: document.components });
    const valid = (schema: object, value: unknown): boolean =>
      ajv.validate(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')) as object, value);
    const writing = operations.filter(([name]) => WRITING.some((verb) => name.startsWith(verb.toUpperCase())));
    expect(bodies().map(({ name }) => name)).toEqual(
      writing.map(([name]) => name).filter((name) => !WITHOUT_BODY.includes(name)),
    );
    for (const { name, media } of bodies())
      expect([name, media?.example !== undefined && valid(media.schema, media.example)]).toEqual([name, true]);
    for (const [name, { parameters = [] }] of operations) {
      for (const { name: parameter, required, schema, example } of parameters) {
        if (required !== true || 'enum' in schema) continue;
        expect([name, parameter, example !== undefined && valid(schema, example)]).toEqual([name, parameter, true]);
      }
    }
    const examples = [
      ...bodies().map(({ media }) => media?.example),
      ...operations.flatMap(([, { parameters = [] }]) => parameters.map(({ example }) => example)),
    ];
    expect(JSON.stringify(examples)).not.toContain('"string"');
  });

  it('has examples that the server takes: none is refused as invalid', async () => {
    for (const { name, media } of bodies()) {
      const [method = '', path = ''] = name.split(' ');
      const target = path.replace('{flag}', 'auto_approval').replace('{id}', '0190d4c2-6b1e-7a53-9f0e-3c5d2a7b8e11');
      const hash = `"sha256:${'0'.repeat(64)}"`;
      const headers = { 'content-type': 'application/json', 'if-match': hash };
      const caller = path.startsWith('/approvals') ? server.reviewer : server.developer;
      const response = await caller.fetch(target, { method, headers, body: JSON.stringify(media?.example) });
      expect([name, response.status]).not.toEqual([name, 400]);
    }
  });

  it('approves the whole diff by its example', () => {
    const approve = bodies().find(({ name }) => name === 'POST /approvals/{id}/approve');
    expect(approve?.media?.example).toEqual({ comment: expect.any(String) });
  });
});
