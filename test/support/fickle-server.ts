/**
 * A small MCP server over standard streams, run by `node -e`, that misbehaves on request. It reads its tools from the JSON file
 * named by its argument at each tools/list, so a test can change them.
 */
export const FICKLE_SERVER = `
const fs = require('node:fs');
const [file] = process.argv.slice(1);
const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n');
const seen = [];
const metas = [];
const text = (value) => ({ content: [{ type: 'text', text: value }] });
const acts = {
  echo: ({ text: value, path }) => text(String(value) + (path === undefined ? '' : ' at ' + path)),
  add: () => (seen.push('add'), text('added')),
  seen: () => text(JSON.stringify(seen)),
  metas: () => text(JSON.stringify(metas)),
  notify: () => (send({ method: 'notifications/tools/list_changed' }), text('told')),
  environment: () => text(Object.keys(process.env).sort().join(' ')),
  pid: () => text(String(process.pid)),
  fail: () => ({ ...text('it went wrong\\nbadly'), isError: true }),
  odd: () => ({
    content: [
      { type: 'text', text: 'a\\u0000b\\ud800' },
      { type: 'image', data: 'AAAA', mimeType: 'image/png' },
      { type: 'resource', resource: { uri: 'x:y', text: 'inside' } },
    ],
    structuredContent: JSON.parse('{"n":1,"deep":{"s":"\\\\u0000"},"__proto__":{"x":1}}'),
  }),
  flood: () => (process.stdout.write('x'.repeat(20_000_000)), null),
  die: () => process.exit(1),
  hang: () => (seen.push('hang'), null),
};
let rest = '';
process.stdin.on('data', (chunk) => {
  rest += chunk;
  const lines = rest.split('\\n');
  rest = lines.pop();
  for (const line of lines) answer(JSON.parse(line));
});
const answer = ({ id, method, params }) => {
  const state = JSON.parse(fs.readFileSync(file, 'utf8'));
  if (method === 'initialize') {
    if (state.refuse) process.exit(2);
    send({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: { listChanged: true } }, serverInfo: { name: 'fickle', version: '1' } } });
  } else if (method === 'tools/list') send({ id, result: { tools: state.tools } });
  else if (method === 'ping') send({ id, result: {} });
  else if (method === 'notifications/cancelled') seen.push('cancelled');
  else if (method === 'tools/call') {
    const act = acts[params.name];
    if (!act) return send({ id, error: { code: -32602, message: 'no such tool' } });
    if (params.name === 'add' || params.name === 'echo') metas.push([params.name, params._meta?.['assent/idempotencyKey'] ?? null]);
    const result = act(params.arguments ?? {});
    if (result) send({ id, result });
  }
};
if (JSON.parse(fs.readFileSync(file, 'utf8')).stubborn) {
  process.on('SIGTERM', () => {});
  setInterval(() => {}, 1000);
}
`;

export interface FickleTool {
  readonly name: string;
  readonly description?: string;
  readonly inputSchema: object;
  readonly annotations?: object;
}

const NOTHING = { type: 'object', properties: {}, additionalProperties: false };

/** Default tools. `add` has an effect; the others declare themselves read-only. */
export const FICKLE_TOOLS: readonly FickleTool[] = [
  {
    name: 'echo',
    description: 'Says it again.',
    inputSchema: {
      type: 'object',
      properties: { text: { type: 'string' }, path: { type: 'string' } },
      required: ['text'],
    },
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
  { name: 'add', inputSchema: NOTHING, annotations: { destructiveHint: false, idempotentHint: true } },
  ...['seen', 'metas', 'notify', 'environment', 'pid', 'fail', 'odd', 'flood', 'die', 'hang'].map((name) => ({
    name,
    inputSchema: NOTHING,
    annotations: { readOnlyHint: true },
  })),
];
