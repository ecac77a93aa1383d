import * as fc from 'fast-check';
import {
  GenericHookBodySchema,
  HookBodySchema,
  METHODS,
  facesOf,
  type MethodName,
  type MethodRow,
  type RestFace,
} from '@assent/contract';
import { ANY_JSON, changed, draftsOf } from './drafts';
import type { Draft, Json } from './references';

export type Transport = 'rpc' | 'rest' | 'mcp' | 'hook' | 'bytes';
/** `operator` has all scopes, `stranger` an unknown key. */
export type Role = 'developer' | 'reviewer' | 'operator' | 'nobody' | 'stranger';

/** A request before the values of the server are filled in. */
export interface RequestDraft {
  readonly transport: Transport;
  /** Method, route, tool: how problems are grouped. */
  readonly operation: string;
  readonly role: Role;
  /** Which of the known objects gives values. */
  readonly nth: number;
  readonly content: Draft;
  readonly build: (content: Json) => HttpRequest;
}

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** What the contract says of this request. */
  readonly row?: MethodRow;
  readonly face?: RestFace;
  /** Params by name, where the schema of the row applies to them. */
  readonly params?: Json;
}

export interface ListedTool {
  readonly name: string;
  readonly inputSchema: object;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const HOLD = 'hold=1';
const RPC_ID = 1;
const ROLES = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Role>('operator') },
  { weight: 6, arbitrary: fc.constantFrom<Role>('developer', 'reviewer') },
  { weight: 1, arbitrary: fc.constantFrom<Role>('nobody', 'stranger') },
);

/** Requests of all kinds. @param tools that the two MCP endpoints list */
export function requestDrafts(tools: Readonly<Record<string, readonly ListedTool[]>>): fc.Arbitrary<RequestDraft> {
  const names = Object.keys(METHODS) as MethodName[];
  const routes = names.flatMap((name) => facesOf(METHODS[name]).map((face) => ({ row: METHODS[name], face })));
  return fc.oneof(
    { weight: 3, arbitrary: rpcCall('start') },
    { weight: 3, arbitrary: rpcCall('approval/decide') },
    { weight: 30, arbitrary: fc.oneof(...names.map(rpcCall)) },
    { weight: 30, arbitrary: fc.oneof(...routes.map(({ row, face }) => restCall(row, face))) },
    {
      weight: 12,
      arbitrary: fc.oneof(
        ...Object.entries(tools).flatMap(([path, listed]) => listed.map((tool) => toolCall(path, tool))),
      ),
    },
    { weight: 6, arbitrary: fc.oneof(...Object.keys(tools).map(mcpMessage)) },
    { weight: 4, arbitrary: fc.oneof(...['claude-code', 'codex', 'generic'].map(hookCall)) },
    { weight: 3, arbitrary: rpcEnvelope() },
    { weight: 3, arbitrary: bytes() },
  );
}

interface Kind {
  readonly transport: Transport;
  readonly operation: string;
  readonly content: fc.Arbitrary<Draft>;
  readonly build: (content: Json) => HttpRequest;
}

function drafts({ transport, operation, content, build }: Kind): fc.Arbitrary<RequestDraft> {
  return fc.record({
    transport: fc.constant(transport),
    operation: fc.constant(operation),
    role: ROLES,
    nth: fc.nat({ max: 40 }),
    content,
    build: fc.constant(build),
  });
}

/** Mostly what the schema accepts, often with one change, sometimes anything. */
function mutated(valid: fc.Arbitrary<Draft>): fc.Arbitrary<Draft> {
  return fc.oneof(
    { weight: 5, arbitrary: valid },
    { weight: 4, arbitrary: changed(valid) },
    {
      weight: 1,
      arbitrary: fc.dictionary(fc.string({ maxLength: 20 }), ANY_JSON, { maxKeys: 4, noNullPrototype: true }),
    },
  );
}

