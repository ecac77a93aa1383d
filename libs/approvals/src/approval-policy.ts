import type { ApprovalRule, JsonObject, Risk, SubjectType } from '@assent/contract';
import { amountsHold } from './amounts';
import type { CompiledRule, CompiledPolicy } from './approval-policy.compiler';
import { DEFAULT_CLAUSE, DEFAULT_TERMS, type AgendaItem, type Terms } from './terms';

/** What has to be decided on, as a policy looks at it: from the stored bytes, but for the arguments. */
export interface PolicyQuestion {
  readonly subject: SubjectType;
  readonly tool: string;
  readonly workspace: string;
  readonly effect: 'write' | 'external';
  /** As the call has them; a revision keeps those it came from. */
  readonly args: JsonObject;
  readonly paths: readonly { readonly exact: string; readonly folded: string }[];
  readonly lines: number;
  readonly files: number;
  readonly risks: readonly Risk[];
  /** The run itself, or a rule that is not the server's default, wants a person: nothing approves it by itself. */
  readonly personWanted: boolean;
}

/** What a policy says of a change. */
export interface Assent {
  /** The rule that approves by itself; null: people decide. */
  readonly auto: { readonly rule: string; readonly version: string } | null;
  readonly terms: Terms;
  /** Null: the server's default. */
  readonly ttlSeconds: number | null;
}

/**
 * The first rule that matches decides, of the server's policy and of the tenant's, path by path; all that any of them asks for is
 * asked for. A tenant's policy can only ask for more: it has no rules that approve by themselves.
 */
export function assentFor(question: PolicyQuestion, policies: readonly CompiledPolicy[]): Assent {
  const looks = question.paths.length > 0 ? question.paths : [null];
  const found = policies.map(({ rules }) => looks.map((path) => rules.find((rule) => matches(rule, question, path))));
  const rules = [...new Set(found.flat().filter((rule) => rule !== undefined))];
  const asking = rules.filter(({ auto }) => !auto);
  const [server = []] = found;
  const [first] = server;
  if (first && asking.length === 0 && server.every((rule) => rule?.auto === true)) {
    return { auto: { rule: first.id, version: first.version }, terms: DEFAULT_TERMS, ttlSeconds: null };
  }
  if (asking.length === 0) return { auto: null, terms: DEFAULT_TERMS, ttlSeconds: null };
  const ttls = asking.flatMap(({ source }) => source.expiresSeconds ?? []);
  return {
    auto: null,
    terms: {
      clauses: asking.map(({ id, version, source }) => ({
        rule: id,
        version,
        deciders: source.deciders ?? null,
        roles: source.roles ?? [],
        quorum: source.quorum ?? DEFAULT_CLAUSE.quorum,
        authorsApprove: source.authors !== 'deny',
      })),
      onExpiry: asking.every(({ source }) => source.onExpiry === 'continue') ? 'continue' : 'fail',
      agenda: asking.flatMap(agendaOf).sort((a, b) => a.afterSeconds - b.afterSeconds),
    },
    ttlSeconds: ttls.length > 0 ? Math.min(...ttls) : null,
  };
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
    // A rule that asks for people holds for every spelling that some disk takes for the path.
    (!rule.paths ||
      (path !== null &&
        (rule.paths.exact.some((glob) => glob(path.exact)) ||
          (!rule.auto && rule.paths.folded.some((glob) => glob(path.folded))))))
  );
}

function mayApproveAlone({ tainted }: ApprovalRule, { subject, risks, personWanted }: PolicyQuestion): boolean {
  if (personWanted || subject !== 'diff' || risks.includes('hidden')) return false;
  return tainted === true || !risks.includes('tainted');
}

function agendaOf({ id, source }: CompiledRule): AgendaItem[] {
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
