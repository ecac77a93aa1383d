import { Ajv, type AnySchemaObject } from 'ajv';
import * as metaSchema from '@open-rpc/meta-schema';
import { JSONRPCClient } from 'json-rpc-2.0';
import type { Caller } from '../support/caller';
import { Stage } from '../support/stage';

const UNKNOWN_RUN = '00000000-0000-7000-8000-000000000000';

interface Descriptor {
  readonly schema: AnySchemaObject;
}
interface Document {
  readonly methods: readonly { readonly params: readonly Descriptor[]; readonly result: Descriptor }[];
}

describe('POST /rpc, for clients nobody here wrote', () => {
  let stage: Stage;
  let developer: Caller;

  beforeAll(async () => {
    stage = await Stage.open();
    ({ developer } = await stage.start());
  });
  afterAll(() => stage.close());

  it('describes itself in a document that the OpenRPC meta-schema accepts', async () => {
    const document = await developer.call('rpc.discover', {});
    const ajv = new Ajv({ strict: false, validateFormats: false });
    // The meta-schema leaves the shape of JSON schemas to one at another address, which is draft 7 in all that we use.
    const shape = { properties: { $ref: { type: 'string' } } };
    for (const address of ['https://meta.json-schema.tools', 'https://meta.json-schema.tools/'])
      ajv.addSchema({ definitions: { JSONSchemaObject: shape } }, address);
    const { default: published } = metaSchema as unknown as { default: AnySchemaObject };
    // The published package knows the documents up to 1.3 by name; from 1.4 on the version is a pattern.
    const openrpc = { type: 'string', pattern: '^1\\.4\\.\\d+$' };
    const properties = { ...(published['properties'] as object), openrpc };
    const validate = ajv.compile({ ...published, properties });
    expect({ valid: validate(document), errors: validate.errors }).toEqual({ valid: true, errors: null });
    for (const { params, result } of (document as unknown as Document).methods) {
      for (const { schema } of [...params, result]) expect(ajv.validateSchema(schema)).toBe(true);
    }
  });

  it('serves json-rpc-2.0, calls and notifications and batches', async () => {
    const client: JSONRPCClient = new JSONRPCClient(async (payload: unknown) => {
      const response = await developer.post('/rpc', payload);
      if (response.status === 200) client.receive((await response.json()) as Parameters<typeof client.receive>[0]);
      else expect(response.status).toBe(202);
    });
    expect(await client.request('tool/list', {})).toMatchObject({ cursor: null });
    await expect(client.request('run/get', { runId: UNKNOWN_RUN })).rejects.toThrow(/There is no run/);
    client.notify('tool/list', {});
    const both = [1, 2].map((id) => ({ jsonrpc: '2.0' as const, id, method: 'tool/list', params: {} }));
    expect(await client.requestAdvanced(both)).toHaveLength(2);
  });
});
