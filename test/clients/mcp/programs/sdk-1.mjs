import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { makeCalls } from './calls.mjs';

const { ASSENT_URL: url, ASSENT_KEY: key, TIMEOUT_MS } = process.env;
const client = new Client({ name: 'sdk-1', version: '1' }, { capabilities: {} });
const requestInit = { headers: { Authorization: `Bearer ${key}` } };
await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
const { tools } = await client.listTools();
const options = TIMEOUT_MS === undefined ? {} : { timeout: Number(TIMEOUT_MS) };
await makeCalls(
  tools.map(({ name }) => name),
  (name, args) => client.callTool({ name, arguments: args }, undefined, options),
);
await client.close();
