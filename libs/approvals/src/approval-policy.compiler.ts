import { readFile } from 'node:fs/promises';
import { ApprovalPolicyFileSchema, ApprovalRulesSchema, AssentError, type ApprovalRule } from '@assent/contract';
import { compileGlob, compiled, contentHashOf, foldPath, type Glob } from '@assent/platform';

export interface CompiledRule {
  /** Id from the file; a tenant's rule has the prefix `tenant.`. */
  readonly id: string;
  readonly version: string;
  readonly auto: boolean;
  readonly tools: readonly Glob[] | null;
  readonly paths: { readonly exact: readonly Glob[]; readonly folded: readonly Glob[] } | null;
  readonly source: ApprovalRule;
}

export interface CompiledPolicy {
  readonly rules: readonly CompiledRule[];
}

export const NO_POLICY: CompiledPolicy = { rules: [] };

/** Characters of the file's hash that name its version in the audit. */
const VERSION_CHARS = 19;
const RESERVED_ID = /^(default$|tenant\.)/;
const SETS_PEOPLE = [
  'deciders',
  'roles',
  'quorum',
  'authors',
  'expiresSeconds',
  'onExpiry',
  'remindSeconds',
  'escalate',
] as const;

/** @throws AssentError invalid, naming the rule and the property */
export async function loadApprovalPolicy(file: string | null): Promise<CompiledPolicy> {
  if (file === null) return NO_POLICY;
  const source = 'APPROVAL_POLICY_FILE';
  let value: unknown;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
    value = JSON.parse(text) as unknown;
  } catch (cause) {
    throw refused(source, '', 'cannot be read as JSON', { cause });
  }
  const isFile = compiled(ApprovalPolicyFileSchema);
  if (!isFile(value)) throw refused(source, ...firstProblem(isFile.errors, ''));
  return compileRules(value.rules, { source, version: contentHashOf(text).slice(0, VERSION_CHARS), tenant: false });
}

/** @throws AssentError invalid, pointer /rules/... */
export function compileTenantPolicy(rules: unknown, version: number): CompiledPolicy {
  const source = 'The approval policy';
  const areRules = compiled(ApprovalRulesSchema);
  if (!areRules(rules)) throw refused(source, ...firstProblem(areRules.errors, '/rules'));
  return compileRules(rules, { source, version: String(version), tenant: true });
}

function compileRules(
  rules: readonly ApprovalRule[],
  { source, version, tenant }: { source: string; version: string; tenant: boolean },
): CompiledPolicy {
  const at = (index: number, property: string, problem: string): AssentError =>
    refused(source, `/rules/${index}/${property}`, `rule ${index + 1}: ${property} ${problem}`);
  const compiled = rules.map((rule, index) => {
    const glob = (property: 'tools' | 'paths', pattern: string): Glob => {
      try {
        return compileGlob(pattern);
      } catch (cause) {
        throw at(index, property, cause instanceof Error ? cause.message : 'cannot be used');
      }
    };
    if (RESERVED_ID.test(rule.id)) throw at(index, 'id', 'is "default" or begins with "tenant.", which are reserved');
    if (rules.findIndex(({ id }) => id === rule.id) !== index) throw at(index, 'id', `"${rule.id}" is duplicated`);
    if (tenant && rule.auto) throw at(index, 'auto', 'is reserved for the server: a tenant can only add requirements');
    if (rule.tainted && !rule.auto) throw at(index, 'tainted', 'requires auto: a rule without auto always applies');
    const people = SETS_PEOPLE.find((property) => rule.auto && rule[property] !== undefined);
    if (people) throw at(index, people, 'describes how people decide, but auto approves without people');
    return {
      id: `${tenant ? 'tenant.' : ''}${rule.id}`,
      version,
      auto: rule.auto === true,
      tools: rule.tools?.map((pattern) => glob('tools', pattern)) ?? null,
      paths: rule.paths
        ? {
            exact: rule.paths.map((pattern) => glob('paths', pattern)),
            folded: rule.paths.map((pattern) => glob('paths', foldPath(pattern))),
          }
        : null,
      source: rule,
    };
  });
  return { rules: compiled };
}

interface Problem {
  readonly instancePath: string;
  readonly message?: string;
  readonly params: Record<string, unknown>;
}

function firstProblem(
  errors: readonly Problem[] | null | undefined,
  prefix: string,
): [pointer: string, problem: string] {
  const [error] = errors ?? [];
  if (!error) return [prefix, 'is not valid'];
  const name = error.params['additionalProperty'] ?? error.params['missingProperty'];
  const pointer = `${prefix}${error.instancePath}${typeof name === 'string' ? `/${name}` : ''}`;
  const [, , index, ...rest] = pointer.split('/');
  const place =
    index === undefined ? pointer.slice(1) : `rule ${Number(index) + 1}${rest.length > 0 ? `: ${rest.join('/')}` : ''}`;
  const allowed = error.params['allowedValues'];
  const what =
    typeof error.params['additionalProperty'] === 'string'
      ? 'is not a known property'
      : Array.isArray(allowed)
        ? `must be one of ${allowed.join(', ')}`
        : typeof error.params['missingProperty'] === 'string'
          ? 'is required'
          : (error.message ?? 'is not valid');
  return [pointer, `${place} ${what}`];
}

function refused(source: string, pointer: string, problem: string, options?: ErrorOptions): AssentError {
  return new AssentError('invalid', `${source}: ${problem}. Correct it; nothing was changed.`, { pointer }, options);
}
