import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import globalSetup, { type TeardownGlobal } from '@assent/test-support/global-setup';
import { Stage } from '@assent/test-support/stage';
import { HOOK_TRIALS, HookTheatre } from '../agents/hook.trials';
import { startScriptedModel } from '../agents/scripted.model';
import { GATEWAY_TRIALS, GatewayTheatre } from '../agents/gateway.trials';
import { CLAUDE_CODE, MCP_CLIENTS, NEWER_NODE, PROGRAMS, claudeCode, gatewayAgent, type McpClient } from './clients';
import { CONFORMANCE, conforms } from './conformance';
import { EVENTS_EXPECTED, playEvents } from './events';
import { MCP_TRIALS, playMcp } from './trials';

const RULE = {
  id: 'sunday',
  tools: ['file.write'],
  paths: ['sunday.txt'],
  verdict: 'deny',
  reason: 'Not on a Sunday.',
};
const NOT_PLAYED = 'its calls have no timeout';
/** Trials of the permission hooks that the permission prompt has, too. */
const PROMPT_TRIALS = HOOK_TRIALS.filter(({ name }) =>
  [
    'a reviewer approves',
    'a reviewer rejects with a comment',
    'two people approve, one of them at another replica',
    'a rule allows',
    'a rule denies',
    'nobody decides, onTimeout=deny',
    'the agent is killed while it waits',
  ].includes(name),
);

export interface McpReport {
  /** Tables in Markdown. */
  readonly tables: readonly string[];
  /** What went otherwise than expected. */
  readonly failed: readonly string[];
}

/** Tries the MCP server with every client and with the conformance suite. @param install packages into a folder */
export async function tryMcpClients(
  folder: string,
  install: (folder: string, packages: readonly string[]) => void,
  report: (line: string) => void,
): Promise<McpReport> {
  const folderOf = (packages: readonly string[]): string => {
    const own = mkdtempSync(join(folder, 'mcp-'));
    writeFileSync(join(own, 'package.json'), '{ "private": true }');
    cpSync(join(__dirname, 'programs'), own, { recursive: true });
    install(own, [...packages, NEWER_NODE]);
    return own;
  };
  await globalSetup();
  const failed: string[] = [];
  const check = (isExpected: boolean, line: string): void => {
    if (!isExpected) failed.push(line);
    report(`${isExpected ? 'ok' : 'FAILED'} ${line}`);
  };
  try {
    const clients = MCP_CLIENTS.map((client) => ({ client, folder: folderOf(client.packages) }));
    return {
      tables: [
        await clientTable(clients, check),
        await gatewayTable(clients, check),
        await promptTable(folderOf, check),
        await eventTable(clients, check),
        ...(await conformanceTables(folderOf, check)),
      ],
      failed,
    };
  } finally {
    await (globalThis as TeardownGlobal).removeTestPostgres?.();
  }
}

type FolderOf = (packages: readonly string[]) => string;
type Check = (isExpected: boolean, line: string) => void;

interface InstalledClient {
  readonly client: McpClient;
  readonly folder: string;
}

function headOf({ client: { name, packages }, folder }: InstalledClient): string {
  return `${name} ${versionOf(folder, packages[0] ?? '')}`;
}

/** @param columns with their heads */
function tableOfColumns(names: readonly string[], columns: readonly (readonly string[])[]): string {
  return tableOf(['', ...names].map((name, row) => [name, ...columns.map((cells) => cells[row] ?? '')]));
}

