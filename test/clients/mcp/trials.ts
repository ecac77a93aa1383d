import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { decideNext, pendingApproval } from '@assent/test-support/mcp-gateway';
import type { Replica, Stage } from '@assent/test-support/stage';
import type { AgentRun } from '../agents/programs';
import type { McpClient, Place, ToolCall } from './clients';

const WRITE = 'file.write';

/** One client before one server. */
export interface Scene {
  readonly server: Replica;
  /** Calls a tool. @returns what the client has received */
  call(call: ToolCall): Promise<string>;
  /** Begins a call and ends the client. */
  abandon(call: ToolCall, when: Promise<unknown>): Promise<void>;
  readonly proposal: ToolCall;
}

export interface McpTrial {
  readonly name: string;
  /** Of what is received, and of the file: its text, or `no file`. */
  readonly expected: RegExp;
  readonly path?: string;
  play(scene: Scene): Promise<string>;
}

export const MCP_TRIALS: readonly McpTrial[] = [
  {
    name: 'a reviewer approves while the call is held',
    expected: /^applied; file: one$/,
    play: async ({ server, call, proposal }) => {
      const calling = call(proposal);
      await decideNext(server, WRITE, 'approve');
      return calling;
    },
  },
  {
    name: 'a reviewer rejects with a comment',
    expected: /^rejected, Name it better\.; no file$/,
    play: async ({ server, call, proposal }) => {
      const calling = call(proposal);
      await decideNext(server, WRITE, 'reject', 'Name it better.');
      return calling;
    },
  },
  {
    name: 'a rule denies',
    expected: /^denied; no file$/,
    path: 'sunday.txt',
    play: ({ call, proposal }) => call(proposal),
  },
  {
    name: 'nobody decides within waitSeconds; then await_decision',
    expected: /^pending, then applied; file: one$/,
    play: async ({ server, call, proposal: { tool, args } }) => {
      const pending = await call({ tool, args: { ...args, waitSeconds: 0 } });
      const { approvalId } = await pendingApproval(server.reviewer, WRITE);
      await decideNext(server, WRITE, 'approve');
      return `${pending}, then ${await call({ tool: 'await_decision', args: { approvalId } })}`;
    },
  },
  {
    name: 'the client is killed while it waits; approved; proposed again',
    expected: /^unchanged; file: one$/,
    play: async ({ server, call, abandon, proposal }) => {
      await abandon(proposal, pendingApproval(server.reviewer, WRITE));
      const { approvalId } = await pendingApproval(server.reviewer, WRITE);
      await decideNext(server, WRITE, 'approve');
      await call({ tool: 'await_decision', args: { approvalId } });
      return call(proposal);
    },
  },
];

/** @returns what was seen, in words for a table */
export async function playMcp(
  client: McpClient,
  trial: McpTrial,
  { stage, server, ...where }: { readonly stage: Stage; readonly server: Replica } & Pick<Place, 'folder' | 'model'>,
): Promise<string> {
  const home = await mkdtemp(join(where.folder, 'home-'));
  const place: Place = { ...where, home, url: `${server.process.url}/mcp` };
  const slug = `${trial.name}-${client.name}`.replaceAll(/\W+/g, '-').toLowerCase();
  const path = trial.path ?? `${slug}.txt`;
  const runs: AgentRun[] = [];
  const start = async (wanted: ToolCall): Promise<AgentRun> => {
    const run = await client.start(wanted, place);
    runs.push(run);
    return run;
  };
  const call = async (wanted: ToolCall): Promise<string> => {
    const run = await start(wanted);
    await run.ended;
    return wordsOf(client.received(run, place));
  };
  const abandon = async (wanted: ToolCall, when: Promise<unknown>): Promise<void> => {
    const run = await start(wanted);
    await when;
    run.kill();
    await run.ended;
  };
  const args = { title: `${trial.name}, ${client.name}`, files: [{ path, content: 'one\n' }] };
  try {
    const seen = await trial.play({ server, call, abandon, proposal: { tool: 'propose_change', args } });
    const file = await stage.read(path).then(
      (text) => `file: ${text.trim()}`,
      () => 'no file',
    );
    return `${seen}; ${file}`;
  } finally {
    for (const run of runs) run.kill();
  }
}

/** The state and comment in what a client has received, with or without the escapes of a text in JSON. */
function wordsOf(received: string): string {
  const member = (name: string) => new RegExp(`\\\\?"${name}\\\\?": ?\\\\?"([^"\\\\]*)`).exec(received)?.[1];
  const comment = member('comment');
  return `${member('state') ?? received.slice(0, 400)}${comment === undefined ? '' : `, ${comment}`}`;
}
