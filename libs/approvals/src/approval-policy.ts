import type { ApprovalRule, JsonObject, Risk, SubjectType, Json } from '@assent/contract';
import type { CompiledRule, CompiledPolicy } from './approval-policy.compiler';
import { DEFAULT_REQUIREMENT, DEFAULT_REQUIREMENTS, type ScheduleItem, type Requirements } from './requirements';

/** The input of a policy: taken from the stored bytes, except for the arguments. */
export interface PolicyQuestion {
  readonly subject: SubjectType;
  readonly tool: string;
  readonly workspace: string;
  readonly effect: 'write' | 'external';
  /** The arguments of the call; a revision keeps those of the diff it came from. */
  readonly args: JsonObject;
  readonly paths: readonly { readonly exact: string; readonly folded: string }[];
  /** It may touch further paths: rules that require people match any path. */
  readonly arePathsUnreadable?: boolean;
  readonly lines: number;
  readonly files: number;
  readonly risks: readonly Risk[];
  /** The run, or a rule other than the server's default, requires a person: automatic approval is off. */
  readonly personRequired: boolean;
}

/** The requirements of a policy for one change. */
export interface PolicyOutcome {
  /** The rule that approves automatically; null: people decide. */
  readonly auto: { readonly rule: string; readonly version: string } | null;
  readonly requirements: Requirements;
  /** Null: the server's default. */
  readonly ttlSeconds: number | null;
}

/**
 * The first rule that matches decides, of the server's policy and of the tenant's, path by path; all requirements of
 * the matching rules apply. A tenant's policy can only add requirements: it has no rules that approve automatically.
 */
export function evaluatePolicies(question: PolicyQuestion, policies: readonly CompiledPolicy[]): PolicyOutcome {
  const paths = question.paths.length > 0 ? question.paths : [null];
  const matched = policies.map(({ rules }) => [
    ...paths.map((path) => rules.find((rule) => matches(rule, question, path))),
    ...(question.arePathsUnreadable === true ? possibleRules(rules, question) : []),
  ]);
  const rules = [...new Set(matched.flat().filter((rule) => rule !== undefined))];
  const requiring = rules.filter(({ auto }) => !auto);
  const [server = []] = matched;
  const [first] = server;
  if (first && requiring.length === 0 && server.every((rule) => rule?.auto === true)) {
    return { auto: { rule: first.id, version: first.version }, requirements: DEFAULT_REQUIREMENTS, ttlSeconds: null };
  }
  if (requiring.length === 0) return { auto: null, requirements: DEFAULT_REQUIREMENTS, ttlSeconds: null };
  const ttls = requiring.flatMap(({ source }) => source.expiresSeconds ?? []);
  return {
    auto: null,
    requirements: {
      clauses: requiring.map(({ id, version, source }) => ({
        rule: id,
        version,
        deciders: source.deciders ?? null,
        roles: source.roles ?? [],
        quorum: source.quorum ?? DEFAULT_REQUIREMENT.quorum,
        authorsApprove: source.authors !== 'deny',
      })),
      onExpiry: requiring.every(({ source }) => source.onExpiry === 'continue') ? 'continue' : 'fail',
      agenda: requiring.flatMap(scheduleOf).sort((a, b) => a.afterSeconds - b.afterSeconds),
    },
    ttlSeconds: ttls.length > 0 ? Math.min(...ttls) : null,
  };
}

/** The rules that require people for some path, up to the first that does so for every path. */
function possibleRules(rules: readonly CompiledRule[], question: PolicyQuestion): CompiledRule[] {
  const possible = rules.filter((rule) => !rule.auto && matches({ ...rule, paths: null }, question, null));
  const every = possible.findIndex(({ paths }) => paths === null);
  return every === -1 ? possible : possible.slice(0, every + 1);
}

function matches(rule: CompiledRule, question: PolicyQuestion, path: PolicyQuestion['paths'][number] | null): boolean {
  const { source } = rule;
  if (rule.auto && !mayApproveAlone(source, question)) return false;
  return (
    (!rule.tools || rule.tools.some((glob) => glob(question.tool))) &&
    (!source.subjects || source.subjects.includes(question.subject)) &&
    (!source.workspaces || source.workspaces.includes(question.workspace)) &&
    (!source.effects || source.effects.includes(question.effect)) &&
    (!source.risks || source.risks.some((risk) => question.risks.includes(risk))) &&
    (source.linesAtLeast === undefined || question.lines >= source.linesAtLeast) &&
    (source.filesAtLeast === undefined || question.files >= source.filesAtLeast) &&
    (!source.amounts || amountsHold(source.amounts, question.args, rule.auto ? 'written' : 'suspected')) &&
    // A rule that requires people matches every spelling that some file system resolves to the path.
    (!rule.paths ||
      (path !== null &&
        (rule.paths.exact.some((glob) => glob(path.exact)) ||
          (!rule.auto && rule.paths.folded.some((glob) => glob(path.folded))))))
  );
}

function mayApproveAlone({ tainted }: ApprovalRule, { subject, risks, personRequired }: PolicyQuestion): boolean {
  if (personRequired || subject !== 'diff' || risks.includes('hidden')) return false;
  return tainted === true || !risks.includes('tainted');
}

function scheduleOf({ id, source }: CompiledRule): ScheduleItem[] {
  return [
    ...(source.remindSeconds ?? []).map((afterSeconds) => ({ kind: 'remind' as const, afterSeconds })),
    ...(source.escalate ?? []).map(({ afterSeconds, deciders, roles }) => ({
      kind: 'escalate' as const,
      afterSeconds,
      rule: id,
      ...(deciders && { deciders }),
      ...(roles && { roles }),
    })),
  ];
}

type Amount = NonNullable<ApprovalRule['amounts']>[number];

/**
 * Whether every amount lies within its bounds.
 * @param reading `suspected`: a value that is not a number matches any bound, so that writing "1e9" as text does not
 * evade the rule
 */
function amountsHold(amounts: readonly Amount[], args: JsonObject, reading: 'written' | 'suspected'): boolean {
  return amounts.every(({ pointer, atLeast = -Infinity, atMost = Infinity }) => {
    const value = pointer.split('/').slice(1).reduce<Json | undefined>(below, args);
    if (value === undefined) return false;
    if (typeof value !== 'number') return reading === 'suspected';
    return value >= atLeast && value <= atMost;
  });
}

function below(value: Json | undefined, token: string): Json | undefined {
  const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as JsonObject)[name];
}
