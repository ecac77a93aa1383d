import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pendingQuestion, pendingQuestions } from '@assent/test-support/hooks';
import type { Caller } from '@assent/test-support/caller';
import { eventually } from '@assent/test-support/eventually';
import { freePort } from '@assent/test-support/free-port';
import { decide } from '@assent/test-support/pending';
import { person } from '@assent/test-support/people';
import { Stage, type Replica } from '@assent/test-support/stage';
import type { HookSetting } from './hook.agents';
import { openFolders, type Agent, type AgentRun } from './programs';
import { received } from './received';
import { startScriptedModel, type ScriptedModel } from './scripted.model';

const NOT_DONE = 'not done';
const OPEN = /^not done; the question stays open/;
/** Assent leaves the question to the agent: Claude Code denies without a terminal, Codex asks its own reviewer. */
const OWN_ANSWER = {
  'Claude Code': /^not done; the model received: .* needs approval\./,
  Codex: /^not done; the model received: .*Automatic approval review failed/,
  opencode: OPEN,
};
const RULES = {
  version: 1,
  rules: [
    { id: 'free', tools: ['agent.*'], commands: ['touch effects'], verdict: 'allow', reason: 'Tests are free.' },
    { id: 'forbidden', tools: ['agent.*'], commands: ['echo forbidden*'], verdict: 'deny', reason: 'Not on a Sunday.' },
  ],
};

interface Repetition {
  /** After this the model calls the command a second time, if it is not done. */
  readonly repeat?: Promise<unknown>;
}

export interface HookTrial {
  readonly name: string;
  /** What is seen, by the name of the agent, or of `any`. */
  readonly expected: Readonly<Record<string, RegExp>>;
  /** What the model makes the agent run; the default appends a line to a file. */
  readonly command?: string;
  readonly init?: readonly string[];
  readonly isFailOpen?: boolean;
  play(theatre: HookTheatre, start: (more?: Repetition) => Promise<AgentRun>, command: string): Promise<string>;
}

/** One server, one scripted model, and the agents that run against them. */
export class HookTheatre {
  /** Another replica. */
  private other: Promise<Replica> | undefined;

  private constructor(
    readonly model: ScriptedModel,
    private readonly stage: Stage,
    private readonly env: Readonly<Record<string, string>>,
    public server: Replica,
    private readonly key: string,
  ) {}

  static async open(): Promise<HookTheatre> {
    const stage = await Stage.open();
    const policy = join(stage.folder, 'policy.json');
    writeFileSync(policy, JSON.stringify(RULES));
    const env = { POLICY_FILE: policy, PORT: String(await freePort()) };
    const server = await stage.start(env);
    const { key } = await person(stage.sql, server.process.url, 'ann/laptop', [], ['permission:ask']);
    return new HookTheatre(await startScriptedModel(), stage, env, server, key);
  }

  async restart(): Promise<void> {
    this.server = await this.stage.start(this.env);
  }

  /** A person at another replica. */
  async personElsewhere(subject: string): Promise<Caller> {
    const { POLICY_FILE = '' } = this.env;
    this.other ??= this.stage.start({ POLICY_FILE });
    return person(this.stage.sql, (await this.other).process.url, subject);
  }

  /** How many people have to approve a question. */
  async setQuorum(quorum: number): Promise<void> {
    const admin = await person(this.stage.sql, this.server.process.url, 'admin');
    const { version } = await admin.call('approval/policy/get', {});
    const rules = [{ id: 'people', subjects: ['agent_permission' as const], quorum }];
    await admin.call('approval/policy/set', { version, rules });
  }

  async close(): Promise<void> {
    await Promise.all([this.model.close(), this.stage.close()]);
  }

  /** @returns what was seen, in words for a table */
  async play(agent: Agent<HookSetting>, trial: HookTrial): Promise<string> {
    const folders = await openFolders(this.stage.folder);
    const { work } = folders;
    const setting: HookSetting = {
      ...folders,
      modelUrl: this.model.url,
      assentUrl: this.server.process.url,
      assentKey: this.key,
      init: trial.init ?? [],
      isFailOpen: trial.isFailOpen ?? false,
    };
    const command =
      trial.command ?? `echo ${trial.name.replaceAll(/\W+/g, '-')}-${agent.name.replace(' ', '-')} >> effects`;
    let run: AgentRun | null = null;
    const start = async ({ repeat }: Repetition = {}) => {
      this.model.play({
        next: async ({ length }) => {
          if (length > 0) await repeat;
          const isRepeated = repeat !== undefined && length === 1 && effectsIn(work) === NOT_DONE;
          return length === 0 || isRepeated ? { shell: command } : null;
        },
      });
      run = await agent.start(setting);
      return run;
    };
    try {
      const note = await trial.play(this, start, command);
      return [effectsIn(work), note, received(this.model, work)].filter((part) => part !== '').join('; ');
    } finally {
      (run as AgentRun | null)?.kill();
    }
  }
}

