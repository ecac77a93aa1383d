import type { Json, JsonObject } from '@assent/contract';
import type { Glob } from '@assent/platform';
import { commandContains, commandMatches, isUnreadableCommand } from './command-globs';
import { sqlVerbs } from './sql-verbs';
import { foldPath } from './workspace-path';

/** Conditions of a rule on the arguments of a call. A condition on a missing argument does not hold. */
export interface ArgumentConditions {
  /** Globs for each path the call touches. */
  readonly paths?: { readonly exact: readonly Glob[]; readonly folded: readonly Glob[] };
  /** Globs for the host name in the argument `url`, lower case. */
  readonly hosts?: readonly Glob[];
  /** First keywords of the argument `statement`, lower case. */
  readonly sqlVerbs?: ReadonlySet<string>;
  /** Values of the argument `program`, or of the first item of `argv`. */
  readonly programs?: ReadonlySet<string>;
  /** Globs for the whole text of the argument `command`. */
  readonly commands?: readonly Glob[];
  readonly amounts?: readonly AmountCondition[];
}

/** Bounds on a number in the arguments; both may be given. */
export interface AmountCondition {
  /** Property names from the arguments down to the number. */
  readonly path: readonly string[];
  readonly atMost: number;
  readonly atLeast: number;
}

/**
 * `written`: arguments as written. `suspected`: everything they could mean (another spelling of a path, one verb of
 * several, text that cannot be parsed), for rules against a call, which must not be circumvented.
 */
export type Reading = 'written' | 'suspected';

/** An unreadable path that a call touches: it may be any path. */
export const UNREADABLE_PATH = Symbol('unreadable path');

/** One path that a call touches; null: it touches none. */
export type CallPath = string | typeof UNREADABLE_PATH | null;

/** Whether all conditions hold for the arguments. @param path one path of the call; null when the call touches none */
export function conditionsHold(
  { paths, hosts, sqlVerbs: verbs, programs, commands, amounts }: ArgumentConditions,
  args: JsonObject,
  path: CallPath,
  reading: Reading,
): boolean {
  return (
    (!paths || (path !== null && pathHolds(paths, path, reading))) &&
    (!hosts || hostHolds(hosts, args['url'], reading)) &&
    (!verbs || verbsHold(verbs, args['statement'], reading)) &&
    (!programs || programHolds(programs, programOf(args), reading)) &&
    (!commands || commandHolds(commands, args['command'], reading)) &&
    (!amounts || amounts.every((amount) => amountHolds(amount, args, reading)))
  );
}

function pathHolds(
  { exact, folded }: NonNullable<ArgumentConditions['paths']>,
  path: NonNullable<CallPath>,
  reading: Reading,
): boolean {
  if (typeof path !== 'string') return reading === 'suspected';
  // Some file systems treat different spellings of a path as one file.
  const [globs, spelling] = reading === 'written' ? [exact, path] : [folded, foldPath(path)];
  return globs.some((matches) => matches(spelling));
}

function hostHolds(hosts: readonly Glob[], url: Json | undefined, reading: Reading): boolean {
  if (typeof url !== 'string') return false;
  if (!URL.canParse(url)) return reading === 'suspected';
  const host = new URL(url).hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  return hosts.some((matches) => matches(host));
}

function verbsHold(wanted: ReadonlySet<string>, statement: Json | undefined, reading: Reading): boolean {
  if (typeof statement !== 'string') return false;
  const { verbs, readable } = sqlVerbs(statement);
  if (reading === 'suspected') return !readable || [...verbs].some((verb) => wanted.has(verb));
  return readable && verbs.size > 0 && [...verbs].every((verb) => wanted.has(verb));
}

function programOf({ program, argv }: JsonObject): string | null {
  const named = Array.isArray(argv) ? (argv as readonly Json[])[0] : program;
  return typeof named === 'string' ? named : null;
}

function programHolds(programs: ReadonlySet<string>, program: string | null, reading: Reading): boolean {
  if (program === null) return false;
  if (reading === 'written') return programs.has(program);
  const name = program.split('/').at(-1) ?? '';
  return [...programs].some((wanted) => [foldPath(program), foldPath(name)].includes(foldPath(wanted)));
}

/** Whether the commands of a rule match these arguments only because nobody can read what they run. */
export function isGuess({ commands }: ArgumentConditions, { command }: JsonObject): boolean {
  return (
    commands !== undefined &&
    typeof command === 'string' &&
    isUnreadableCommand(command) &&
    !commandContains(commands, command)
  );
}

function commandHolds(commands: readonly Glob[], command: Json | undefined, reading: Reading): boolean {
  if (typeof command !== 'string') return command !== undefined && reading === 'suspected';
  if (reading === 'written') return commandMatches(commands, command);
  return isUnreadableCommand(command) || commandContains(commands, command);
}

function amountHolds({ path, atMost, atLeast }: AmountCondition, args: JsonObject, reading: Reading): boolean {
  const value = path.reduce<Json | undefined>(below, args);
  if (value === undefined) return false;
  if (typeof value !== 'number') return reading === 'suspected';
  return value <= atMost && value >= atLeast;
}

function below(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as JsonObject)[name];
}
