import type { Action } from '@assent/contract';
import { contentTokens, tokenWeights, wholeWords } from '@assent/planner';
import { wholeText, type Lexicon } from './language/lexicon';

/** Weights of matches. An argument that is named verbatim has the highest weight, a tool name, which actions share, the lowest. */
const WEIGHT_NAME = 2;
const WEIGHT_LABEL = 1;
const WEIGHT_ARGUMENT = 0.75;
const WEIGHT_TOOL = 0.5;
/** A verb that identifies one available tool: in a clause about an activity, and elsewhere. */
const WEIGHT_DEED = 1;
const WEIGHT_VERB = 0.5;
/** A program in a command. */
const WEIGHT_PROGRAM = 1;
/** Minimum score: one significant word of a label, one named argument, or two weaker matches. */
const MENTION_THRESHOLD = 1;
/** Maximum characters of a name. Longer strings are content. */
const NAME_MAX_CHARS = 120;
const NAME_MIN_CHARS = 3;
const PROGRAM_MIN_CHARS = 2;
/** Maximum characters of a command. Longer strings are programs. */
const COMMAND_MAX_CHARS = 400;

/** The ways in which a text may mention an action. */
interface Profile {
  readonly action: string;
  readonly tokens: ReadonlyMap<string, number>;
  readonly names: readonly RegExp[];
  readonly programs: readonly RegExp[];
  readonly verbs: readonly RegExp[];
  readonly phrase: RegExp | null;
}

/**
 * Finds the action that a clause mentions, if any.
 * @param deed whether the clause is about an activity, so that its verb counts more
 */
export type Mentions = (clause: string, deed: boolean) => string | null;

/** Asks are excluded, because a trace that mentions asking is about the subject of the question, which is an assumption. */
export function mentionsOf(actions: readonly Action[], lexicon: Lexicon): Mentions {
  const acts = actions.filter(({ kind }) => kind !== 'ask');
  const rarity = tokenWeights(
    acts.map((action) => [...new Set(sourcesOf(action).flatMap(({ text }) => contentTokens(text, lexicon)))]),
  );
  const verbs = telling(acts.map((action) => verbsOf(action, lexicon)));
  const profiles = acts.map((action, index) => profileOf(action, rarity, verbs[index] ?? [], lexicon));
  return (clause, deed) => {
    const tokens = contentTokens(clause, lexicon);
    const weightOfVerb = deed ? WEIGHT_DEED : WEIGHT_VERB;
    const scored = profiles.map((profile) => ({
      action: profile.action,
      score: scoreOf(profile, tokens, clause) + (profile.verbs.some((verb) => verb.test(clause)) ? weightOfVerb : 0),
    }));
    const [best, second] = scored.sort((a, b) => b.score - a.score);
    // Two actions with equal scores: the clause is ambiguous.
    return best && best.score >= MENTION_THRESHOLD && best.score > (second?.score ?? 0) ? best.action : null;
  };
}

/** The verbs that belong to exactly one action. */
function telling(verbs: readonly (readonly RegExp[])[]): RegExp[][] {
  const all = verbs.flat();
  return verbs.map((own) => own.filter((verb) => all.indexOf(verb) === all.lastIndexOf(verb)));
}

/** Verbs for the work of the tool, or of its command. */
function verbsOf({ tool = '', args = {} }: Action, { verbs }: Lexicon): RegExp[] {
  const { command } = args;
  const words = `${tool} ${typeof command === 'string' ? command.slice(0, NAME_MAX_CHARS) : ''}`
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[^\p{L}]+/gu, ' ');
  return verbs.filter((verb) => verb.tool.test(words)).map(({ verb }) => verb);
}