function rpcCall(name: MethodName): fc.Arbitrary<RequestDraft> {
  const row: MethodRow = METHODS[name];
  return drafts({
    transport: 'rpc',
    operation: name,
    content: mutated(draftsOf(row.params)),
    build: (params) => ({ ...post('/rpc', { jsonrpc: '2.0', id: RPC_ID, method: name, params }), row, params }),
  });
}

/** Messages whose envelope may be wrong, alone or as a batch. */
function rpcEnvelope(): fc.Arbitrary<RequestDraft> {
  const message = fc.record<Record<string, Draft>>(
    {
      jsonrpc: fc.constant('2.0'),
      id: fc.oneof(fc.integer(), fc.string({ maxLength: 10 }), fc.constant('req_00000000-0000-4000-8000-000000000000')),
      method: fc.constantFrom('run/list', 'server/info', 'rpc.discover', 'nothing'),
      params: ANY_JSON,
      result: ANY_JSON,
      error: ANY_JSON,
    },
    { requiredKeys: ['jsonrpc', 'id'], noNullPrototype: true },
  );
  return drafts({
    transport: 'rpc',
    operation: 'an envelope',
    content: fc.oneof(changed(message), fc.array(fc.oneof(message, ANY_JSON), { maxLength: 60 }), ANY_JSON),
    build: (body) => post('/rpc', body),
  });
}

function restCall(row: MethodRow, face: RestFace): fc.Arbitrary<RequestDraft> {
  return drafts({
    transport: 'rest',
    operation: `${face.verb} ${face.path}`,
    content: mutated(draftsOf(row.params)),
    build: (content) => restRequest(row, face, content),
  });
}

/** Params that are no object are sent as the body. */
function restRequest(row: MethodRow, face: RestFace, content: Json): HttpRequest {
  const { verb, path, id, ifMatch, fixed = {} } = face;
  const isQuery = verb === 'GET' || verb === 'DELETE';
  const params = isObject(content) ? content : {};
  const inPath = new Map(
    [...path.matchAll(/\{(\w+)\}/g)].map(([hole, name = '']) => [hole, name === 'id' ? (id ?? name) : name]),
  );
  const given = new Set([...inPath.values(), ifMatch, ...Object.keys(fixed)]);
  const rest = Object.entries(params).filter(([name]) => !given.has(name));
  const address = path.replaceAll(
    /\{\w+\}/g,
    (hole) => encodeURIComponent(wellFormed(textOf(params[inPath.get(hole) ?? ''] ?? ''))) || '-',
  );
  const query = rest.map(
    ([name, value]) => `${encodeURIComponent(wellFormed(name))}=${encodeURIComponent(wellFormed(textOf(value)))}`,
  );
  const hash = ifMatch === undefined ? undefined : params[ifMatch];
  return {
    method: verb,
    path: isQuery && query.length > 0 ? `${address}?${query.join('&')}` : address,
    headers: {
      ...(isQuery ? {} : JSON_TYPE),
      ...(typeof hash === 'string' && /^[\x21-\x7e]+$/.test(hash) ? { 'if-match': `"${hash}"` } : {}),
      ...(face.produces ? { accept: face.produces[0] ?? '*/*' } : {}),
    },
    ...(isQuery ? {} : { body: JSON.stringify(isObject(content) ? Object.fromEntries(rest) : content) }),
    row,
    face,
  };
}

function toolCall(path: string, { name, inputSchema }: ListedTool): fc.Arbitrary<RequestDraft> {
  return drafts({
    transport: 'mcp',
    operation: `${path} ${name}`,
    content: mutated(draftsOf(inputSchema)),
    build: (args) =>
      mcpPost(path, { jsonrpc: '2.0', id: RPC_ID, method: 'tools/call', params: { name, arguments: args } }),
  });
}

