import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client as SdkClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as SdkTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { eventually } from './eventually';
import { decide } from './pending';
import { DEVELOPER_KEY, type ServerProcess } from './server-process';
import { Stage, type Replica } from './stage';

/** Longer than any hold of a test. */
const CLIENT_TIMEOUT_MS = 120_000;

export const CLIENTS = ['sdk 1.32', 'client 2.4', 'client 2.4, auto'] as const;
export type ClientKind = (typeof CLIENTS)[number];

export interface ToolResult {
  readonly content: readonly { readonly type: string; readonly text?: string; readonly data?: string }[];
  readonly structuredContent?: Readonly<Record<string, unknown>>;
  readonly isError?: boolean;
  readonly _meta?: Readonly<Record<string, unknown>>;
}

/** The text of a result. */
export function textOf({ content }: ToolResult): string {
  return content.map(({ text = '' }) => text).join('\n');
}

/** The `state` in the structured content of a result. */
export function stateOf({ structuredContent }: ToolResult): unknown {
  return structuredContent?.['state'];
}

/** A message without an SDK, to see the HTTP answer itself. @param path of the endpoint, with its query */
export function postMessage(
  { process: { url } }: Pick<Replica, 'process'>,
  path: string,
  message: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-06-18',
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', ...message }),
  });
}

const META = 'io.modelcontextprotocol';

/** A request of the newer protocol to `/mcp`, as its bytes go over the wire. @returns the JSON-RPC message */
export async function askMcp(
  replica: Pick<Replica, 'process'>,
  method: string,
  params: Readonly<Record<string, unknown>>,
  { capabilities = {}, key = DEVELOPER_KEY }: { readonly capabilities?: object; readonly key?: string } = {},
): Promise<Readonly<Record<string, unknown>>> {
  const _meta = {
    [`${META}/protocolVersion`]: '2026-07-28',
    [`${META}/clientInfo`]: { name: 'test-client', version: '1' },
    [`${META}/clientCapabilities`]: capabilities,
  };
  const headers = {
    authorization: `Bearer ${key}`,
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    'mcp-name': String(params['name'] ?? params['taskId']),
  };
  const response = await postMessage(replica, '/mcp', { id: 1, method, params: { ...params, _meta } }, headers);
  const text = await response.text();
  const data = text.startsWith('{') ? text : (/^data: (.*)$/m.exec(text)?.[1] ?? '{}');
  return JSON.parse(data) as Readonly<Record<string, unknown>>;
}

interface ListedTool {
  readonly name: string;
  readonly description?: string | undefined;
  readonly inputSchema: object;
  readonly outputSchema?: object | undefined;
  readonly annotations?: object | undefined;
  readonly _meta?: Readonly<Record<string, unknown>> | undefined;
}

export interface CallSettings {
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly onprogress?: (progress: { readonly progress: number; readonly message?: string | undefined }) => void;
  readonly signal?: AbortSignal;
}

/** A client of an MCP endpoint that we did not write. */
export interface GatewayClient {
  readonly protocolVersion: string | undefined;
  list(): Promise<ListedTool[]>;
  call(name: string, args: Readonly<Record<string, unknown>>, settings?: CallSettings): Promise<ToolResult>;
  /** Breaks its connections, like the end of its process. */
  close(): Promise<void>;
}

export interface ConnectSettings {
  /** Of the endpoint; default: the gateway. */
  readonly path?: string;
  readonly query?: string;
  readonly key?: string;
  readonly name?: string;
  /** Subscribes to changes of the list of tools; of the kind "client 2.4, auto". */
  readonly onToolsChanged?: () => void;
}

