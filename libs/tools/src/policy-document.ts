import { AssentError, SCOPES, type Effect, type Scope, type GuardVerdict } from '@assent/contract';
import { compileGlob, GLOB_MAX_CHARS, type Glob } from '@assent/platform';
import type { AmountCondition, ArgumentConditions } from './argument-conditions';
import { compileCommandGlob } from './command-globs';
import type { Policy, Rule } from './guard';
import { ownSchemaCheck } from './json-schema';
import { foldPath } from './workspace-path';

/** Maximum rules. Every call evaluates all of them, and a person cannot keep more in mind. */
const RULES_MAX = 500;
const LIST_MAX = 100;
const AMOUNTS_MAX = 10;
const POINTER_MAX_CHARS = 256;
/** Maximum length of a pattern of commands. */
export const COMMAND_MAX_CHARS = 1_000;
const CALLS_MAX = 1_000_000;
/** Prefixes of rule ids that are reserved for built-in decisions. */
const RESERVED_ID = /^(default|start|tenant|budget)\./;

interface Amount {
  readonly pointer: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** One rule as written: the calls it matches (absent: any), and its verdict. The first match decides. */
interface PolicyRule {
  readonly id: string;
  /** Globs of tool names. */
  readonly tools: readonly string[];
  readonly workspaces?: readonly string[];
  readonly effects?: readonly Effect[];
  /** Globs of the paths a call touches. A call without paths does not match. Searches and lists omit the paths they cover. */
  readonly paths?: readonly string[];
  /** Globs of the host in the argument `url`. */
  readonly hosts?: readonly string[];
  /** Verbs of the argument `statement`. An allow rule must list all of them; a rule against a call matches any. */
  readonly sqlVerbs?: readonly string[];
  readonly programs?: readonly string[];
  /** Globs of the whole argument `command`. A command with shell metacharacters matches no allow rule. */
  readonly commands?: readonly string[];
  readonly amounts?: readonly Amount[];
  /** The rule matches only if the caller has all of them. */
  readonly scopes?: readonly Scope[];
  readonly tainted?: true;
  readonly verdict: GuardVerdict;
  /** Shown to people; default: the rule's id. */
  readonly reason?: string;
}

interface PolicyDocument {
  readonly maxCalls?: number | null;
  readonly rules: readonly PolicyRule[];
}

const text = (maxLength: number, more: object = {}) => ({ type: 'string', minLength: 1, maxLength, ...more });
const listOf = (items: object, maxItems = LIST_MAX) => ({ type: 'array', minItems: 1, maxItems, items });
const GLOBS = listOf(text(GLOB_MAX_CHARS));
const NUMBER = { type: 'number', minimum: -Number.MAX_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER };

const AMOUNT = {
  type: 'object',
  properties: {
    pointer: text(POINTER_MAX_CHARS, { pattern: '^(/([^~/]|~[01])*)+$' }),
    atMost: NUMBER,
    atLeast: NUMBER,
  },
  required: ['pointer'],
  minProperties: 2,
  additionalProperties: false,
};

const RULES = {
  type: 'array',
  maxItems: RULES_MAX,
  items: {
    type: 'object',
    properties: {
      id: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' },
      tools: GLOBS,
      workspaces: listOf(text(64)),
      effects: listOf({ enum: ['read', 'write', 'external'] }),
      paths: GLOBS,
      hosts: listOf(text(GLOB_MAX_CHARS, { pattern: '^[a-z0-9.:_*?{},-]+$' })),
      sqlVerbs: listOf(text(32, { pattern: '^[a-z]+$' })),
      programs: listOf(text(256)),
      commands: listOf(text(COMMAND_MAX_CHARS)),
      amounts: listOf(AMOUNT, AMOUNTS_MAX),
      scopes: listOf({ enum: [...SCOPES] }),
      tainted: { const: true },
      verdict: { enum: ['allow', 'ask', 'deny'] },
      reason: text(500),
    },
    required: ['id', 'tools', 'verdict'],
    additionalProperties: false,
  },
};
const MAX_CALLS = { type: ['integer', 'null'], minimum: 0, maximum: CALLS_MAX };

const policyCheck = (more: object, required: readonly string[]) =>
  ownSchemaCheck<PolicyDocument>({
    type: 'object',
    properties: { ...more, maxCalls: MAX_CALLS, rules: RULES },
    required: [...required, 'rules'],
    additionalProperties: false,
  });
const CHECKS = { file: policyCheck({ version: { const: 1 } }, ['version']), tenant: policyCheck({}, []) };

/** Name of each source in error messages, and the prefix of its rule ids: "tenant." for tenants. */
const SOURCES = {
  file: {
    prefix: '',
    name: 'The policy file (POLICY_FILE)',
    remedy: 'Correct it and start again',
    ruleOf: 'the policy file',
  },
  tenant: {
    prefix: 'tenant.',
    name: 'The policy',
    remedy: 'Correct it; nothing was changed',
    ruleOf: "the tenant's policy",
  },
} as const;
export type PolicySource = keyof typeof SOURCES;

/**
 * Checks and compiles a policy.
 * @param value for a file: `{version: 1, maxCalls?, rules}`; for a tenant: the same without the version
 * @throws AssentError `invalid` naming the rule and the property that is wrong
 */
export function compilePolicy(value: unknown, source: PolicySource): Policy {
  const checked = CHECKS[source](value);
  if (!checked.ok) throw refusedPolicy(source, checked.pointer, `${place(checked.pointer)} ${checked.problem}`);
  const { rules, maxCalls = null } = checked.value;
  rules.forEach(({ id }, index) => {
    const pointer = `/rules/${index}/id`;
    if (RESERVED_ID.test(id)) {
      const problem = 'must not begin with "default.", "start.", "tenant." or "budget.", which other decisions have';
      throw refusedPolicy(source, pointer, `${place(pointer)} ${problem}`);
    }
    if (rules.findIndex((other) => other.id === id) !== index) {
      throw refusedPolicy(source, pointer, `${place(pointer)} "${id}" is duplicated`);
    }
  });
  return { maxCalls, rules: rules.map((rule, index) => compileRule(rule, index, source)) };
}

function compileRule(rule: PolicyRule, index: number, source: PolicySource): Rule {
  const globs = (property: 'tools' | 'paths' | 'hosts', patterns: readonly string[]): Glob[] =>
    patterns.map((pattern, at) => compileAt(`/rules/${index}/${property}/${at}`, pattern, source));
  const conditions: ArgumentConditions = {
    ...(rule.paths && {
      paths: { exact: globs('paths', rule.paths), folded: globs('paths', rule.paths.map(foldPath)) },
    }),
    ...(rule.hosts && { hosts: globs('hosts', rule.hosts) }),
    ...(rule.sqlVerbs && { sqlVerbs: new Set(rule.sqlVerbs) }),
    ...(rule.programs && { programs: new Set(rule.programs) }),
    ...(rule.commands && { commands: rule.commands.map(compileCommandGlob) }),
    ...(rule.amounts && { amounts: rule.amounts.map(compileAmount) }),
  };
  return {
    id: SOURCES[source].prefix + rule.id,
    tools: globs('tools', rule.tools),
    conditions,
    verdict: rule.verdict,
    reason: rule.reason ?? `Rule ${rule.id} of ${SOURCES[source].ruleOf}.`,
    ...(rule.effects && { effects: new Set(rule.effects) }),
    ...(rule.workspaces && { workspaces: new Set(rule.workspaces) }),
    ...(rule.scopes && { scopes: rule.scopes }),
    ...(rule.tainted && { tainted: rule.tainted }),
  };
}

function compileAmount({ pointer, atMost = Infinity, atLeast = -Infinity }: Amount): AmountCondition {
  const path = pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  return { path, atMost, atLeast };
}

function compileAt(pointer: string, pattern: string, source: PolicySource): Glob {
  try {
    return compileGlob(pattern);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : 'cannot be used';
    throw refusedPolicy(source, pointer, `${place(pointer)} ${problem}`, { cause });
  }
}

/** Renders `/rules/2/verdict` as `rule 3: verdict`. */
function place(pointer: string): string {
  const [, list, index, ...rest] = pointer.split('/');
  if (list !== 'rules' || index === undefined) return pointer.slice(1);
  return `rule ${Number(index) + 1}${rest.length > 0 ? `: ${rest.join('/')}` : ''}`;
}

/** @param problem follows the name of the policy and a colon in the message */
export function refusedPolicy(
  source: PolicySource,
  pointer: string,
  problem: string,
  options?: ErrorOptions,
): AssentError {
  const { name, remedy } = SOURCES[source];
  return new AssentError('invalid', `${name}: ${problem}. ${remedy}.`, { pointer }, options);
}
