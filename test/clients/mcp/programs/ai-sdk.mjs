import { createMCPClient } from '@ai-sdk/mcp';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { stepCountIs, streamText } from 'ai';
import { makeCalls } from './calls.mjs';

const { ASSENT_URL: url, ASSENT_KEY: key, MODEL_URL } = process.env;
const headers = { Authorization: `Bearer ${key}` };
const client = await createMCPClient({ transport: { type: 'http', url, headers } });
const tools = await client.tools();
if (process.argv.length > 2) {
  await makeCalls(Object.keys(tools), (name, args) => tools[name].execute(args, { toolCallId: 'call', messages: [] }));
} else {
  const provider = createOpenAICompatible({ name: 'scripted', baseURL: `${MODEL_URL}/v1`, apiKey: 'scripted' });
  const stopWhen = stepCountIs(50);
  const { text } = streamText({ model: provider.chatModel('scripted'), tools, prompt: 'Do it.', stopWhen });
  console.log(await text);
}
await client.close();