/** An MCP server that appends a line to a file at each call, with an answer of any size. It does not start with a file "down". */
const COUNTING_SERVER = `
const fs = require('node:fs');
const folder = process.argv[2];
const at = (name) => folder + '/' + name;
const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n');
if (fs.existsSync(at('down'))) process.exit(1);
const definition = () => (fs.existsSync(at('changed')) ? 'Appends two lines.' : 'Appends a line.');
const note = { type: 'object', properties: { note: { type: 'string' }, path: { type: 'string' } }, required: ['note'] };
const tools = () => [
  { name: 'append', description: definition(), inputSchema: note },
  { name: 'look', description: 'Reads the lines.', inputSchema: { type: 'object', properties: {} }, annotations: { readOnlyHint: true } },
  { name: 'large', description: 'A large answer.', inputSchema: { type: 'object', properties: { bytes: { type: 'integer' } } }, annotations: { readOnlyHint: true } },
  { name: 'notify', description: 'Reports that the tools have changed.', inputSchema: { type: 'object', properties: {} }, annotations: { readOnlyHint: true } },
  { name: 'waits', description: 'Answers when the file "go" is there.', inputSchema: { type: 'object', properties: { note: { type: 'string' } } } },
  { name: 'breaks', description: 'Fails.', inputSchema: { type: 'object', properties: {} } },
  { name: 'dies', description: 'Ends the server during the call.', inputSchema: { type: 'object', properties: {} } },
];
const text = (value) => ({ content: [{ type: 'text', text: value }] });
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === 'initialize') {
    send({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: { listChanged: true } }, serverInfo: { name: 'counting', version: '1' } } });
  } else if (method === 'tools/list') send({ id, result: { tools: tools() } });
  else if (method === 'tools/call') {
    const { name, arguments: args } = params;
    if (name === 'append') {
      fs.appendFileSync(at('calls'), args.note + '\\n');
      send({ id, result: text('appended ' + args.note) });
    } else if (name === 'look') send({ id, result: text(fs.readFileSync(at('calls'), 'utf8')) });
    else if (name === 'large') send({ id, result: text('x'.repeat(args.bytes)) });
    else if (name === 'notify') { send({ method: 'notifications/tools/list_changed' }); send({ id, result: text('sent') }); }
    else if (name === 'waits') {
      fs.appendFileSync(at('calls'), 'waits\\n');
      const look = () => (fs.existsSync(at('go')) ? send({ id, result: text('waited') }) : setTimeout(look, 20));
      look();
    } else if (name === 'breaks') send({ id, result: { ...text('no'), isError: true } });
    else { fs.appendFileSync(at('calls'), 'dies\\n'); process.exit(1); }
  } else if (id !== undefined) send({ id, result: {} });
}).on('close', () => process.exit(0));
`;

/** @returns the program of the counting server, whose argument is the folder */
export async function writeCountingServer(folder: string): Promise<string> {
  const program = join(folder, 'counting.cjs');
  await Promise.all([writeFile(join(folder, 'calls'), ''), writeFile(program, COUNTING_SERVER)]);
  return program;
}

function entryOf(name: string): string {
  return join(dirname(require.resolve(`@modelcontextprotocol/${name}/package.json`)), 'dist/index.js');
}

/** Servers behind a gateway, and clients before it. */
export class GatewayStage {
  private readonly clients: GatewayClient[] = [];

  private constructor(
    readonly stage: Stage,
    readonly folder: string,
  ) {}

  static async open(): Promise<GatewayStage> {
    const folder = await mkdtemp(join(tmpdir(), 'assent-gateway-'));
    await mkdir(join(folder, 'files'));
    await writeFile(join(folder, 'files/a.txt'), 'one\ntwo\n');
    await writeCountingServer(folder);
    return new GatewayStage(await Stage.open(), folder);
  }

  /** @param gateway the section of the tools file */
  async start(
    { gateway = {}, rules = [] }: { readonly gateway?: object; readonly rules?: readonly object[] } = {},
    env: Readonly<Record<string, string>> = {},
  ): Promise<Replica> {
    const node = process.execPath;
    const servers = {
      fs: { command: node, args: [entryOf('server-filesystem'), join(this.folder, 'files')] },
      all: { command: node, args: [entryOf('server-everything'), 'stdio'] },
      notes: { command: node, args: [join(this.folder, 'counting.cjs'), this.folder] },
    };
    const tools = join(this.folder, 'tools.json');
    const policy = join(this.folder, 'policy.json');
    await writeFile(tools, JSON.stringify({ mcp: { servers }, gateway }));
    await writeFile(policy, JSON.stringify({ version: 1, rules }));
    return this.stage.start({ TOOLS_FILE: tools, POLICY_FILE: policy, ...env });
  }