async function clientTable(clients: readonly InstalledClient[], check: Check): Promise<string> {
  const stage = await Stage.open();
  const model = await startScriptedModel();
  try {
    const policy = join(stage.folder, 'policy.json');
    writeFileSync(policy, JSON.stringify({ version: 1, rules: [RULE] }));
    const server = await stage.start({ POLICY_FILE: policy });
    const columns: string[][] = [];
    for (const installed of clients) {
      const { client, folder } = installed;
      const cells = [headOf(installed)];
      for (const trial of MCP_TRIALS) {
        const seen = await playMcp(client, trial, { stage, server, folder, model }).catch(String);
        check(trial.expected.test(seen), `${trial.name}, ${client.name}: ${seen}`);
        cells.push(seen);
      }
      columns.push(cells);
    }
    return tableOfColumns(
      MCP_TRIALS.map(({ name }) => name),
      columns,
    );
  } finally {
    await Promise.all([stage.close(), model.close()]);
  }
}

/** The same libraries at the gateway. */
async function gatewayTable(clients: readonly InstalledClient[], check: Check): Promise<string> {
  const theatre = await GatewayTheatre.open();
  try {
    const columns: string[][] = [];
    for (const program of PROGRAMS) {
      const installed = clients.find(({ client }) => client.name === program.name);
      if (!installed) continue;
      const agent = gatewayAgent(program, installed.folder);
      const cells = [headOf(installed)];
      for (const trial of GATEWAY_TRIALS) {
        const isPlayed = program.hasTimeout || trial.needsTimeout !== true;
        const seen = isPlayed ? await theatre.play(agent, trial).catch(String) : NOT_PLAYED;
        const expected = trial.expected[agent.name] ?? trial.expected['any'];
        check(!isPlayed || expected?.test(seen) === true, `${trial.name}, ${agent.name} at the gateway: ${seen}`);
        cells.push(seen);
      }
      columns.push(cells);
    }
    return tableOfColumns(
      GATEWAY_TRIALS.map(({ name }) => name),
      columns,
    );
  } finally {
    await theatre.close();
  }
}

async function promptTable(folderOf: FolderOf, check: Check): Promise<string> {
  const own = folderOf([CLAUDE_CODE]);
  const theatre = await HookTheatre.open();
  try {
    const agent = claudeCode(own);
    const rows = [['', `${agent.name} ${versionOf(own, CLAUDE_CODE)}, --permission-prompt-tool`]];
    for (const trial of PROMPT_TRIALS) {
      const seen = await theatre.play(agent, trial).catch(String);
      const expected = trial.expected[agent.name] ?? trial.expected['any'];
      check(expected?.test(seen) === true, `${trial.name}, permission prompt: ${seen}`);
      rows.push([trial.name, seen]);
    }
    return tableOf(rows);
  } finally {
    await theatre.close();
  }
}

async function eventTable(clients: readonly InstalledClient[], check: Check): Promise<string> {
  const installed = clients.find(({ client }) => client.name === 'AI SDK');
  if (!installed) throw new RangeError('the AI SDK is not installed');
  const stage = await Stage.open();
  try {
    const seen = await playEvents(stage, installed.folder).catch(String);
    check(seen === EVENTS_EXPECTED, `events, AI SDK: ${seen}`);
    return tableOfColumns(['events/subscribe, one decision, events/unsubscribe'], [[headOf(installed), seen]]);
  } finally {
    await stage.close();
  }
}

async function conformanceTables(folderOf: FolderOf, check: Check): Promise<string[]> {
  const stage = await Stage.open();
  try {
    const server = await stage.start();
    const tables: string[] = [];
    for (const run of CONFORMANCE) {
      const { rows, failed } = await conforms(folderOf([run.package]), run, server.process.url);
      check(
        rows.length > 0 && failed.length === 0,
        `${run.package}: ${failed.join(', ') || `${rows.length} scenarios`}`,
      );
      tables.push(
        tableOf([[run.package.replace('@modelcontextprotocol/', ''), 'scenario', 'checks passed', 'failed'], ...rows]),
      );
    }
    return tables;
  } finally {
    await stage.close();
  }
}

function tableOf([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function versionOf(folder: string, named: string): string {
  const name = named.slice(0, named.lastIndexOf('@'));
  const manifest = readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
