import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { filePath, fileText } from '../support/cycle.run';
import { freePort } from '../support/free.port';
import type { Peer, PeerKind, PeerSurroundings } from './peer';

/** No model: the plan comes with the start, as in our cycle. */
const GRAPH = `
import { writeFile } from 'node:fs/promises';
import { Annotation, END, START, StateGraph, interrupt } from '@langchain/langgraph';
const State = Annotation.Root({ path: Annotation(), content: Annotation(), decision: Annotation() });
export const graph = new StateGraph(State)
  .addNode('ask', ({ path, content }) => ({ decision: interrupt({ path, content }) }))
  .addNode('apply', async ({ path, content, decision }) => {
    if (decision === 'approve') await writeFile(path, content);
    return {};
  })
  .addEdge(START, 'ask')
  .addEdge('ask', 'apply')
  .addEdge('apply', END)
  .compile();
`;
const ASSISTANT = 'agent';
const READY = 'Server running';

/** The development server of LangGraph.js, with as many workers as cycles at a time. */
export const LANGGRAPH: PeerKind = { name: 'LangGraph dev server', start };

async function start({ folder, workspace, atOnce }: PeerSurroundings): Promise<Peer> {
  const project = join(folder, 'graph');
  await mkdir(project, { recursive: true });
  const config = { node_version: '20', dependencies: ['.'], graphs: { [ASSISTANT]: './graph.mjs:graph' } };
  await writeFile(join(project, 'graph.mjs'), GRAPH);
  await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  await writeFile(join(project, 'langgraph.json'), JSON.stringify(config));
  const port = await freePort();
  const words = ['dev', '--port', String(port), '--no-browser', '--no-reload', '--n-jobs-per-worker', String(atOnce)];
  const child = spawn(join(folder, 'node_modules/.bin/langgraphjs'), words, {
    cwd: project,
    env: {
      PATH: process.env['PATH'],
      HOME: project,
      NODE_ENV: 'production',
      LANGGRAPH_CLI_NO_ANALYTICS: '1',
      LANGSMITH_TRACING: 'false',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const exited = once(child, 'exit');
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes(READY)) resolve();
    });
    child.once('exit', () => reject(new Error('The LangGraph dev server ended before it was ready.')));
  });
  const post = async (path: string, body: object): Promise<Readonly<Record<string, unknown>>> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`LangGraph answered ${path} with ${response.status}: ${text}`);
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  };
  return {
    pid: child.pid ?? 0,
    cycle: async (number) => {
      const input = { path: join(workspace, filePath(number)), content: fileText(number, 20) };
      const { thread_id: thread } = await post('/threads', {});
      const runs = `/threads/${String(thread)}/runs/wait`;
      const paused = await post(runs, { assistant_id: ASSISTANT, input });
      if (!('__interrupt__' in paused)) throw new Error(`LangGraph did not ask: ${JSON.stringify(paused)}`);
      await post(runs, { assistant_id: ASSISTANT, command: { resume: 'approve' } });
    },
    stop: async () => {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
      await exited;
    },
  };
}
