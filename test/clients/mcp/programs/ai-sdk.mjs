import { createMCPClient } from '@ai-sdk/mcp';

const { ASSENT_URL: url, ASSENT_KEY: key } = process.env;
const [tool, args] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${key}` };
const client = await createMCPClient({ transport: { type: 'http', url, headers } });
const tools = await client.tools();
const result = await tools[tool].execute(JSON.parse(args), { toolCallId: 'call', messages: [] });
console.log(JSON.stringify({ tools: Object.keys(tools).length, result }));
await client.close();
