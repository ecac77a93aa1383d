import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const { ASSENT_URL: url, ASSENT_KEY: key } = process.env;
const [name, args] = process.argv.slice(2);
const client = new Client({ name: 'sdk-1', version: '1' }, { capabilities: {} });
const requestInit = { headers: { Authorization: `Bearer ${key}` } };
await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
const { tools } = await client.listTools();
const result = await client.callTool({ name, arguments: JSON.parse(args) });
console.log(JSON.stringify({ tools: tools.length, result }));
await client.close();
