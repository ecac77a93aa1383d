import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const { ASSENT_URL: url, ASSENT_KEY: key } = process.env;
const [name, args] = process.argv.slice(2);
const client = new Client({ name: 'sdk-2', version: '1' }, { versionNegotiation: { mode: 'auto' } });
const requestInit = { headers: { Authorization: `Bearer ${key}` } };
await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
const { tools } = await client.listTools();
const result = await client.callTool({ name, arguments: JSON.parse(args) });
console.log(JSON.stringify({ tools: tools.length, result }));
await client.close();
