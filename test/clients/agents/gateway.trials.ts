import { eventually } from '@assent/test-support/eventually';
import { freePort } from '@assent/test-support/free-port';
import { GatewayStage, decideNext, pendingApproval } from '@assent/test-support/mcp-gateway';
import { person } from '@assent/test-support/people';
import type { Replica } from '@assent/test-support/stage';
import { PROGRAMS } from '../mcp/clients';
import type { GatewaySetting } from './gateway.agents';
import { openFolders, type Agent, type AgentRun } from './programs';
import { received } from './received';
import { startScriptedModel, type ModelCall, type Scene, type ScriptedModel } from './scripted.model';

const APPEND = 'mcp.notes.append';
const RULES = [
  { id: 'looks', tools: ['mcp.notes.look'], effects: ['read'], verdict: 'allow', reason: 'Harmless.' },
  { id: 'forbidden', tools: ['mcp.notes.breaks'], verdict: 'deny', reason: 'Not on a Sunday.' },
];
/** Longer than any trial. */
const HELD = '?hold=600';
const HURRIED = '?hold=1';
const SHORT_TIMEOUT_SECONDS = 8;
const KILLED_TIMEOUT_SECONDS = 30;
/** Maximum calls of one turn of the model. */
const MAX_CALLS = 40;
/** The programs of `mcp` end when they cannot connect. */
const NOT_ASKED = /^not done; the agent does not ask its model; the model received nothing$/;
const CALL_ID = /callId\W+([0-9a-f-]{36})/;

export interface GatewayTrial {
  readonly name: string;
  readonly expected: Readonly<Record<string, RegExp>>;
  /** What the model calls; the default appends a note to a file. */
  readonly tool?: string;
  readonly query?: string;
  readonly timeoutSeconds?: number;
  /** Not for agents whose calls have no timeout. */
  readonly needsTimeout?: boolean;
  /** @returns what else was seen, in words for a table */
  play(theatre: GatewayTheatre, start: (next?: Scene['next']) => Promise<AgentRun>, call: ModelCall): Promise<string>;
}

/** One server with an upstream server, one scripted model, and the agents that call tools through the gateway. */
export class GatewayTheatre {
  private constructor(
    readonly model: ScriptedModel,
    private readonly gateway: GatewayStage,
    private readonly port: string,
    public server: Replica,
    private readonly key: string,
  ) {}

  static async open(): Promise<GatewayTheatre> {
    const gateway = await GatewayStage.open();
    const port = String(await freePort());
    const server = await start(gateway, port);
    const { key } = await person(gateway.stage.sql, server.process.url, 'ann/laptop', [], ['run:write', 'run:read']);
    return new GatewayTheatre(await startScriptedModel(), gateway, port, server, key);
  }

  async restart(): Promise<void> {
    this.server = await start(this.gateway, this.port);
  }

  /** Calls that joined an open one, since the server started. */
  async attached(): Promise<number> {
    const metrics = await (await this.server.developer.fetch('/metrics')).text();
    return Number(/^assent_gateway_attached_calls_total (\d+)/m.exec(metrics)?.[1] ?? 0);
  }

  /** Approvals of the tool, those that have ended included. */
  async approvalsWith(call: ModelCall): Promise<string> {
    const note = 'args' in call ? String(call.args['note']) : '';
    const rows = await this.gateway.stage.rows(
      `select 1 from approvals join diffs on diffs.id = diff_id where position($1 in convert_from(diffs.content, 'UTF8')) > 0`,
      [`"${note}"`],
    );
    return `${rows.length} approval${rows.length === 1 ? '' : 's'}`;
  }

  async close(): Promise<void> {
    await Promise.all([this.model.close(), this.gateway.close()]);
  }

  /** @returns what was seen, in words for a table */
  async play(agent: Agent<GatewaySetting>, trial: GatewayTrial): Promise<string> {
    const folders = await openFolders(this.gateway.folder);
    const setting: GatewaySetting = {
      ...folders,
      modelUrl: this.model.url,
      assentUrl: this.server.process.url,
      assentKey: this.key,
      query: trial.query ?? HELD,
      timeoutSeconds: trial.timeoutSeconds ?? null,
    };
    const note = `${trial.name}-${agent.name}`.replaceAll(/\W+/g, '-');
    const call = { tool: trial.tool ?? 'notes__append', args: trial.tool === undefined ? { note } : {} };
    const runs: AgentRun[] = [];
    const start = async (next: Scene['next'] = (results) => (results.length === 0 ? call : null)) => {
      this.model.play({ next });
      const run = await agent.start(setting);
      runs.push(run);
      return run;
    };
    try {
      const seen = await trial.play(this, start, call);
      const effects = trial.tool === undefined ? await this.effects(note) : '';
      return [effects, seen, received(this.model, folders.work)].filter((part) => part !== '').join('; ');
    } finally {
      for (const run of runs) run.kill();
    }
  }

  private async effects(note: string): Promise<string> {
    const count = (await this.gateway.calls()).filter((line) => line === note).length;
    return count === 0 ? 'not done' : `done ${count} time${count > 1 ? 's' : ''}`;
  }
}

/** With a port of its own, so that it is found again after a restart. */
function start(gateway: GatewayStage, port: string): Promise<Replica> {
  return gateway.start({ gateway: { servers: ['notes'] }, rules: RULES }, { PORT: port });
}

