import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  startClaudeCode,
  startCodex,
  startGemini,
  startOpencode,
  type Agent,
  type Setting,
  type Surroundings,
} from './programs';

/** A setting of the MCP gateway, or of another MCP endpoint. */
export interface GatewaySetting extends Setting {
  /** Query of the endpoint. */
  readonly query: string;
  /** How long the agent waits for a call; null: its default. */
  readonly timeoutSeconds: number | null;
}

const MS_PER_SECOND = 1_000;

/** The agents of one folder of packages, with the endpoint as their MCP server `assent`. */
export function mcpAgentsIn(folder: string, path = '/mcp/gateway'): readonly Agent<GatewaySetting>[] {
  const surroundings = ({ home, work, modelUrl, assentKey }: Setting): Surroundings => ({
    folder,
    home,
    work,
    modelUrl,
    env: { ASSENT_KEY: assentKey },
  });
  const url = ({ assentUrl, query }: GatewaySetting) => `${assentUrl}${path}${query}`;
  const timeout = ({ timeoutSeconds }: GatewaySetting) =>
    timeoutSeconds === null ? {} : { timeout: timeoutSeconds * MS_PER_SECOND };

  return [
    {
      name: 'Claude Code',
      package: '@anthropic-ai/claude-code',
      start: (setting) => {
        const file = join(setting.home, 'mcp.json');
        const headers = { Authorization: 'Bearer ${ASSENT_KEY}' };
        const assent = { type: 'http', url: url(setting), headers, ...timeout(setting) };
        writeFileSync(file, JSON.stringify({ mcpServers: { assent } }));
        const words = ['--mcp-config', file, '--strict-mcp-config', '--allowedTools', 'mcp__assent'];
        return Promise.resolve(startClaudeCode(surroundings(setting), words));
      },
    },
    {
      name: 'Codex',
      package: '@openai/codex',
      start: (setting) => {
        const config = {
          'mcp_servers.assent.url': `"${url(setting)}"`,
          'mcp_servers.assent.bearer_token_env_var': '"ASSENT_KEY"',
          'mcp_servers.assent.default_tools_approval_mode': '"approve"',
          ...(setting.timeoutSeconds !== null && {
            'mcp_servers.assent.tool_timeout_sec': String(setting.timeoutSeconds),
          }),
        };
        return Promise.resolve(startCodex(surroundings(setting), config));
      },
    },
    {
      name: 'opencode',
      package: 'opencode-ai',
      start: (setting) => {
        const headers = { Authorization: 'Bearer {env:ASSENT_KEY}' };
        const assent = { type: 'remote', url: url(setting), oauth: false, headers, ...timeout(setting) };
        return startOpencode(surroundings(setting), { mcp: { assent } });
      },
    },
    {
      name: 'Gemini CLI',
      package: '@google/gemini-cli',
      start: (setting) => {
        const headers = { Authorization: 'Bearer $ASSENT_KEY' };
        const assent = { httpUrl: url(setting), headers, trust: true, ...timeout(setting) };
        return Promise.resolve(startGemini(surroundings(setting), { mcpServers: { assent } }));
      },
    },
  ];
}
