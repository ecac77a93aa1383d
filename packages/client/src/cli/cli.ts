import { AssentClient, type Approvals } from '../index';
import { explain } from './explain';
import {
  DEFAULT_HOLD_SECONDS,
  HOOK_AGENTS,
  INIT_AGENTS,
  MAX_HOLD_SECONDS,
  runHook,
  settingsFor,
  type HookAgent,
  type InitAgent,
} from './hook/index';
import { UsageError, oneOf, readOptions, serverAddress, wholeNumber } from './options';
import { oneLine, printable } from './printable';
import { tailRun } from './tail';

const HELP = `assent COMMAND [options]

  tail RUN [--after SEQ]                       a run frame by frame, then live until it ends
  approvals [--follow]                         the pending approvals
  approve APPROVAL [--hash HASH] [--comment C] shows what would be applied and asks; with --hash: approves exactly that
  init claude-code|codex|opencode              prints the settings that put the agent's permission questions to Assent
  hook claude-code|codex [--hold SECONDS] [--on-timeout ask|deny] [--fail-open]
                                               the agent's permission hook: question on stdin, decision on stdout; without
                                               an answer from the server it denies, or leaves it to the agent (--fail-open)

ASSENT_URL is the server (default http://127.0.0.1:8080), ASSENT_KEY the API key.
Exit status: 0 done; 1 it failed, or the run did not complete; 2 the command line is invalid.
`;
const DONE = 0;
const FAILED = 1;
const CANNOT_USE = 2;
const DEFAULT_COLUMNS = 120;
const ID_CHARS = 36;
const GOAL_CHARS = 60;

/** The environment of a terminal command. */
export interface Session {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly columns?: number;
  readonly signal?: AbortSignal;
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
  /** Asks a person. null: the session is not interactive. */
  readonly ask: (question: string) => Promise<string | null>;
  /** All of the standard input. */
  readonly readInput: () => Promise<string>;
  /** Absolute path of the program. */
  readonly program: string;
}

interface Command {
  /** The word after the command: an id, or the name of an agent. */
  readonly id: string | undefined;
  readonly options: ReturnType<typeof parse>['values'];
}

type Run = (command: Command, session: Session) => Promise<number>;

const COMMANDS: Readonly<Record<string, Run>> = { tail, approvals, approve, hook, init };

/** Runs one command. Reports its own failures. @returns the exit status */
export async function runCli(session: Session): Promise<number> {
  try {
    const { values: options, positionals } = parse(session.argv);
    if (options.help) {
      session.print(HELP.trimEnd());
      return DONE;
    }
    const [name = '', id, ...more] = positionals;
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (!command || more.length > 0) throw new UsageError(`There is no command "${positionals.join(' ')}".`);
    return await command({ id, options }, session);
  } catch (error) {
    session.printError(explain(error));
    if (!(error instanceof UsageError)) return FAILED;
    session.printError('"assent --help" lists the commands.');
    return CANNOT_USE;
  }
}

async function tail({ id, options }: Command, session: Session) {
  const { columns = DEFAULT_COLUMNS, signal, print } = session;
  if (id === undefined) throw new UsageError('Name one run: assent tail RUN');
  const after = wholeNumber('--after', options.after);
  const hasCompleted = await tailRun(clientOf(session), id, {
    after,
    columns: () => columns,
    signal,
    print,
  });
  return hasCompleted ? DONE : FAILED;
}

async function approvals({ id, options }: Command, session: Session): Promise<number> {
  if (id !== undefined) throw new UsageError('"assent approvals" takes no id.');
  const { signal, print } = session;
  const client = clientOf(session);
  const { tail: after } = await client.call('approval/events', {}, { signal });
  for (let cursor: string | null | undefined; cursor !== null;) {
    const from = cursor === undefined ? {} : { cursor };
    const page = await client.approvals.list({ state: 'pending', ...from }, { signal });
    for (const approval of page.items) print(lineOf(approval));
    ({ cursor } = page);
  }
  if (!options.follow) return DONE;
  const types = ['approval.requested' as const];
  for await (const event of client.approvals.events({ after, types, ...(signal ? { signal } : {}) })) {
    print(lineOf(await client.approvals.get(event.approvalId, { signal })));
  }
  return DONE;
}

