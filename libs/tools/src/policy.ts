import { readFile } from 'node:fs/promises';
import { AssentError, type Effect, type Verdict } from '@assent/contract';
import { compileGlob, GLOB_MAX_CHARS, type Glob } from './glob';
import type { Rule } from './guard';
import { schemaCheck } from './json-schema';
import { foldPath } from './workspace-path';

/** More than a person keeps in mind; every call walks them all. */
const RULES_MAX = 500;
const LIST_MAX = 100;
/** Rule ids that the built-in decisions have. */
const RESERVED_ID = /^(default|start)\./;

/** One rule as it is written: which calls it matches (absent: any), and what they get. The first that matches decides. */
interface PolicyRule {
  readonly id: string;
  /** Globs of tool names. */
  readonly tools: readonly string[];
  readonly workspaces?: readonly string[];
  /** Globs of the argument `path`; a call without one does not match. Searches and lists leave out what they cover. */
  readonly paths?: readonly string[];
  readonly effects?: readonly Effect[];
  readonly verdict: Verdict;
  /** For people; default: the rule's id. */
  readonly reason?: string;
}

const GLOBS = {
  type: 'array',
  minItems: 1,
  maxItems: LIST_MAX,
  items: { type: 'string', minLength: 1, maxLength: GLOB_MAX_CHARS },
};

const checkPolicy = schemaCheck<{ readonly version: 1; readonly rules: readonly PolicyRule[] }>({
  type: 'object',
  properties: {
    version: { const: 1 },
    rules: {
      type: 'array',
      maxItems: RULES_MAX,
      items: {
        type: 'object',
        properties: {
          id: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' },
          tools: GLOBS,
          workspaces: {
            type: 'array',
            minItems: 1,
            maxItems: LIST_MAX,
            items: { type: 'string', minLength: 1, maxLength: 64 },
          },
          paths: GLOBS,
          effects: { type: 'array', minItems: 1, items: { enum: ['read', 'write', 'external'] } },
          verdict: { enum: ['allow', 'ask', 'deny'] },
          reason: { type: 'string', minLength: 1, maxLength: 500 },
        },
        required: ['id', 'tools', 'verdict'],
        additionalProperties: false,
      },
    },
  },
  required: ['version', 'rules'],
  additionalProperties: false,
});

/**
 * Reads the policy file; without one there are no rules, and the defaults decide.
 * @throws AssentError `invalid` naming the rule and the property that is wrong
 */
export async function loadPolicy(file: string | null): Promise<readonly Rule[]> {
  if (file === null) return [];
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw refused('', 'cannot be read: check that POLICY_FILE exists and the server may read it', { cause });
  }
  return parsePolicy(text);
}

/** @param text JSON, UTF-8 */
export function parsePolicy(text: string): readonly Rule[] {
  const checked = checkPolicy(readJson(text));
  if (!checked.ok) throw refused(checked.pointer, `${place(checked.pointer)} ${checked.problem}`);
  const { rules } = checked.value;
  rules.forEach(({ id }, index) => {
    const pointer = `/rules/${index}/id`;
    if (RESERVED_ID.test(id)) {
      throw refused(
        pointer,
        `${place(pointer)} must not begin with "default." or "start.", which the built-in decisions have`,
      );
    }
    if (rules.findIndex((other) => other.id === id) !== index) {
      throw refused(pointer, `${place(pointer)} "${id}" stands twice`);
    }
  });
  return rules.map(compileRule);
}

function compileRule(rule: PolicyRule, index: number): Rule {
  const globs = (property: 'tools' | 'paths', patterns: readonly string[]): Glob[] =>
    patterns.map((pattern, at) => compileAt(`/rules/${index}/${property}/${at}`, pattern));
  return {
    id: rule.id,
    tools: globs('tools', rule.tools),
    verdict: rule.verdict,
    reason: rule.reason ?? `Rule ${rule.id} of the policy file.`,
    ...(rule.effects && { effects: new Set(rule.effects) }),
    ...(rule.workspaces && { workspaces: new Set(rule.workspaces) }),
    ...(rule.paths && {
      paths: { exact: globs('paths', rule.paths), folded: globs('paths', rule.paths.map(foldPath)) },
    }),
  };
}

function compileAt(pointer: string, pattern: string): Glob {
  try {
    return compileGlob(pattern);
  } catch (cause) {
    throw refused(pointer, `${place(pointer)} ${cause instanceof Error ? cause.message : 'cannot be used'}`, { cause });
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refused('', 'is not JSON', { cause });
  }
}

/** `/rules/2/verdict` as people say it: `rule 3: verdict`. */
function place(pointer: string): string {
  const [, list, index, ...rest] = pointer.split('/');
  if (list !== 'rules' || index === undefined) return pointer.slice(1);
  return `rule ${Number(index) + 1}${rest.length > 0 ? `: ${rest.join('/')}` : ''}`;
}

function refused(pointer: string, problem: string, options?: ErrorOptions): AssentError {
  return new AssentError('invalid', `The policy file: ${problem}. Correct it and start again.`, { pointer }, options);
}
