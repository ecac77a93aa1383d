import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

// It reports its use to its makers.
process.env.COPILOTKIT_TELEMETRY_DISABLED = 'true';
const { AssentAgent } = await import('@assent/client/ag-ui');
const { CopilotRuntime, createCopilotRuntimeHandler } = await import('@copilotkit/runtime/v2');

const DEVELOPER_KEY = randomUUID();
const REVIEWER_KEY = randomUUID();
let server;
let url;

before(async () => {
  const env = { ...process.env, PORT: '0', DATA_DIR: join(process.cwd(), 'data'), DEVELOPER_KEY, REVIEWER_KEY };
  const main = join(process.env.ASSENT_ROOT, 'dist/server/main.js');
  server = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const chunk of server.stdout) {
    url = /"url":"([^"]+)"[^\n]*"msg":"listening"/.exec(String(chunk))?.[1];
    if (url !== undefined) break;
  }
  assert.ok(url, 'the server does not listen');
});
after(() => server.kill());

test('the runtime of CopilotKit shows a run, its interrupt, and how it goes on after the decision of a reviewer', async () => {
  const agent = new AssentAgent({ url: `${url}/ag-ui`, headers: { authorization: `Bearer ${DEVELOPER_KEY}` } });
  const runtime = new CopilotRuntime({ agents: { assent: agent } });
  const handle = createCopilotRuntimeHandler({ runtime, basePath: '/api' });
  const threadId = randomUUID();
  const run = async (more) => {
    const messages = [{ id: '1', role: 'user', content: 'Write the file' }];
    const input = { threadId, runId: randomUUID(), state: {}, tools: [], context: [], messages, ...more };
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
    const body = JSON.stringify(input);
    const response = await handle(
      new Request('http://localhost/api/agent/assent/run', { method: 'POST', headers, body }),
    );
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return [...text.matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json));
  };
  const assent = {
    wait: 'interrupt',
    memory: false,
    actions: [{ id: 'write', kind: 'tool', tool: 'file.write', args: { path: 'copilot.txt', content: 'hello\n' } }],
    beliefs: {
      assumptions: [{ id: 'needed', text: 'The file is needed', p: 0.9 }],
      gains: [{ actionId: 'write', when: {}, gain: 1 }],
    },
  };
  const asked = await run({ forwardedProps: { assent } });
  assert.equal(asked[0].type, 'RUN_STARTED');
  assert.ok(asked.some(({ type, toolCallName }) => type === 'TOOL_CALL_START' && toolCallName === 'file.write'));
  const [interrupt] = asked.at(-1).outcome.interrupts;
  assert.equal(interrupt.reason, 'assent:approval');

  const hash = interrupt.responseSchema.properties.hash.const;
  const resume = [{ interruptId: interrupt.id, status: 'resolved', payload: { decision: 'approve', hash } }];
  const refused = await run({ resume });
  assert.deepEqual([refused.at(-1).type, refused.at(-1).code], ['RUN_ERROR', 'forbidden']);

  const decided = await fetch(`${url}/approvals/${interrupt.metadata['assent/approvalId']}/approve`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${REVIEWER_KEY}`, 'if-match': `"${hash}"` },
    body: '{}',
  });
  assert.equal(decided.status, 200);
  const completed = await run({ resume });
  assert.deepEqual([completed.at(-1).type, completed.at(-1).result.kind], ['RUN_FINISHED', 'applied']);
});