function profileOf(
  action: Action,
  rarity: ReadonlyMap<string, number>,
  verbs: readonly RegExp[],
  lexicon: Lexicon,
): Profile {
  const { finish, noop } = lexicon.language.kindWords;
  const tokens = new Map<string, number>();
  for (const { text, weight } of sourcesOf(action)) {
    for (const token of contentTokens(text, lexicon)) {
      tokens.set(token, Math.max(tokens.get(token) ?? 0, weight * (rarity.get(token) ?? 0)));
    }
  }
  return {
    action: action.id,
    tokens,
    names: [...argumentNames(action), ...commandNames(action)].map(wholeText),
    programs: programsOf(action).map(wholeText),
    verbs,
    phrase: action.kind === 'finish' ? wholeWords(finish) : action.kind === 'noop' ? wholeWords(noop) : null,
  };
}

function scoreOf(
  { tokens, names, programs, phrase }: Profile,
  clauseTokens: readonly string[],
  clause: string,
): number {
  const shared = clauseTokens.reduce((total, token) => total + (tokens.get(token) ?? 0), 0);
  const named = names.some((name) => name.test(clause)) ? WEIGHT_NAME : 0;
  const program = programs.some((name) => name.test(clause)) ? WEIGHT_PROGRAM : 0;
  return Math.max(shared, program) + named + (phrase?.test(clause) === true ? WEIGHT_NAME : 0);
}

function sourcesOf(action: Action): { text: string; weight: number }[] {
  return [
    { text: action.label, weight: WEIGHT_LABEL },
    ...argumentNames(action).map((text) => ({ text, weight: WEIGHT_ARGUMENT })),
    { text: action.tool ?? '', weight: WEIGHT_TOOL },
  ];
}

/** Short argument values, and the last segment of a path. */
function argumentNames({ args = {} }: Action): string[] {
  const values = Object.values(args).flatMap((value) =>
    typeof value === 'string' || typeof value === 'number' ? [String(value)] : [],
  );
  const names = values
    .filter((value) => value.length <= NAME_MAX_CHARS && !value.includes('\n'))
    .flatMap((value) => [value, lastPart(value)]);
  return [...new Set(names)].filter(isName);
}

/** Programs whose names are common English words. */
const ORDINARY = new Set(
  'find test time kill sort start head tail cut join watch less more open service make which go set at'.split(' '),
);
/** Words that may precede a program in a command. */
const WRAPPERS = new Set(['sudo', 'env', 'time', 'nice', 'exec', 'npx', 'uv', 'poetry', 'run']);

/** Arguments that are commands: several words, the first of them a program. */
function commandsOf({ args = {} }: Action): string[][] {
  return Object.values(args).flatMap((value) => {
    if (typeof value !== 'string' || value.length > COMMAND_MAX_CHARS || !/\S\s+\S/.test(value)) return [];
    const words = value.split(/[\s;|&<>()"'`]+/).filter((word) => word !== '');
    const first = words.findIndex((word) => !WRAPPERS.has(word) && !word.includes('='));
    return first < 0 ? [] : [words.slice(first)];
  });
}

/** Parts of commands that identify an action like a path does: program and subcommand, options, and file names. */
function commandNames(action: Action): string[] {
  const names = commandsOf(action).flatMap(([program = '', subcommand, ...rest]) => {
    const words = [...(subcommand === undefined ? [] : [subcommand]), ...rest];
    const telling = words.filter((word) => /[./_\d]|^--\p{L}/u.test(word)).flatMap((word) => [word, lastPart(word)]);
    return [...(subcommand === undefined ? [] : [`${program} ${subcommand}`]), ...telling];
  });
  return [...new Set(names)].filter(isName);
}

function programsOf(action: Action): string[] {
  return commandsOf(action)
    .flatMap(([program = '']) => [program, lastPart(program)])
    .filter((program) => program.length >= PROGRAM_MIN_CHARS && !ORDINARY.has(program));
}

function lastPart(path: string): string {
  return path.split('/').at(-1) ?? path;
}

function isName(name: string): boolean {
  return name.trim().length >= NAME_MIN_CHARS;
}
