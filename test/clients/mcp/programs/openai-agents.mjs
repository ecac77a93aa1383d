import { Agent, MCPServerStreamableHttp, run, setTracingDisabled } from '@openai/agents';
import { makeCalls } from './calls.mjs';

const { ASSENT_URL: url, ASSENT_KEY: key, TIMEOUT_MS } = process.env;
const requestInit = { headers: { Authorization: `Bearer ${key}` } };
const server = new MCPServerStreamableHttp({
  url,
  requestInit,
  ...(TIMEOUT_MS !== undefined && { timeout: Number(TIMEOUT_MS) }),
});
await server.connect();
if (process.argv.length > 2) {
  const tools = (await server.listTools()).map(({ name }) => name);
  await makeCalls(tools, async (name, args) => ({ content: await server.callTool(name, args) }));
} else {
  setTracingDisabled(true);
  const agent = new Agent({ name: 'Worker', model: 'scripted', mcpServers: [server] });
  const { completed } = await run(agent, 'Do it.', { stream: true, maxTurns: 50 });
  await completed;
}
await server.close();
