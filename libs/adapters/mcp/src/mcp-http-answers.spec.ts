import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '@assent/contract';
import { isTransportFault } from '@assent/tools/testing';
import { HttpTransport } from './http.transport';
import { transportFailure } from './mcp-failure';
import { McpStage, contextOf, external, read } from './testing/mcp-stage';

type Way = (response: ServerResponse, id: number) => void;

const LOOK = 'mcp.remote.look';
const CHANGE = 'mcp.remote.change';
const MB = 1_000_000;
const GOOD = { text: 'good', omitted: [], truncated: false };
const message = (id: number, body: object) => JSON.stringify({ jsonrpc: '2.0', id, ...body });
const good = (id: number) => message(id, { result: { content: [{ type: 'text', text: 'good' }] } });
const large = (id: number) => message(id, { result: { content: [{ type: 'text', text: 'x'.repeat(9 * MB) }] } });
const end =
  (status: number, type: string, text: (id: number) => string): Way =>
  (response, id) =>
    void response.writeHead(status, { 'content-type': type }).end(text(id));
const json = (text: (id: number) => string, status = 200) => end(status, 'application/json; charset=utf-8', text);
const events = (text: (id: number) => string) => end(200, 'text/event-stream', text);

const refused = (numbers: string, said: string) =>
  `The MCP server "remote" refused the call of TOOL (${numbers}): ${said}.`;
const unusable = (why: string) => `The MCP server "remote" answered TOOL, but the answer cannot be used: ${why}.`;
const TOO_LONG = unusable('it is longer than 8388608 bytes');
const NO_RESPONSE = unusable('it is no JSON-RPC response to the request');

/** An object: the call returns it. A text: the call fails with it, with the reason for a read and the status. */
const ANSWERS: Readonly<Record<string, readonly [Way, string | JsonObject, string?, number?]>> = {
  JSON: [json(good), GOOD],
  'a batch': [json((id) => `[${good(id)}]`), GOOD],
  events: [events((id) => `event: message\nid: 1\ndata: ${good(id)}\n\n`), GOOD],
  'an event of several lines': [events((id) => `data: ${good(id).replace(',', ',\ndata: ')}\n\n`), GOOD],
  'noise among events': [
    events((id) => `: hello\n\nretry: 5\ndata: hello\n\ndata: {}\n\nevent: ping\ndata: x\n\ndata: ${good(id)}\n\n`),
    GOOD,
  ],
  'an error with its status': [
    json((id) => message(id, { error: { code: -32000, message: 'down' } }), 400),
    refused('status 400, code -32000', '"down"'),
    'invalid',
    400,
  ],
  'an error': [
    json((id) => message(id, { error: { code: -32001, message: 'down' } })),
    refused('code -32001', '"down"'),
    'invalid',
  ],
  'an error as an event': [
    events((id) => `data: ${message(id, { error: { code: -32000, message: 'down' } })}\n\n`),
    refused('code -32000', '"down"'),
    'invalid',
  ],
  'status 401': [end(401, 'text/plain', () => 'who\nare you'), refused('status 401', '"who are you"'), 'invalid', 401],
  'status 404 without a session': [
    end(404, 'text/html', () => ''),
    refused('status 404', 'it gives no reason'),
    'invalid',
    404,
  ],
  'status 429': [end(429, 'text/plain', () => 'slow'), refused('status 429', '"slow"'), 'rate_limited', 429],
  'status 500': [end(500, 'text/plain', () => 'oh'), refused('status 500', '"oh"'), 'overloaded', 500],
  'status 503 of a proxy': [end(503, 'text/html', () => '<p>'), refused('status 503', '"<p>"'), 'overloaded', 503],
  'status 204': [
    (response) => void response.writeHead(204).end(),
    unusable('its content type is "", neither JSON nor an event stream'),
    'invalid',
  ],
  'a page': [
    end(200, 'text/html', good),
    unusable('its content type is "text/html", neither JSON nor an event stream'),
    'invalid',
  ],
  nothing: [json(() => ''), NO_RESPONSE, 'invalid'],
  'no JSON': [json(() => '{'), NO_RESPONSE, 'invalid'],
  'another id': [json((id) => good(id + 1000)), NO_RESPONSE, 'invalid'],
  'broken JSON with its id': [
    json((id) => `{"id":${id},"result":{"n":NaN}}`),
    unusable('it is not valid JSON'),
    'invalid',
  ],
  'a text for a result': [
    events((id) => `data: ${message(id, { result: 'x' })}\n\n`),
    unusable('it has neither a result object nor an error'),
    'invalid',
  ],
  'too much JSON': [json(large), TOO_LONG, 'invalid'],
  'too large an event': [events((id) => `data: ${large(id)}\n\n`), TOO_LONG, 'invalid'],
  'an unknown item': [
    json((id) => message(id, { result: { content: [{ type: 'later' }, { type: 'text', text: 'good' }] } })),
    { text: 'good', omitted: ['later'], truncated: true },
  ],
};

