/**
 * An MCP server over standard streams, run by `node -e`. Its argument `way` selects how it answers a call. `look` declares itself
 * read-only; `change` does not.
 */
export const HOSTILE_SERVER = `
const raw = (text) => process.stdout.write(text);
const line = (value) => raw(JSON.stringify(value) + '\\n');
const send = (message) => line({ jsonrpc: '2.0', ...message });
const text = (value) => ({ content: [{ type: 'text', text: value }] });
const GOOD = { type: 'text', text: 'good' };
const content = (...items) => (id) => send({ id, result: { content: items } });
const error = (value) => (id) => send({ id, error: value });
const result = (value) => (id) => send({ id, result: value });
const MB = 1_000_000;
const ways = {
  'good': result(text('good')),
  'code -32000': error({ code: -32000, message: 'down' }),
  'code -32001': error({ code: -32001, message: 'down' }),
  'code -32600': error({ code: -32600, message: 'down' }),
  'code -32601': error({ code: -32601, message: 'down' }),
  'code -32602': error({ code: -32602, message: 'down' }),
  'code -32603': error({ code: -32603, message: 'down' }),
  'code -32700': error({ code: -32700, message: 'down' }),
  'code -32042': error({ code: -32042, message: 'down', data: { elicitations: [] } }),
  'code 0': error({ code: 0, message: 'down' }),
  'code 500': error({ code: 500, message: 'down' }),
  'code 1.5': error({ code: 1.5, message: 'down' }),
  'code as text': error({ code: 'E_DOWN', message: 'down' }),
  'no message': error({ code: -32000 }),
  'error as text': error('down'),
  'error beside null': (id) => send({ id, result: null, error: { code: -32000, message: 'down' } }),
  'error for no id': () => send({ id: null, error: { code: -32700, message: 'down' } }),
  'null error': (id) => send({ id, result: text('good'), error: null }),
  'text for a result': result('good'),
  'null for a result': result(null),
  'list for a result': result([GOOD]),
  'neither': (id) => send({ id }),
  'empty result': result({}),
  'unknown item': content(GOOD, { type: 'hologram', data: 'x' }),
  'text without text': content({ type: 'text' }, GOOD),
  'text that is a number': content({ type: 'text', text: 5 }, GOOD),
  'items that are no objects': content(null, 'x', 5, [], GOOD),
  'item without a type': content({ text: 'x' }, GOOD),
  'picture without data': content({ type: 'image' }, GOOD),
  'link without a place': content({ type: 'resource_link' }, GOOD),
  'one item, no list': result({ content: GOOD }),
  'text for content': result({ content: 'good' }),
  'null content': result({ content: null }),
  'structured only': result({ structuredContent: { n: 1 } }),
  'structured list': result({ content: [GOOD], structuredContent: [1] }),
  'failed': result({ ...text('it broke'), isError: true }),
  'failed in words': result({ ...text('it broke'), isError: 'true' }),
  'failed in silence': result({ isError: true }),
  'large': result(text('x'.repeat(7 * MB))),
  'too large, id first': (id) => raw('{"jsonrpc":"2.0","id":' + id + ',"result":{"content":[{"type":"text","text":"' + 'x'.repeat(9 * MB) + '"}]}}\\n'),
  'too large, id last': (id) => raw('{"result":{"id":77,"content":[{"type":"text","text":"' + '\\\\"'.repeat(5 * MB) + '"}]},"jsonrpc":"2.0","id":' + id + '}\\n'),
  'too large a request first': (id) => (raw('{"jsonrpc":"2.0","method":"x","params":{"t":"' + 'x'.repeat(9 * MB) + '"},"id":' + id + '}\\n'), result(text('good'))(id)),
  'not a number': (id) => raw('{"jsonrpc":"2.0","id":' + id + ',"result":{"structuredContent":{"n":NaN}}}\\n'),
  'cut short': (id) => raw('{"jsonrpc":"2.0","id":' + id + ',"result":{"content":[\\n'),
  'id as text': (id) => send({ id: String(id), result: text('good') }),
  'no version': (id) => line({ id, result: text('good') }),
  'noise around': (id) => (raw('Listening...\\n\\n{}\\n[1\\n{"jsonrpc":"2.0","method":5}\\n'), result(text('good'))(id), raw('done\\n')),
  'byte order mark, CRLF': (id) => raw('\\ufeff' + JSON.stringify({ jsonrpc: '2.0', id, result: text('good') }) + '\\r\\n'),
  'in pieces': (id) => { const all = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, result: text('g\\u00f6\\u{1f600}d') }) + '\\n'); const next = (at) => at < all.length && process.stdout.write(all.subarray(at, at + 1), () => setImmediate(next, at + 1)); next(0); },
  'in a batch': (id) => line([{ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'x' } }, { jsonrpc: '2.0', id, result: text('good') }]),
  'a request first': (id) => (send({ id: 'q', method: 'roots/list' }), result(text('good'))(id)),
  'twice': (id) => (result(text('good'))(id), result(text('again'))(id)),
  'other ids first': (id) => (result(text('wrong'))(id + 1000), result(text('wrong'))('x'), result(text('good'))(id)),
  'broken notifications first': (id) => (send({ method: 'notifications/progress', params: 5 }), send({ method: 'notifications/progress', params: { progressToken: {} } }), result(text('good'))(id)),
  'deep': (id) => raw('{"jsonrpc":"2.0","id":' + id + ',"result":{"content":[' + JSON.stringify(GOOD) + '],"structuredContent":' + '['.repeat(100_000) + ']'.repeat(100_000) + '}}\\n'),
  'crash': () => process.exit(1),
  'crash in the middle': (id) => process.stdout.write('{"jsonrpc":"2.0","id":' + id + ',"result":{"con', () => process.exit(1)),
  'flood': () => raw('x'.repeat(20 * MB)),
  'flood of JSON': () => { const more = () => process.stdout.write('{"a":'.repeat(200_000), more); more(); },
  'only other ids': (id) => result(text('wrong'))(id + 1000),
  'silence': () => undefined,
};
let rest = '';
process.stdin.on('data', (chunk) => {
  rest += chunk;
  const lines = rest.split('\\n');
  rest = lines.pop();
  for (const one of lines) answer(JSON.parse(one));
});
const args = { type: 'object', properties: { way: { type: 'string' } }, required: ['way'] };
const answer = ({ id, method, params }) => {
  if (method === 'initialize') send({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'hostile', version: '1' } } });
  else if (method === 'tools/list') send({ id, result: { tools: [
    { name: 'look', inputSchema: args, annotations: { readOnlyHint: true }, icons: 'none' },
    { name: 'broken', inputSchema: 'none' },
    null,
    { name: 'change', inputSchema: args },
  ] } });
  else if (method === 'ping') send({ id, result: {} });
  else if (method === 'tools/call') ways[params.arguments.way](id);
};
`;