  async connect(kind: ClientKind, replica: Replica, settings: ConnectSettings = {}): Promise<GatewayClient> {
    const client = await connect(kind, replica, settings);
    this.clients.push(client);
    return client;
  }

  /** What the counting server has done, in its outside world. */
  async calls(): Promise<string[]> {
    return (await readFile(join(this.folder, 'calls'), 'utf8')).split('\n').filter((line) => line !== '');
  }

  at(name: string): string {
    return join(this.folder, name);
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.clients.map((client) => client.close()));
    await this.stage.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The pending approval of a goal or tool, when it is there. */
export async function pendingApproval(
  reviewer: Replica['reviewer'],
  tool: string,
): Promise<{ approvalId: string; hash: string; runId: string }> {
  return eventually(`an approval of ${tool}`, async () => {
    const { items } = await reviewer.call('approval/list', { state: 'pending' });
    const found = items.find((approval) => approval.tool === tool);
    return found ? { ...found, runId: found.runId ?? '' } : null;
  });
}

export async function decideNext(
  { reviewer }: Replica,
  tool: string,
  verb: 'approve' | 'reject',
  comment?: string,
): Promise<string> {
  const approval = await pendingApproval(reviewer, tool);
  const { status } = await decide(reviewer, approval, verb, comment === undefined ? {} : { comment });
  if (status !== 200) throw new Error(`the decision was answered with ${status}`);
  return approval.approvalId;
}

export async function connect(
  kind: ClientKind,
  { process: { url } }: { readonly process: Pick<ServerProcess, 'url'> },
  { path = '/mcp/gateway', query = '', key = DEVELOPER_KEY, name = 'test-client', onToolsChanged }: ConnectSettings,
): Promise<GatewayClient> {
  const endpoint = new URL(`${path}${query}`, url);
  const requestInit = { headers: { authorization: `Bearer ${key}` } };
  const info = { name, version: '1' };
  const options = ({ onprogress, signal }: CallSettings) => ({
    timeout: CLIENT_TIMEOUT_MS,
    ...(onprogress && { onprogress }),
    ...(signal && { signal }),
  });
  const params = (tool: string, args: Readonly<Record<string, unknown>>, { meta }: CallSettings) => ({
    name: tool,
    arguments: { ...args },
    ...(meta && { _meta: { ...meta } }),
  });
  if (kind === 'sdk 1.32') {
    const client = new SdkClient(info, { capabilities: {} });
    const transport = new SdkTransport(endpoint, { requestInit });
    await client.connect(transport);
    return {
      get protocolVersion() {
        return transport.protocolVersion;
      },
      list: async () => (await client.listTools()).tools,
      call: async (tool, args, settings = {}) =>
        (await client.callTool(params(tool, args, settings), undefined, options(settings))) as ToolResult,
      close: () => client.close(),
    };
  }
  const client = new Client(info, {
    ...(kind === 'client 2.4, auto' && { versionNegotiation: { mode: 'auto' } }),
    ...(onToolsChanged && { listChanged: { tools: { autoRefresh: false, debounceMs: 0, onChanged: onToolsChanged } } }),
  });
  await client.connect(new StreamableHTTPClientTransport(endpoint, { requestInit }));
  return {
    get protocolVersion() {
      return client.getNegotiatedProtocolVersion();
    },
    list: async () => (await client.listTools()).tools,
    call: async (tool, args, settings = {}) =>
      (await client.callTool(params(tool, args, settings), options(settings))) as ToolResult,
    close: () => client.close(),
  };
}
