import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DEVELOPER_KEY } from '@assent/test-support/server-process';
import type { HookSetting } from '../agents/hook.agents';
import { spawnProgram, startClaudeCode, startGemini, type Agent, type AgentRun } from '../agents/programs';
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
  start(call: ToolCall, place: Place): AgentRun;
  /** What the client, or its model, has received. */
  received(run: AgentRun, place: Place): string;
}

/** Node.js for clients that need a newer version than the server. */
export const NEWER_NODE = nodePackage('22.23.5');

export function newerNode(folder: string): string {
  return join(folder, 'node_modules', NEWER_NODE.split('@')[0] ?? '', 'bin/node');
}

/** A program beside this file that prints what it has received. */
function program(name: string, file: string, packages: readonly string[]): McpClient {
  return {
    name,
    packages,
    start: ({ tool, args }, { folder, home, url }) =>
      launch(newerNode(folder), [join(folder, file), tool, JSON.stringify(args)], home, {
        ASSENT_URL: url,
        ASSENT_KEY: DEVELOPER_KEY,
      }),
    received: (run) => run.output(),
  };
}

export const MCP_CLIENTS: readonly McpClient[] = [
  program('MCP SDK', 'sdk-1.mjs', ['@modelcontextprotocol/sdk@1.32.2']),
  program('MCP client', 'sdk-2.mjs', ['@modelcontextprotocol/client@2.4.0']),
  program('AI SDK', 'ai-sdk.mjs', ['@ai-sdk/mcp@2.0.99', 'ai@7.0.173']),
  program('OpenAI Agents', 'openai-agents.mjs', ['@openai/agents@0.20.0', 'zod@4']),
  {
    name: 'MCP Inspector',
    packages: ['@modelcontextprotocol/inspector@2.12.0'],
    start: ({ tool, args }, { folder, home, url }) => {
      const given = Object.entries(args).flatMap(([name, value]) => [
        '--tool-arg',
        `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
      ]);
      const header = ['--header', `Authorization: Bearer ${DEVELOPER_KEY}`];
      const words = [
        '--cli',
        url,
        '--transport',
        'http',
        ...header,
        '--method',
        'tools/call',
        '--tool-name',
        tool,
        ...given,
      ];
      return launch(join(folder, 'node_modules/.bin/mcp-inspector'), words, home, { PATH: pathWith(folder) });
    },
    received: (run) => run.output(),
  },
  {
    name: 'Gemini CLI',
    packages: ['@google/gemini-cli@0.61.0'],
    start: (call, { folder, home, url, model }) => {
      model.play({ next: ({ length }) => (length === 0 ? call : null) });
      const headers = { Authorization: `Bearer ${DEVELOPER_KEY}` };
      const settings = { mcpServers: { assent: { httpUrl: url, headers, trust: true } } };
      return startGemini({ folder, home, work: home, modelUrl: model.url, env: {} }, settings);
    },
    received: (_, { model }) => model.results.join('\n'),
  },
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

function pathWith(folder: string): string {
  return `${dirname(newerNode(folder))}:${process.env['PATH'] ?? ''}`;
}

function launch(file: string, words: readonly string[], cwd: string, env: NodeJS.ProcessEnv): AgentRun {
  return spawnProgram(file, words, cwd, { HOME: cwd, ...env });
}
