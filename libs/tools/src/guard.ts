import { AssentError, type Effect, type GuardDecision, type JsonObject, type Verdict } from '@assent/contract';
import { compileGlob, type Glob } from './glob';
import { foldPath } from './workspace-path';

/** A rule of the policy file, its globs compiled. A condition that is absent holds for every call. */
export interface Rule {
  readonly id: string;
  readonly tools: readonly Glob[];
  readonly effects?: ReadonlySet<Effect>;
  readonly workspaces?: ReadonlySet<string>;
  /** Matched against the argument `path`; a call without one does not match. */
  readonly paths?: { readonly exact: readonly Glob[]; readonly folded: readonly Glob[] };
  readonly verdict: Verdict;
  readonly reason: string;
}

/** `start.policy`: tool globs that this run wants denied, or asked for. It can only make verdicts stricter. */
export interface Narrowing {
  readonly deny?: readonly string[];
  readonly ask?: readonly string[];
}

export interface GuardedCall {
  readonly tool: string;
  /** Null when there is no such tool. */
  readonly effect: Effect | null;
  readonly workspace: string;
  readonly args: JsonObject;
}

const STRICTNESS: Readonly<Record<Verdict, number>> = { allow: 0, ask: 1, deny: 2 };

const DEFAULTS: Readonly<Record<Effect, GuardDecision>> = {
  read: { verdict: 'allow', rule: 'default.read', reason: 'Reading is allowed unless a rule says otherwise.' },
  write: {
    verdict: 'ask',
    rule: 'default.write',
    reason: 'A change of a workspace needs a decision unless a rule says otherwise.',
  },
  external: {
    verdict: 'ask',
    rule: 'default.external',
    reason: 'An effect outside needs a decision unless a rule says otherwise.',
  },
};
const UNKNOWN_TOOL: GuardDecision = { verdict: 'deny', rule: 'default.unknown', reason: 'There is no such tool.' };

/**
 * What may happen with a call: the first rule that matches, else the default of its effect, made stricter where the run asked
 * for it. A tool that does not exist is denied whatever the rules say.
 * @throws AssentError `invalid` (pointer into `start`'s params) for a narrowing that is no glob
 */
export function guard(call: GuardedCall, rules: readonly Rule[], narrowing: Narrowing = {}): GuardDecision {
  const { effect } = call;
  if (!effect) return UNKNOWN_TOOL;
  const path = pathOf(call.args);
  // Some disks take spellings of a path for one file: a rule against it must hold for each of them, a rule for it only as written.
  const decided = stricter(
    firstMatch(call, effect, path, 'exact', rules),
    firstMatch(call, effect, path && foldPath(path), 'folded', rules),
  );
  return [...narrowed(call.tool, 'ask', narrowing.ask), ...narrowed(call.tool, 'deny', narrowing.deny)].reduce(
    stricter,
    decided,
  );
}

/** The stricter of two; of equal ones the first. */
function stricter(a: GuardDecision, b: GuardDecision): GuardDecision {
  return isStricter(b.verdict, a.verdict) ? b : a;
}

export function isStricter(verdict: Verdict, than: Verdict): boolean {
  return STRICTNESS[verdict] > STRICTNESS[than];
}

function firstMatch(
  call: GuardedCall,
  effect: Effect,
  path: string | null,
  spelling: 'exact' | 'folded',
  rules: readonly Rule[],
): GuardDecision {
  const rule = rules.find(
    ({ tools, effects, workspaces, paths }) =>
      tools.some((matches) => matches(call.tool)) &&
      (effects?.has(effect) ?? true) &&
      (workspaces?.has(call.workspace) ?? true) &&
      (!paths || (path !== null && paths[spelling].some((matches) => matches(path)))),
  );
  return rule ? { verdict: rule.verdict, rule: rule.id, reason: rule.reason } : DEFAULTS[effect];
}

/** The root of the workspace, ".", is no path that a rule could name. */
function pathOf(args: JsonObject): string | null {
  const { path } = args;
  return typeof path === 'string' && path !== '.' ? path : null;
}

function narrowed(tool: string, verdict: 'ask' | 'deny', globs: readonly string[] = []): GuardDecision[] {
  const hit = globs.some((pattern, index) => narrowingGlob(pattern, `/policy/${verdict}/${index}`)(tool));
  return hit
    ? [{ verdict, rule: `start.${verdict}`, reason: `The run was started with ${verdict} for this tool.` }]
    : [];
}

function narrowingGlob(pattern: string, pointer: string): Glob {
  try {
    return compileGlob(pattern);
  } catch (cause) {
    throw new AssentError(
      'invalid',
      `A tool glob of the run's policy ${cause instanceof Error ? cause.message : 'cannot be used'}.`,
      { pointer },
      { cause },
    );
  }
}
