import {
  AssentError,
  type Effect,
  type GuardDecision,
  type JsonObject,
  type Scope,
  type GuardVerdict,
} from '@assent/contract';
import { compileGlob, type Glob } from '@assent/platform';
import {
  UNREADABLE_PATH,
  conditionsHold,
  isGuess,
  type ArgumentConditions,
  type CallPath,
  type Reading,
} from './argument-conditions';

/** A compiled rule of a policy. An absent condition matches every call. */
export interface Rule {
  readonly id: string;
  readonly tools: readonly Glob[];
  readonly effects?: ReadonlySet<Effect>;
  readonly workspaces?: ReadonlySet<string>;
  /** The rule matches only if the caller has all of them. */
  readonly scopes?: readonly Scope[];
  /** Allow rules: also match tainted calls. Ask and deny rules: match only tainted calls. */
  readonly tainted?: true;
  readonly conditions: ArgumentConditions;
  readonly verdict: GuardVerdict;
  readonly reason: string;
}

export interface Policy {
  readonly rules: readonly Rule[];
  /** Maximum tool calls of a run; null: no limit. */
  readonly maxCalls: number | null;
}

/**
 * The policies of server and tenant. The tenant's rules are reported first and can only make the server's decision stricter.
 */
export interface Policies {
  readonly server: Policy;
  readonly tenant: Policy | null;
}

/** `start.policy`: globs of tools that this run denies or asks about. They can only make verdicts stricter. */
export interface Narrowing {
  readonly deny?: readonly string[];
  readonly ask?: readonly string[];
}

export interface GuardedCall {
  readonly tool: string;
  /** Null when the tool does not exist. */
  readonly effect: Effect | null;
  readonly workspace: string;
  readonly args: JsonObject;
  /** Every path the call touches. The strictest verdict over all paths applies. */
  readonly paths: readonly string[];
  /** The call may touch further paths. */
  readonly arePathsUnreadable?: boolean;
  /** Scopes of the caller; null: unknown, which counts against the call. */
  readonly scopes: ReadonlySet<Scope> | null;
  /** The arguments may contain external text: tool output, recalled memory, or model text. */
  readonly tainted: boolean;
  /** The call comes through the MCP gateway. */
  readonly isGateway: boolean;
  /** Number of earlier tool calls of the run. */
  readonly callsBefore: number;
}

interface Interpretation {
  readonly path: CallPath;
  readonly reading: Reading;
  readonly tainted: boolean;
}

const STRICTNESS: Readonly<Record<GuardVerdict, number>> = { allow: 0, ask: 1, deny: 2 };

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
/** Annotations of a foreign server are claims, so they allow nothing by themselves. */
const GATEWAY: GuardDecision = {
  verdict: 'ask',
  rule: 'default.gateway',
  reason: 'A call through the MCP gateway needs a decision unless a rule says otherwise.',
};
const UNKNOWN_TOOL: GuardDecision = { verdict: 'deny', rule: 'default.unknown', reason: 'There is no such tool.' };

/**
 * Decides about a call: the first matching rule, else the default for its effect, made stricter by the tenant or the run where
 * they require it. Denies unknown tools.
 * @throws AssentError `invalid` (pointer into `start`'s params) for a narrowing that is not a valid glob
 */
export function guard(call: GuardedCall, { server, tenant }: Policies, narrowing: Narrowing = {}): GuardDecision {
  const { effect, callsBefore, isGateway } = call;
  if (!effect) return UNKNOWN_TOOL;
  const interpretations = interpretationsOf(call);
  return [
    ...interpretations.flatMap((interpretation) =>
      tenant ? (firstMatch(call, effect, interpretation, tenant.rules) ?? []) : [],
    ),
    ...interpretations.map(
      (interpretation) =>
        firstMatch(call, effect, interpretation, server.rules) ?? (isGateway ? GATEWAY : DEFAULTS[effect]),
    ),
    ...overBudget('budget.max-calls', callsBefore, server.maxCalls),
    ...overBudget('tenant.budget.max-calls', callsBefore, tenant?.maxCalls ?? null),
    ...narrowed(call.tool, 'ask', narrowing.ask),
    ...narrowed(call.tool, 'deny', narrowing.deny),
  ].reduce(stricter);
}

/** A question of a coding agent. Nothing is executed here, so it has neither a workspace nor a budget. */
export type AskedPermission = Pick<GuardedCall, 'tool' | 'args' | 'paths' | 'arePathsUnreadable' | 'scopes'> & {
  readonly effect: Effect;
};

/**
 * Decides a question of a coding agent: the first matching rule of the tenant and of the server, the stricter of the two.
 * @returns null: no rule matches
 */