/** The model follows a handle with assent__result, as the handle says. */
function following(call: ModelCall): Scene['next'] {
  return (results) => {
    const last = results.at(-1);
    if (last === undefined) return call;
    const [, callId] = CALL_ID.exec(last) ?? [];
    const isPending = /state\W+pending/.test(last) && callId !== undefined && results.length < MAX_CALLS;
    return isPending ? { tool: 'assent__result', args: { callId } } : null;
  };
}

/** The model repeats the call until it is answered. @param first resolves when the second call may begin */
function repeating(call: ModelCall, first: Promise<unknown> = Promise.resolve()): Scene['next'] {
  return async (results) => {
    if (results.length > 0) await first;
    return results.length < MAX_CALLS && !(results.at(-1) ?? '').includes('appended ') ? call : null;
  };
}

/** @returns whether the model could call the tool, in words for a table */
async function offered(model: ScriptedModel, { ended }: AgentRun): Promise<string> {
  await ended;
  if (model.lacksTool) return 'the agent does not offer it';
  return model.isAsked ? '' : 'the agent does not ask its model';
}

export const GATEWAY_TRIALS: readonly GatewayTrial[] = [
  {
    name: 'a reviewer approves',
    expected: { any: /^done 1 time; the model received: .*appended a-reviewer-approves/ },
    play: async ({ server }, start) => {
      const run = await start();
      await decideNext(server, APPEND, 'approve');
      await run.ended;
      return '';
    },
  },
  {
    name: 'a reviewer rejects with a comment',
    expected: { any: /^not done; the comment reaches the model; the model received: / },
    play: async ({ server, model }, start) => {
      const run = await start();
      await decideNext(server, APPEND, 'reject', 'Use make clean.');
      await run.ended;
      return model.results.at(-1)?.includes('Use make clean.') === true ? 'the comment reaches the model' : '';
    },
  },
  {
    name: 'a rule allows a read',
    tool: 'notes__look',
    expected: { any: /^the model received: .*a-reviewer-approves/ },
    play: async (_, start) => {
      await (
        await start()
      ).ended;
      return '';
    },
  },
  {
    name: 'a rule denies the tool',
    tool: 'notes__breaks',
    expected: { any: /^the agent does not offer it; the model received nothing$/ },
    play: async ({ model }, start) => offered(model, await start()),
  },
  {
    name: 'the hold is over before the decision',
    query: HURRIED,
    expected: { any: /^done 1 time; 1 approval, a handle first; the model received: .*appended the-hold/ },
    play: async (theatre, start, call) => {
      const run = await start(following(call));
      const [handle] = await eventually('a handle', () => theatre.model.results.length > 0 && theatre.model.results);
      await decideNext(theatre.server, APPEND, 'approve');
      await run.ended;
      const isHandle = /state\W+pending/.test(handle ?? '');
      return `${await theatre.approvalsWith(call)}, ${isHandle ? 'a handle' : 'no handle'} first`;
    },
  },
  {
    name: 'the timeout of the agent is over before the decision',
    needsTimeout: true,
    timeoutSeconds: SHORT_TIMEOUT_SECONDS,
    expected: { any: /^done 1 time; 1 approval; the model received: .*appended the-timeout/ },
    play: async (theatre, start, call) => {
      const attachedBefore = await theatre.attached();
      const run = await start(repeating(call));
      await eventually('the repeated call', async () => (await theatre.attached()) > attachedBefore);
      await decideNext(theatre.server, APPEND, 'approve');
      await run.ended;
      return theatre.approvalsWith(call);
    },
  },
  {
    name: 'the agent is killed while it waits, and another one repeats the call',
    expected: { any: /^done 1 time; 1 approval; the model received: .*appended the-agent-is-killed/ },
    play: async (theatre, start, call) => {
      const run = await start();
      await pendingApproval(theatre.server.reviewer, APPEND);
      run.kill();
      await run.ended;
      await decideNext(theatre.server, APPEND, 'approve');
      await (
        await start()
      ).ended;
      return theatre.approvalsWith(call);
    },
  },
  {
    name: 'the server is killed while it holds and starts again',
    // Gemini CLI notices the end of a stream only by its timeout.
    timeoutSeconds: KILLED_TIMEOUT_SECONDS,
    expected: {
      any: /^done 1 time; 1 approval; the model received: .*appended the-server-is-killed/,
      // It drops the tools of a server until it has connected again.
      'Claude Code':
        /^done 1 time; 1 approval; the model received: .*(?:appended the-server-is-killed|has disconnected)/,
      // Its call never ends when its connection does.
      'AI SDK':
        /^done 1 time; 1 approval, another agent repeats the call; the model received: .*appended the-server-is-killed/,
    },
    play: async (theatre, start, call) => {
      let isBack = (): void => undefined;
      const run = await start(repeating(call, new Promise<void>((resolve) => (isBack = resolve))));
      await pendingApproval(theatre.server.reviewer, APPEND);
      await theatre.server.process.kill();
      await theatre.restart();
      isBack();
      await decideNext(theatre.server, APPEND, 'approve');
      await run.ended;
      const isLost = theatre.model.results.length === 0;
      if (isLost) await (await start(repeating(call))).ended;
      return `${await theatre.approvalsWith(call)}${isLost ? ', another agent repeats the call' : ''}`;
    },
  },
  {
    name: 'the server cannot be reached',
    expected: {
      any: /^not done; the agent does not offer it; the model received nothing$/,
      ...Object.fromEntries(PROGRAMS.map(({ name }) => [name, NOT_ASKED])),
    },
    play: async (theatre, start) => {
      await theatre.server.process.kill();
      try {
        return await offered(theatre.model, await start());
      } finally {
        await theatre.restart();
      }
    },
  },
];