const MCP_METHODS = [
  'initialize',
  'ping',
  'tools/list',
  'tools/call',
  'resources/list',
  'resources/read',
  'resources/templates/list',
  'prompts/list',
  'prompts/get',
  'tasks/get',
  'tasks/list',
  'tasks/cancel',
  'completion/complete',
  'subscriptions/listen',
  'logging/setLevel',
  'server/discover',
  'notifications/cancelled',
  'notifications/initialized',
  'nothing',
];

function mcpMessage(path: string): fc.Arbitrary<RequestDraft> {
  const params = fc.record<Record<string, Draft>>(
    {
      name: fc.constantFrom('get_run', 'propose_change', 'notes__append', 'nothing'),
      uri: fc.oneof(fc.constantFrom('assent://runs', 'assent://approvals', 'file:///etc/passwd'), fc.string()),
      arguments: ANY_JSON,
      protocolVersion: fc.constantFrom('2025-06-18', '2025-11-25', '2026-07-28', '1'),
      capabilities: fc.constant({}),
      clientInfo: fc.constant({ name: 'fuzz', version: '1' }),
      cursor: ANY_JSON,
      requestId: ANY_JSON,
      _meta: ANY_JSON,
    },
    { requiredKeys: [], noNullPrototype: true },
  );
  const message = fc.record<Record<string, Draft>>(
    {
      jsonrpc: fc.constant('2.0'),
      id: fc.oneof(fc.integer(), fc.string()),
      method: fc.constantFrom(...MCP_METHODS),
      params,
    },
    { requiredKeys: ['jsonrpc', 'method', 'params'], noNullPrototype: true },
  );
  return drafts({
    transport: 'mcp',
    operation: `${path} message`,
    content: fc.oneof(message, changed(message), ANY_JSON),
    build: (body) => mcpPost(path, body),
  });
}

function hookCall(agent: string): fc.Arbitrary<RequestDraft> {
  const path = `/hooks/${agent}?${HOLD}`;
  return drafts({
    transport: 'hook',
    operation: `POST /hooks/${agent}`,
    content: mutated(draftsOf(agent === 'generic' ? GenericHookBodySchema : HookBodySchema)),
    build: (body) => post(path, body),
  });
}

/** Bodies that are no JSON, and addresses and types that nobody uses. */
function bytes(): fc.Arbitrary<RequestDraft> {
  const target = fc.constantFrom(
    '/rpc',
    '/mcp',
    '/mcp/gateway',
    '/approvals/decisions',
    '/hooks/generic',
    '/ag-ui',
    '/tools/check',
    '/nothing',
  );
  const type = fc.constantFrom(
    'application/json',
    'application/json; charset=latin1',
    'text/plain',
    'application/x-www-form-urlencoded',
  );
  const data = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((values) => new Uint8Array(values)),
    fc.tuple(ANY_JSON, fc.nat()).map(([value, at]) => cut(JSON.stringify(value), at)),
    fc.constantFrom('['.repeat(50_000), '{"a":1,"a":2}', '"\\ud800"', '1e999', 'null', '{"__proto__":{}}', '\ufeff{}'),
  );
  return fc.tuple(target, type, data).chain(([path, contentType, body]) =>
    drafts({
      transport: path.startsWith('/mcp') ? 'mcp' : 'bytes',
      operation: `bytes to ${path}`,
      content: fc.constant(null),
      build: () => ({ method: 'POST', path, headers: { 'content-type': contentType }, body }),
    }),
  );
}

function cut(text: string, at: number): string {
  return text.slice(0, at % (text.length + 1));
}

function mcpPost(path: string, body: Json): HttpRequest {
  const { headers, ...request } = post(`${path}?${HOLD}`, body);
  return {
    ...request,
    headers: { ...headers, accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2025-06-18' },
  };
}

function post(path: string, body: Json): HttpRequest {
  return { method: 'POST', path, headers: JSON_TYPE, body: JSON.stringify(body) };
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** An address cannot hold half a character. */
function wellFormed(text: string): string {
  return text.replaceAll(/[\ud800-\udfff]/gu, '\ufffd');
}

function isObject(value: Json): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