export function guardPermission(asked: AskedPermission, { server, tenant }: Policies): GuardDecision | null {
  const call = { ...asked, workspace: '', tainted: false, isGateway: false, callsBefore: 0 };
  const interpretations = interpretationsOf(call);
  const decisions = [tenant?.rules ?? [], server.rules].flatMap((rules) =>
    strictestOf(interpretations.map((interpretation) => firstMatch(call, asked.effect, interpretation, rules))),
  );
  return decisions.length === 0 ? null : decisions.reduce(stricter);
}

/** Where one interpretation matches no rule, a rule that allows another one does not cover the call. */
function strictestOf(decisions: readonly (GuardDecision | null)[]): GuardDecision[] {
  const found = decisions.filter((decision) => decision !== null);
  const isCovered = found.length === decisions.length;
  const counting = isCovered ? found : found.filter(({ verdict }) => verdict !== 'allow');
  return counting.length === 0 ? [] : [counting.reduce(stricter)];
}

/** @throws AssentError `invalid` (pointer into `start`'s params) for a narrowing that is not a valid glob */
export function checkNarrowing({ ask = [], deny = [] }: Narrowing = {}): void {
  narrowed('', 'ask', ask);
  narrowed('', 'deny', deny);
}

/** The stricter of two decisions; the first when they are equal. */
function stricter(a: GuardDecision, b: GuardDecision): GuardDecision {
  return isStricter(b.verdict, a.verdict) ? b : a;
}

export function isStricter(verdict: GuardVerdict, than: GuardVerdict): boolean {
  return STRICTNESS[verdict] > STRICTNESS[than];
}

/**
 * Every interpretation of a call. The strictest decision wins. A tainted call is also evaluated as an untainted one, so
 * that no rule can allow more because of taint.
 */
function interpretationsOf({ paths, arePathsUnreadable = false, tainted }: GuardedCall): Interpretation[] {
  const touched: CallPath[] = arePathsUnreadable ? [...paths, UNREADABLE_PATH] : [...paths];
  return (touched.length > 0 ? touched : [null]).flatMap((path) =>
    (tainted ? [false, true] : [false]).flatMap((taint) =>
      (['written', 'suspected'] as const).map((reading) => ({ path, reading, tainted: taint })),
    ),
  );
}

function firstMatch(
  call: GuardedCall,
  effect: Effect,
  { path, reading, tainted }: Interpretation,
  rules: readonly Rule[],
): GuardDecision | null {
  const rule = rules.find((candidate) => {
    const allows = candidate.verdict === 'allow';
    return (
      candidate.tools.some((matches) => matches(call.tool)) &&
      (candidate.effects?.has(effect) ?? true) &&
      (candidate.workspaces?.has(call.workspace) ?? true) &&
      hasScopes(call, candidate, allows) &&
      (!candidate.tainted || allows || tainted) &&
      // A rule against a call matches everything the call could mean; an allow rule matches only the arguments as written.
      conditionsHold(candidate.conditions, call.args, path, allows ? 'written' : reading)
    );
  });
  if (!rule) return null;
  const { id, verdict, reason } = rule;
  if (verdict === 'deny' && isGuess(rule.conditions, call.args))
    return { verdict: 'ask', rule: id, reason: `${reason} The command cannot be read, so a person decides.` };
  if (verdict === 'deny' && path === UNREADABLE_PATH && rule.conditions.paths)
    return { verdict: 'ask', rule: id, reason: `${reason} The paths cannot be read, so a person decides.` };
  if (tainted && verdict === 'allow' && effect !== 'read' && !rule.tainted) {
    return { verdict: 'ask', rule: id, reason: `${reason} But the arguments come from outside, so a person decides.` };
  }
  return { verdict, rule: id, reason };
}

function hasScopes({ scopes }: GuardedCall, rule: Rule, allows: boolean): boolean {
  if (!rule.scopes) return true;
  return scopes ? rule.scopes.every((scope) => scopes.has(scope)) : !allows;
}

function overBudget(rule: string, callsBefore: number, maxCalls: number | null): GuardDecision[] {
  if (maxCalls === null || callsBefore < maxCalls) return [];
  const reason = `The run has made ${callsBefore} tool calls, and the policy allows ${maxCalls}: start another run.`;
  return [{ verdict: 'deny', rule, reason }];
}

function narrowed(tool: string, verdict: 'ask' | 'deny', globs: readonly string[] = []): GuardDecision[] {
  const compiled = globs.map((pattern, index) => narrowingGlob(pattern, `/policy/${verdict}/${index}`));
  return compiled.some((matches) => matches(tool))
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
