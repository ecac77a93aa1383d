import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Scene {
  readonly command: string;
  /** After this the model calls the command a second time, if it is not done. */
  readonly repeat?: Promise<unknown>;
  readonly isDone: () => boolean;
}

export interface ScriptedModel {
  readonly url: string;
  /** The results of the command that the model has received, as the agent words them. */
  readonly results: readonly string[];
  play(scene: Scene): void;
  close(): Promise<void>;
}

type Json = Readonly<Record<string, unknown>>;
type Event = readonly [name: string, data: Json | string];

/** A model that calls one shell command and then ends its turn: Anthropic messages, OpenAI responses and chat completions. */
export async function startScriptedModel(): Promise<ScriptedModel> {
  let scene: Scene = { command: 'true', isDone: () => true };
  let results: readonly string[] = [];
  const server = createServer((request, response) => {
    void text(request).then(async (body) => {
      const api = APIS.find(({ path }) => request.url?.includes(path));
      if (!api || request.method !== 'POST') return response.writeHead(404).end('{}');
      const asked = JSON.parse(body) as Json;
      const received = api.results(asked);
      if (received.length > 0) results = received;
      if (received.length > 0) await scene.repeat;
      const isRepeated = scene.repeat !== undefined && received.length === 1 && !scene.isDone();
      const isCalled = (received.length === 0 || isRepeated) && api.hasShell(asked);
      return send(response, isCalled ? api.call(scene.command, `call_${received.length}`) : api.end());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get results() {
      return results;
    },
    play: (next) => {
      scene = next;
      results = [];
    },
    close: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

function send(response: ServerResponse, events: readonly Event[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const [name, data] of events) {
    response.write(
      `${name === '' ? '' : `event: ${name}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`,
    );
  }
  response.end();
}

interface Api {
  readonly path: string;
  readonly hasShell: (asked: Json) => boolean;
  readonly results: (asked: Json) => readonly string[];
  readonly call: (command: string, id: string) => readonly Event[];
  readonly end: () => readonly Event[];
}

const USAGE = { input_tokens: 1, output_tokens: 1 };

const MESSAGES: Api = {
  path: '/messages',
  hasShell: ({ tools }) => listOf(tools).some(({ name }) => name === 'Bash'),
  results: ({ messages }) =>
    listOf(messages)
      .flatMap(({ content }) => listOf(content))
      .filter(({ type }) => type === 'tool_result')
      .map(({ content }) => textOf(content)),
  call: (command, id) =>
    message({ type: 'tool_use', id, name: 'Bash', input: {} }, 'tool_use', {
      type: 'input_json_delta',
      partial_json: JSON.stringify({ command, description: 'As asked' }),
    }),
  end: () => message({ type: 'text', text: '' }, 'end_turn', { type: 'text_delta', text: 'Done.' }),
};

function message(content_block: Json, stop_reason: string, delta: Json): readonly Event[] {
  const head = { id: 'msg', type: 'message', role: 'assistant', model: 'scripted', content: [] };
  const events = [
    { type: 'message_start', message: { ...head, stop_reason: null, stop_sequence: null, usage: USAGE } },
    { type: 'content_block_start', index: 0, content_block },
    { type: 'content_block_delta', index: 0, delta },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: USAGE },
    { type: 'message_stop' },
  ];
  return events.map((event) => [event.type, event]);
}

const RESPONSES: Api = {
  path: '/responses',
  hasShell: ({ tools }) => listOf(tools).some(({ name }) => name === 'exec_command'),
  results: ({ input }) =>
    listOf(input)
      .filter(({ type }) => type === 'function_call_output')
      .map(({ output }) => textOf(output)),
  call: (cmd, id) => {
    const args = { cmd, sandbox_permissions: 'require_escalated', justification: 'As asked' };
    return item({
      type: 'function_call',
      id: `fc_${id}`,
      call_id: id,
      name: 'exec_command',
      arguments: JSON.stringify(args),
    });
  },
  end: () => item({ type: 'message', id: 'msg', role: 'assistant', content: [{ type: 'output_text', text: 'Done.' }] }),
};

function item(output: Json): readonly Event[] {
  const usage = { ...USAGE, total_tokens: 2, input_tokens_details: null, output_tokens_details: null };
  const events = [
    { type: 'response.created', response: { id: 'resp' } },
    { type: 'response.output_item.done', output_index: 0, item: output },
    { type: 'response.completed', response: { id: 'resp', usage } },
  ];
  return events.map((event) => [event.type, event]);
}

const CHAT: Api = {
  path: '/chat/completions',
  hasShell: ({ tools }) => listOf(tools).some((tool) => (tool['function'] as Json)['name'] === 'bash'),
  results: ({ messages }) =>
    listOf(messages)
      .filter(({ role }) => role === 'tool')
      .map(({ content }) => textOf(content)),
  call: (command, id) => {
    const call = { name: 'bash', arguments: JSON.stringify({ command, description: 'As asked' }) };
    return chunks(
      { role: 'assistant', tool_calls: [{ index: 0, id, type: 'function', function: call }] },
      'tool_calls',
    );
  },
  end: () => chunks({ role: 'assistant', content: 'Done.' }, 'stop'),
};

function chunks(delta: Json, finish_reason: string): readonly Event[] {
  const chunk = (choice: Json) => {
    const choices = [{ index: 0, ...choice }];
    return ['', { id: 'chat', object: 'chat.completion.chunk', created: 1, model: 'scripted', choices }] as const;
  };
  return [chunk({ delta }), chunk({ delta: {}, finish_reason }), ['', '[DONE]']];
}

const APIS = [MESSAGES, RESPONSES, CHAT];

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return listOf(value)
    .map(({ text: part }) => (typeof part === 'string' ? part : ''))
    .join('\n');
}
