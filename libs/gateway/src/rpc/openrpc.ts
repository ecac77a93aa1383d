import { ERROR_REASONS, METHODS, PROTOCOL_VERSION, type ErrorReason, type MethodRow } from '@assent/contract';
import { rpcCodeOf } from '../http/error.map';
import { plainSchema } from '../wire.schema';

/** The OpenRPC 1.4 document, generated from the method table. Params are passed by name. */
export function openRpcDocument(): Record<string, unknown> {
  return {
    openrpc: '1.4.0',
    info: {
      title: 'Assent',
      version: PROTOCOL_VERSION,
      description: 'Agent App Server: plan, ask, apply, remember. See docs/protocol.md.',
    },
    servers: [{ name: 'this server', url: '/rpc' }],
    methods: Object.entries<MethodRow>(METHODS).map(([name, row]) => ({
      name,
      summary: row.summary,
      paramStructure: 'by-name',
      params: contentDescriptors(row),
      result: { name: 'result', schema: plainSchema(row.result) },
      errors: row.errors.map(errorOf),
      ...(row.scope === null ? {} : { 'x-scope': row.scope }),
    })),
  };
}

function contentDescriptors(row: MethodRow): unknown[] {
  const schema = plainSchema(row.params) as {
    properties?: Record<string, { description?: string }>;
    required?: string[];
  };
  const required = new Set(schema.required);
  // OpenRPC requires required params to come first.
  return Object.entries(schema.properties ?? {})
    .map(([name, property]) => ({ name, required: required.has(name), schema: property }))
    .sort((a, b) => Number(b.required) - Number(a.required));
}

function errorOf(reason: ErrorReason): { code: number; message: string } {
  return { code: rpcCodeOf(reason), message: ERROR_REASONS[reason].title };
}
