import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A call of the model: of the shell of the agent, or of a tool of the MCP server `assent`. */
export type ModelCall = { readonly shell: string } | { readonly tool: string; readonly args: Json };

export interface Scene {
  /** The next call, after the results so far; null: the model ends its turn. */
  readonly next: (results: readonly string[]) => ModelCall | null | Promise<ModelCall | null>;
}

export interface ScriptedModel {
  readonly url: string;
  /** The results that the model has received, as the agent words them. */
  readonly results: readonly string[];
  readonly isAsked: boolean;
  /** The agent has asked the model, and does not offer a tool that the model would call. */
  readonly lacksTool: boolean;
  play(scene: Scene): void;
  close(): Promise<void>;
}

type Json = Readonly<Record<string, unknown>>;
type Event = readonly [name: string, data: Json | string];

/**
 * A model that makes the calls of a scene: Anthropic messages, OpenAI responses and chat completions, Gemini contents. Programs
 * without a model of their own ask it for their calls.
 */
export async function startScriptedModel(): Promise<ScriptedModel> {
  let scene: Scene = { next: () => null };
  let results: readonly string[] = [];
  let isAsked = false;
  let lacksTool = false;
  const server = createServer((request, response) => {
    void text(request).then(async (body) => {
      const api = APIS.find(({ path }) => request.url?.includes(path));
      if (!api || request.method !== 'POST') return response.writeHead(404).end('{}');
      const asked = JSON.parse(body) as Json;
      isAsked = true;
      const received = api.results(asked);
      if (received.length > 0) results = received;
      const call = await scene.next(received);
      const events = call && api.call(call, `call_${received.length}`, asked);
      lacksTool ||= call !== null && events === null;
      return send(response, events ?? api.end());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get results() {
      return results;
    },
    get isAsked() {
      return isAsked;
    },
    get lacksTool() {
      return lacksTool;
    },
    play: (next) => {
      scene = next;
      results = [];
      isAsked = false;
      lacksTool = false;
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
  readonly results: (asked: Json) => readonly string[];
  /** null: the agent does not offer the tool, as in a request for a title. */
  readonly call: (call: ModelCall, id: string, asked: Json) => readonly Event[] | null;
  readonly end: () => readonly Event[];
}

const USAGE = { input_tokens: 1, output_tokens: 1 };
/** Claude Code offers most tools of MCP servers only after a search for them. */
const SEARCH_ID = 'search';

const MESSAGES: Api = {
  path: '/messages',
  results: ({ messages }) =>
    listOf(messages)
      .flatMap(({ content }) => listOf(content))
      .filter((block) => block['type'] === 'tool_result' && block['tool_use_id'] !== SEARCH_ID)
      .map(({ content }) => textOf(content)),
  call: (call, id, { tools, messages }) => {
    const isOffered = (name: string) => listOf(tools).some((tool) => tool['name'] === name);
    if ('shell' in call) {
      return isOffered('Bash') ? toolUse(id, 'Bash', { command: call.shell, description: 'As asked' }) : null;
    }
    const name = `mcp__assent__${call.tool}`;
    if (isOffered(name)) return toolUse(id, name, call.args);
    const isSearched = JSON.stringify(messages).includes(`"${SEARCH_ID}"`);
    return isOffered('ToolSearch') && !isSearched
      ? toolUse(SEARCH_ID, 'ToolSearch', { query: `select:${name}` })
      : null;
  },
  end: () => message({ type: 'text', text: '' }, 'end_turn', { type: 'text_delta', text: 'Done.' }),
};

function toolUse(id: string, name: string, input: Json): readonly Event[] {
  const delta = { type: 'input_json_delta', partial_json: JSON.stringify(input) };
  return message({ type: 'tool_use', id, name, input: {} }, 'tool_use', delta);
}

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
  results: ({ input }) =>
    listOf(input)
      .filter(({ type }) => type === 'function_call_output')
      .map(({ output }) => textOf(output)),
  call: (call, id, { tools }) => {
    const space = 'shell' in call ? undefined : listOf(tools).find(({ name }) => name === 'mcp__assent');
    const name = 'shell' in call ? 'exec_command' : call.tool;
    if (!listOf(space?.['tools'] ?? tools).some((tool) => tool['name'] === name)) return null;
    const args =
      'shell' in call
        ? { cmd: call.shell, sandbox_permissions: 'require_escalated', justification: 'As asked' }
        : call.args;
    const named = { name, ...(space && { namespace: space['name'] }), arguments: JSON.stringify(args) };
    return item({ type: 'function_call', id: `fc_${id}`, call_id: id, ...named });
  },
  end: () => {
    const content = [{ type: 'output_text', text: 'Done.', annotations: [] }];
    return item({ type: 'message', id: 'msg', role: 'assistant', status: 'completed', content });
  },
};

function item(output: Json): readonly Event[] {
  const usage = { ...USAGE, total_tokens: 2, input_tokens_details: null, output_tokens_details: null };
  const events = [
    { type: 'response.created', response: { id: 'resp' } },
    { type: 'response.output_item.done', output_index: 0, item: output },
    { type: 'response.completed', response: { id: 'resp', output: [output], usage } },
  ];
  return events.map((event) => [event.type, event]);
}

const CHAT: Api = {
  path: '/chat/completions',
  results: ({ messages }) =>
    listOf(messages)
      .filter(({ role }) => role === 'tool')
      .map(({ content }) => textOf(content)),
  call: (call, id, { tools }) => {
    const names = 'shell' in call ? ['bash'] : [`assent_${call.tool}`, call.tool];
    const offered = listOf(tools).map((tool) => (tool['function'] as Json)['name']);
    const name = names.find((each) => offered.includes(each));
    if (name === undefined) return null;
    const args = 'shell' in call ? { command: call.shell, description: 'As asked' } : call.args;
    const made = { index: 0, id, type: 'function', function: { name, arguments: JSON.stringify(args) } };
    return chunks({ role: 'assistant', tool_calls: [made] }, 'tool_calls');
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

const CONTENTS: Api = {
  path: ':streamGenerateContent',
  results: ({ contents }) =>
    listOf(contents)
      .flatMap(({ parts }) => listOf(parts))
      .flatMap((part) => (part['functionResponse'] === undefined ? [] : [part['functionResponse'] as Json]))
      .map(({ response }) => geminiText(response as Json)),
  call: (call, id, { tools }) => {
    const name = 'shell' in call ? 'run_shell_command' : `mcp_assent_${call.tool}`;
    const declared = listOf(tools).flatMap(({ functionDeclarations }) => listOf(functionDeclarations));
    if (!declared.some((tool) => tool['name'] === name)) return null;
    const args = 'shell' in call ? { command: call.shell } : call.args;
    return candidate({ functionCall: { id, name, args } });
  },
  end: () => candidate({ text: 'Done.' }),
};

function geminiText({ output, error }: Json): string {
  return [output, error]
    .map((part) => (part === undefined ? '' : typeof part === 'string' ? part : JSON.stringify(part)))
    .join('');
}

function candidate(part: Json): readonly Event[] {
  const candidates = [{ index: 0, finishReason: 'STOP', content: { role: 'model', parts: [part] } }];
  const usageMetadata = { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 };
  return [['', { candidates, usageMetadata, modelVersion: 'scripted' }]];
}

/** For programs that make calls without a model. */
const CALLS: Api = {
  path: '/calls',
  results: ({ results }) => results as readonly string[],
  call: (call, _, { tools }) =>
    'tool' in call && (tools as readonly string[]).includes(call.tool) ? [['', { ...call }]] : null,
  end: () => [['', 'null']],
};

const APIS = [MESSAGES, RESPONSES, CHAT, CONTENTS, CALLS];

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return listOf(value)
    .map(({ text: part }) => (typeof part === 'string' ? part : ''))
    .join('\n');
}