async function approve({ id, options }: Command, session: Session): Promise<number> {
  if (id === undefined) throw new UsageError('Name one approval: assent approve APPROVAL');
  const client = clientOf(session);
  const hash = options.hash ?? (await confirmed(client.approvals, id, session));
  if (hash === null) {
    session.printError('Nothing was decided.');
    return FAILED;
  }
  const comment = options.comment === undefined ? {} : { comment: options.comment };
  const { state, needed } = await client.approvals.approve(id, hash, { ...comment, signal: session.signal });
  session.print(state === 'pending' ? `Approved; ${needed.people} more needed.` : `The approval is ${state}.`);
  return DONE;
}

async function hook({ id, options }: Command, session: Session): Promise<number> {
  const agent = HOOK_AGENTS.find((name: HookAgent) => name === id);
  if (!agent) throw new UsageError(`Name the agent: assent hook ${HOOK_AGENTS.join('|')}`);
  await runHook({
    ...session,
    ...holdOf(options),
    agent,
    connection: () => connectionOf(session),
    isFailOpen: options['fail-open'],
    signal: session.signal,
  });
  return DONE;
}

function init({ id, options }: Command, { env, program, print, printError }: Session): Promise<number> {
  const agent = INIT_AGENTS.find((name: InitAgent) => name === id);
  if (!agent) throw new UsageError(`Name the agent: assent init ${INIT_AGENTS.join('|')}`);
  const { note, settings } = settingsFor(agent, { url: addressIn(env), program, ...holdOf(options) });
  printError(note);
  print(JSON.stringify(settings, null, 2));
  return Promise.resolve(DONE);
}

function holdOf({ hold, 'on-timeout': onTimeout }: Command['options']) {
  return {
    holdSeconds: wholeNumber('--hold', hold, 1, MAX_HOLD_SECONDS),
    onTimeout: oneOf('--on-timeout', onTimeout, ['ask', 'deny']),
  };
}

function clientOf(session: Session): AssentClient {
  return new AssentClient(connectionOf(session));
}

function connectionOf({ env }: Session): { readonly url: string; readonly key: string } {
  const { ASSENT_KEY: key = '' } = env;
  if (key === '') throw new UsageError('There is no key: set ASSENT_KEY.');
  return { url: addressIn(env), key };
}

function addressIn({ ASSENT_URL: url = 'http://127.0.0.1:8080' }: Session['env']): string {
  return serverAddress('ASSENT_URL', url);
}

/**
 * The hash of the content that a person has seen and wants to approve; null: the person declined, or the session is not
 * interactive.
 */
async function confirmed(inbox: Approvals, approvalId: string, { print, ask, signal }: Session) {
  const [approval, patch] = await Promise.all([inbox.get(approvalId, { signal }), inbox.patch(approvalId, { signal })]);
  print(lineOf(approval));
  for (const line of patch.trimEnd().split('\n')) print(printable(line));
  // Approval and content were read separately: the printed content must be the one that the hash names.
  const { hash } = await inbox.get(approvalId, { signal });
  if (hash !== approval.hash) throw new Error('The content has changed meanwhile. Run the command again.');
  print(`content ${hash}`);
  const answer = await ask('Apply exactly this? [y/n] ');
  return answer !== null && /^y(?:es)?$/i.test(answer.trim()) ? hash : null;
}

function lineOf({ approvalId, tool, requester, goal, expiresAt }: Awaited<ReturnType<Approvals['get']>>): string {
  return `${approvalId.padEnd(ID_CHARS)}  ${tool}  ${requester}  until ${expiresAt}  ${oneLine(goal, GOAL_CHARS)}`;
}

function parse(argv: readonly string[]) {
  return readOptions(argv, {
    allowPositionals: true,
    options: {
      help: { type: 'boolean', default: false, short: 'h' },
      after: { type: 'string', default: '0' },
      follow: { type: 'boolean', default: false },
      hash: { type: 'string' },
      comment: { type: 'string' },
      hold: { type: 'string', default: String(DEFAULT_HOLD_SECONDS) },
      'on-timeout': { type: 'string', default: 'ask' },
      'fail-open': { type: 'boolean', default: false },
    },
  });
}
