import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { filePath } from '../support/cycle.run';
import type { Peer, PeerKind, PeerSurroundings } from './peer';

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly threadId?: string };
  readonly result?: unknown;
  readonly error?: unknown;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

const UNIT = /unit (\d+)\./;

/** `codex app-server` over stdio, with a model that proposes one patch and then ends its turn. */
export const CODEX: PeerKind = { name: 'Codex App Server', start };

async function start({ folder, workspace }: PeerSurroundings): Promise<Peer> {
  const home = join(folder, 'codex-home');
  await mkdir(home, { recursive: true });
  const model = await startModel();
  const config = {
    model: '"scripted"',
    model_provider: '"scripted"',
    'model_providers.scripted': `{name="scripted", base_url="${model.url}/v1", wire_api="responses", env_key="MODEL_KEY"}`,
    check_for_update_on_startup: 'false',
    'analytics.enabled': 'false',
  };
  const options = Object.entries(config).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(join(folder, 'node_modules/.bin/codex'), ['app-server', ...options], {
    cwd: workspace,
    env: { PATH: process.env['PATH'], HOME: home, CODEX_HOME: home, MODEL_KEY: 'scripted' },
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  const gone = once(child, 'exit').then(() => Promise.reject(new Error('Codex App Server has ended.')));
  // Awaited beside each response, and at the end.
  gone.catch(() => undefined);
  const answers = new Map<number, Waiting>();
  const turns = new Map<string, () => void>();
  const write = (message: object): boolean => child.stdin.write(`${JSON.stringify(message)}\n`);
  const ask = (method: string, params: object): Promise<unknown> => {
    const id = answers.size + 1;
    write({ id, method, params });
    return Promise.race([new Promise((resolve, reject) => answers.set(id, { resolve, reject })), gone]);
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, method, params, result, error } = JSON.parse(line) as Message;
    // A request of the server asks for the approval.
    if (id !== undefined && method !== undefined) write({ id, result: { decision: 'accept' } });
    else if (method === 'turn/completed') turns.get(params?.threadId ?? '')?.();
    else if (id !== undefined && error !== undefined) answers.get(id)?.reject(new Error(`Codex refused: ${line}`));
    else if (id !== undefined) answers.get(id)?.resolve(result);
  });
  await ask('initialize', { clientInfo: { name: 'assent-bench', title: 'assent-bench', version: '1' } });
  write({ method: 'initialized' });
  return {
    pid: child.pid ?? 0,
    cycle: async (number) => {
      const settings = { cwd: workspace, approvalPolicy: 'untrusted', sandbox: 'workspace-write' };
      const { thread } = (await ask('thread/start', settings)) as { readonly thread: { readonly id: string } };
      const ended = new Promise<void>((resolve) => turns.set(thread.id, resolve));
      const input = [{ type: 'text', text: `Raise the limit of unit ${number}.` }];
      await ask('turn/start', { threadId: thread.id, input });
      await Promise.race([ended, gone]);
      turns.delete(thread.id);
    },
    stop: async () => {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
      await gone.catch(() => undefined);
      model.close();
    },
  };
}

/** OpenAI responses: the first of a turn patches the file that the user names, the second ends the turn. */
async function startModel(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      if (request.url?.endsWith('/responses') !== true) return response.writeHead(404).end('{}');
      const { input } = JSON.parse(body) as { readonly input: readonly { readonly type: string }[] };
      const isPatched = input.at(-1)?.type === 'function_call_output';
      const number = Number(UNIT.exec(JSON.stringify(input))?.[1]);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      return response.end(eventsOf(isPatched ? END_OF_TURN : patchOf(number)));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const END_OF_TURN = {
  type: 'message',
  id: 'msg',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text: 'Done.', annotations: [] }],
};

function patchOf(number: number): object {
  const patch = `*** Begin Patch\n*** Update File: ${filePath(number)}\n@@\n-limit: 10\n+limit: 20\n*** End Patch`;
  const args = JSON.stringify({ cmd: `apply_patch <<'EOF'\n${patch}\nEOF\n` });
  return {
    type: 'function_call',
    id: `fc_${number}`,
    call_id: `call_${number}`,
    name: 'exec_command',
    arguments: args,
  };
}

function eventsOf(item: object): string {
  const usage = {
    input_tokens: 1,
    output_tokens: 1,
    total_tokens: 2,
    input_tokens_details: null,
    output_tokens_details: null,
  };
  const events = [
    { type: 'response.created', response: { id: 'resp' } },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: { id: 'resp', output: [item], usage } },
  ];
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}