function effectsIn(work: string): string {
  try {
    const lines = readFileSync(join(work, 'effects'), 'utf8').split('\n').length - 1;
    return `done ${Math.max(lines, 1)} time${lines > 1 ? 's' : ''}`;
  } catch {
    return NOT_DONE;
  }
}

export const HOOK_TRIALS: readonly HookTrial[] = [
  {
    name: 'a reviewer approves',
    expected: { any: /^done 1 time;/ },
    play: async ({ server }, start, command) => {
      const run = await start();
      await decide(server.reviewer, await pendingQuestion(server.reviewer, command), 'approve');
      await run.ended;
      return '';
    },
  },
  {
    name: 'a reviewer rejects with a comment',
    expected: { any: /^not done; .*Use make clean\./ },
    play: async ({ server }, start, command) => {
      const run = await start();
      const approval = await pendingQuestion(server.reviewer, command);
      await decide(server.reviewer, approval, 'reject', { comment: 'Use make clean.' });
      await run.ended;
      return '';
    },
  },
  {
    name: 'two people approve, one of them at another replica',
    expected: { any: /^done 1 time;/ },
    play: async (theatre, start, command) => {
      const { reviewer } = theatre.server;
      const rita = await theatre.personElsewhere('rita');
      await theatre.setQuorum(2);
      try {
        const run = await start();
        const approval = await pendingQuestion(reviewer, command);
        await decide(reviewer, approval, 'approve');
        await decide(rita, approval, 'approve');
        await run.ended;
        return '';
      } finally {
        await theatre.setQuorum(1);
      }
    },
  },
  {
    name: 'a rule allows',
    expected: { any: /^done 1 time;/ },
    command: 'touch effects',
    play: async (_, start) => {
      await (
        await start()
      ).ended;
      return '';
    },
  },
  {
    name: 'a rule denies',
    expected: { any: /^not done; .*Not on a Sunday\./ },
    command: 'echo forbidden >> effects',
    play: async (_, start) => {
      await (
        await start()
      ).ended;
      return '';
    },
  },
  {
    name: 'nobody decides within the hold',
    expected: OWN_ANSWER,
    init: ['--hold', '1'],
    play: async ({ server }, start, command) => {
      const run = await start();
      await pendingQuestion(server.reviewer, command);
      return outcomeOf(run);
    },
  },
  {
    name: 'nobody decides, onTimeout=deny',
    expected: { any: /^not done; .*nobody decided in time/, opencode: OPEN },
    init: ['--hold', '1', '--on-timeout', 'deny'],
    play: async ({ server }, start, command) => {
      const run = await start();
      await pendingQuestion(server.reviewer, command);
      return outcomeOf(run);
    },
  },
  {
    name: 'the agent is killed while it waits',
    expected: { any: /^not done; the approval is pending/ },
    play: async ({ server }, start, command) => {
      const run = await start();
      const { approvalId } = await pendingQuestion(server.reviewer, command);
      run.kill();
      await run.ended;
      const { state } = await server.reviewer.call('approval/get', { approvalId });
      return `the approval is ${state}`;
    },
  },
  {
    name: 'the server is killed while it holds and starts again',
    expected: { any: /^done 1 time; 1 approval;/ },
    play: async (theatre, start, command) => {
      let isBack = (): void => undefined;
      const run = await start({ repeat: new Promise<void>((resolve) => (isBack = resolve)) });
      await pendingQuestion(theatre.server.reviewer, command);
      await theatre.server.process.kill();
      await theatre.restart();
      isBack();
      const { reviewer } = theatre.server;
      const [approval] = await pendingQuestions(reviewer, command);
      if (!approval) throw new Error('no question');
      await decide(reviewer, approval, 'approve');
      await run.ended;
      const { items } = await reviewer.call('approval/list', { subject: 'agent_permission', q: command, limit: 10 });
      return `${items.length} approval${items.length === 1 ? '' : 's'}`;
    },
  },
  ...[false, true].map((isFailOpen): HookTrial => ({
    name: isFailOpen ? 'the server cannot be reached, fail-open' : 'the server cannot be reached',
    isFailOpen,
    expected: isFailOpen ? OWN_ANSWER : { any: /^not done; .*ECONNREFUSED/, opencode: OPEN },
    play: async (theatre, start) => {
      await theatre.server.process.kill();
      try {
        return await outcomeOf(await start());
      } finally {
        await theatre.restart();
      }
    },
  })),
];

const ENDS_WITHIN_MS = 5_000;

/** An agent whose own prompt is open does not end by itself. */
async function outcomeOf(run: AgentRun): Promise<string> {
  let hasEnded = false;
  void run.ended.then(() => (hasEnded = true));
  const ended = eventually('the agent ends', () => hasEnded, ENDS_WITHIN_MS);
  return ended.then(
    () => '',
    () => 'the question stays open in the agent',
  );
}
