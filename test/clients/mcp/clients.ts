import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DEVELOPER_KEY } from '@assent/test-support/server-process';
import { mcpAgentsIn, type GatewaySetting } from '../agents/gateway.agents';
import type { HookSetting } from '../agents/hook.agents';
import { spawnProgram, startClaudeCode, type Agent, type AgentRun } from '../agents/programs';
import type { ScriptedModel } from '../agents/scripted.model';
import { nodePackage } from '../node.package';

/** One call of a tool of `/mcp`. */
export interface ToolCall {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Where a client runs. */
export interface Place {
  /** Its packages and programs. */
  readonly folder: string;
  readonly home: string;
  /** Of the MCP server. */
  readonly url: string;
  readonly model: ScriptedModel;
}

/** A client that calls one tool and ends. */
export interface McpClient {
  readonly name: string;
  /** The first one is the client's. */
  readonly packages: readonly string[];
  start(call: ToolCall, place: Place): Promise<AgentRun>;
  /** What the client, or its model, has received. */
  received(run: AgentRun, place: Place): string;
}

const MS_PER_SECOND = 1_000;
export const CLAUDE_CODE = '@anthropic-ai/claude-code@2.1.332';

/** Node.js for clients that need a newer version than the server. */
export const NEWER_NODE = nodePackage('22.23.5');

export function newerNode(folder: string): string {
  return join(folder, 'node_modules', NEWER_NODE.split('@')[0] ?? '', 'bin/node');
}

/** A program in `programs` that calls tools with the client of a library. */
export interface ProgramClient {
  readonly name: string;
  readonly file: string;
  /** The first one is the client's. */
  readonly packages: readonly string[];
  /** Its calls can end by a timeout of their own. */
  readonly hasTimeout: boolean;
}

export const PROGRAMS: readonly ProgramClient[] = [
  { name: 'MCP SDK', file: 'sdk-1.mjs', packages: ['@modelcontextprotocol/sdk@1.32.2'], hasTimeout: true },
  { name: 'MCP client', file: 'sdk-2.mjs', packages: ['@modelcontextprotocol/client@2.4.0'], hasTimeout: true },
  {
    name: 'AI SDK',
    file: 'ai-sdk.mjs',
    packages: ['@ai-sdk/mcp@2.0.99', 'ai@7.0.173', '@ai-sdk/openai-compatible@3.0.92'],
    hasTimeout: false,
  },
  { name: 'OpenAI Agents', file: 'openai-agents.mjs', packages: ['@openai/agents@0.20.0', 'zod@4'], hasTimeout: true },
  {
    name: 'MCP Inspector',
    file: 'inspector.mjs',
    packages: ['@modelcontextprotocol/inspector@2.12.0'],
    hasTimeout: false,
  },
];

/** Makes one call at the MCP server. */
function oneCall({ name, file, packages }: ProgramClient): McpClient {
  return {
    name,
    packages,
    start: ({ tool, args }, { folder, home, url }) =>
      Promise.resolve(
        launch({ folder, file }, [tool, JSON.stringify(args)], home, { ASSENT_URL: url, ASSENT_KEY: DEVELOPER_KEY }),
      ),
    received: (run) => run.output(),
  };
}

/** Makes the calls of the scripted model at the gateway: AI SDK and OpenAI Agents as agents, the others call by call. */
export function gatewayAgent({ name, file, packages: [first = ''] }: ProgramClient, folder: string) {
  const start = ({ home, modelUrl, assentUrl, assentKey, query, timeoutSeconds }: GatewaySetting) => {
    const run = launch({ folder, file }, [], home, {
      ASSENT_URL: `${assentUrl}/mcp/gateway${query}`,
      ASSENT_KEY: assentKey,
      MODEL_URL: modelUrl,
      OPENAI_BASE_URL: `${modelUrl}/v1`,
      OPENAI_API_KEY: 'scripted',
      ...(timeoutSeconds !== null && { TIMEOUT_MS: String(timeoutSeconds * MS_PER_SECOND) }),
    });
    return Promise.resolve(run);
  };
  return { name, package: first, start } satisfies Agent<GatewaySetting>;
}

/** An agent whose model makes one call at the MCP server. */
function agentClient(name: string, packages: readonly string[]): McpClient {
  return {
    name,
    packages,
    start: (call, { folder, home, url, model }) => {
      model.play({ next: ({ length }) => (length === 0 ? call : null) });
      const agent = mcpAgentsIn(folder, '/mcp').find((each) => each.name === name);
      if (!agent) throw new RangeError(`no agent ${name}`);
      const { origin: assentUrl } = new URL(url);
      const at = { home, work: home, modelUrl: model.url, assentUrl, assentKey: DEVELOPER_KEY };
      return agent.start({ ...at, query: '', timeoutSeconds: null });
    },
    received: (_, { model }) => model.results.join('\n'),
  };
}

export const MCP_CLIENTS: readonly McpClient[] = [
  ...PROGRAMS.map(oneCall),
  agentClient('Gemini CLI', ['@google/gemini-cli@0.61.0']),
  agentClient('Claude Code', [CLAUDE_CODE]),
  agentClient('Codex', ['@openai/codex@0.171.0']),
  agentClient('opencode', ['opencode-ai@1.18.33']),
];

/** Claude Code, whose questions are answered by the tool `permission` of `/mcp` in place of a hook. */
export function claudeCode(folder: string): Agent<HookSetting> {
  return {
    name: 'Claude Code',
    package: '@anthropic-ai/claude-code',
    start: ({ assentUrl, assentKey, init, home, work, modelUrl }) => {
      const [, seconds] = init;
      const url = `${assentUrl}/mcp${seconds === undefined ? '' : `?hold=${seconds}`}`;
      const headers = { Authorization: `Bearer ${assentKey}` };
      const file = join(home, 'mcp.json');
      writeFileSync(file, JSON.stringify({ mcpServers: { assent: { type: 'http', url, headers } } }));
      const words = ['--mcp-config', file, '--permission-prompt-tool', 'mcp__assent__permission'];
      return Promise.resolve(startClaudeCode({ folder, home, work, modelUrl, env: {} }, words));
    },
  };
}

/** Starts a program with its newer Node.js. */
export function launch(
  { folder, file }: { readonly folder: string; readonly file: string },
  words: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): AgentRun {
  const node = newerNode(folder);
  const path = `${dirname(node)}:${process.env['PATH'] ?? ''}`;
  return spawnProgram(node, [join(folder, file), ...words], cwd, { HOME: cwd, PATH: path, ...env });
}
