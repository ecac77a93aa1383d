import { MCPServerStreamableHttp } from '@openai/agents';

const { ASSENT_URL: url, ASSENT_KEY: key } = process.env;
const [tool, args] = process.argv.slice(2);
const requestInit = { headers: { Authorization: `Bearer ${key}` } };
const server = new MCPServerStreamableHttp({ url, requestInit });
await server.connect();
const tools = await server.listTools();
const content = await server.callTool(tool, JSON.parse(args));
console.log(JSON.stringify({ tools: tools.length, result: { content } }));
await server.close();