const FAULTS: Readonly<Record<string, Way>> = {
  'a connection that closes': (response) => response.destroy(),
  'JSON that breaks off': (response, id) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 });
    response.write(good(id).slice(0, 20), () => response.destroy());
  },
  'events that end without the answer': events(() => 'data: {"jsonrpc":"2.0","method":"x"}\n\n'),
  'events that break off': (response, id) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${good(id).slice(0, 20)}`, () => response.destroy());
  },
};

const UNSENT = { reason: 'overloaded', details: { transport: true, sent: false } };

describe('any answer of an MCP server over HTTP', () => {
  let stage: McpStage;
  let server: Server;
  let way: Way;
  let sessionId: string | null;

  beforeEach(async () => {
    sessionId = null;
    stage = new McpStage();
    await stage.open();
    const inputSchema = { type: 'object', properties: {} };
    const tools = [
      { name: 'look', inputSchema, annotations: { readOnlyHint: true } },
      { name: 'change', inputSchema },
    ];
    server = createServer((request, response) => {
      // Use one connection per request, so that a request to a stopped server is refused.
      response.shouldKeepAlive = false;
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        if (request.method !== 'POST') return void response.writeHead(405).end();
        const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString()) as {
          id?: number;
          method: string;
          params: { protocolVersion: string };
        };
        if (id === undefined) return void response.writeHead(202).end();
        if (sessionId !== null) response.setHeader('mcp-session-id', sessionId);
        const answer = (result: object) => json(() => message(id, { result }))(response, id);
        if (method === 'initialize') {
          const serverInfo = { name: 'remote', version: '1' };
          return answer({ protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo });
        }
        if (method === 'tools/list') return answer({ tools });
        if (method === 'ping') return answer({});
        return way(response, id);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    await stage.close();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const start = () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
    return stage.start({ servers: { remote: { url, timeoutMs: 20_000 } } });
  };
  const change = async (source: Awaited<ReturnType<typeof start>>) => {
    const tool = external(source, CHANGE);
    const draft = await tool.dryRun({}, contextOf());
    return tool.apply(draft?.effect ?? {}, contextOf());
  };

  it.each(Object.entries(ANSWERS))('is an answer: %s', async (_, [answering, expected, reason, status]) => {
    way = answering;
    const source = await start();
    const seen = await read(source, LOOK).catch((thrown: unknown) => thrown);
    const done = await change(source);
    expect(done.outcome).toBe('applied');
    if (typeof expected === 'string') {
      expect(seen).toMatchObject({ reason, message: expected.replace('TOOL', LOOK) });
      expect(isTransportFault(seen)).toBe(false);
      const told = { message: expected.replace('TOOL', CHANGE), ...(status !== undefined && { status }) };
      expect(done).toMatchObject({ output: { error: told }, report: { ok: false, ...told } });
    } else {
      expect(seen).toEqual(expected);
      expect(done).toMatchObject({ output: expected, report: { ok: true } });
    }
  });

  it.each(Object.entries(FAULTS))('is no answer: %s', async (_, breaking) => {
    way = breaking;
    const source = await start();
    await expect(change(source)).rejects.toMatchObject({
      reason: 'overloaded',
      details: { transport: true, sent: true },
    });
  });

  it('shows no part of a secret that the cut of a failure goes through', async () => {
    way = end(500, 'text/plain', () => `${' '.repeat(990)}ghp_${'Ab1'.repeat(30)}`);
    const source = await start();
    expect(await read(source, LOOK).catch((thrown: unknown) => thrown)).toMatchObject({
      message: refused('status 500', '"[redacted]"').replace('TOOL', LOOK),
    });
  });

  it('says that nothing was sent when the session is over', async () => {
    sessionId = 's-1';
    way = end(404, 'text/plain', () => 'no such session');
    const source = await start();
    await expect(read(source, LOOK)).rejects.toMatchObject(UNSENT);
  });

  it('says that nothing was sent when nobody listens', async () => {
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const http = new HttpTransport({ kind: 'http', url: `http://127.0.0.1:${port}/mcp`, headers: {} });
    await http.start();
    const thrown: unknown = await http
      .send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'look' } })
      .catch((error: unknown) => error);
    expect(transportFailure(LOOK, 'remote', thrown)).toMatchObject(UNSENT);
    await http.close();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
});
