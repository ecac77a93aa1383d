import { Injectable } from '@nestjs/common';
import { AssentError, type JsonObject, type MethodResult, type Principal } from '@assent/contract';
import { AgentPermissions, type PermissionContent } from '@assent/approvals';
import {
  COMMAND_MAX_CHARS,
  ToolPolicies,
  diffText,
  hasMetacharacters,
  isPatch,
  permissionPaths,
  permissionTool,
} from '@assent/tools';

type RuleDraft = MethodResult<'approval/rule/draft'>;
type Decided = Awaited<ReturnType<AgentPermissions['decided']>>['approval'];

const POLICY_NAME = 'tool-policy.json';
const ID_CHARS = 12;
const PATTERN_MAX_CHARS = 256;
/** Characters that are special in globs or not allowed in them. */
const GLOB_CHARACTERS = /[*?{}[\]()!\\]/;

/** Drafts rules that decide future questions of a coding agent as a person has decided this one. Stores nothing. */
@Injectable()
export class RuleDrafts {
  constructor(
    private readonly permissions: AgentPermissions,
    private readonly policies: ToolPolicies,
  ) {}

  /** @throws AssentError not_found, conflict (not decided, or no rule can match exactly this) */
  async draft(principal: Principal, approvalId: string): Promise<RuleDraft> {
    const { approval, content } = await this.permissions.decided(principal.tenantId, approvalId);
    const rule = ruleOf(approval, content);
    if (!principal.scopes.has('tool:admin')) return { rule, policy: null };
    const { version, rules, maxCalls } = await this.policies.get(principal);
    const after = [rule, ...rules.filter(({ id }) => id !== rule['id'])];
    return {
      rule,
      policy: { version, rules: after, maxCalls, patch: diffText(POLICY_NAME, textOf(rules), textOf(after)).patch },
    };
  }
}

function ruleOf(approval: Decided, content: PermissionContent | null): JsonObject {
  const { id, decision, actor, decidedAt, risks, state } = approval;
  if (content === null) throw refused(id, `it is about a ${approval.subjectType}, or its content was erased`);
  if (decision === null || decidedAt === null) throw refused(id, `it is ${state}, and nobody has decided it`);
  if (risks.includes('redacted')) throw refused(id, 'its input holds secrets, which are not stored');
  const verdict = decision === 'approve' ? 'allow' : 'deny';
  const tool = permissionTool(content);
  if (GLOB_CHARACTERS.test(tool)) throw refused(id, `the tool name ${tool} cannot be written as a glob`);
  return {
    id: `agent-${id.slice(-ID_CHARS)}`,
    tools: [tool],
    ...conditionOf(id, content, verdict),
    verdict,
    reason: `Decided by "${actor ?? ''}" on ${decidedAt.toISOString().slice(0, 'yyyy-mm-dd'.length)} (approval ${id}).`,
  };
}

/** The condition that only the same input meets. A denial has none if policies offer no such condition. */
function conditionOf(id: string, content: PermissionContent, verdict: 'allow' | 'deny'): JsonObject {
  const { command, url } = content.input;
  const { paths, areUnreadable } = permissionPaths(content);
  if (areUnreadable) throw refused(id, 'it is not known which files it touches');
  if (typeof command === 'string' && !isPatch(content)) {
    if (verdict === 'allow' && hasMetacharacters(command))
      throw refused(id, 'a rule allows no command with shell metacharacters');
    if (command.includes('*') || command === '' || command.length > COMMAND_MAX_CHARS)
      throw refused(id, 'its command cannot be written as a glob');
    return { commands: [command], ...(paths.length > 0 && { paths: globsOf(id, paths) }) };
  }
  if (paths.length > 0) return { paths: globsOf(id, paths) };
  if (typeof url === 'string' && URL.canParse(url)) return { hosts: [new URL(url).hostname] };
  if (verdict === 'allow') throw refused(id, 'no condition of a rule matches only its input');
  return {};
}

function globsOf(id: string, paths: readonly string[]): readonly string[] {
  if (paths.some((path) => GLOB_CHARACTERS.test(path) || path.length > PATTERN_MAX_CHARS))
    throw refused(id, 'its path cannot be written as a glob');
  return paths;
}

function textOf(rules: readonly unknown[]): string {
  return `${JSON.stringify(rules, null, 2)}\n`;
}

function refused(id: string, why: string): AssentError {
  return new AssentError(
    'conflict',
    `Approval ${id} cannot become a rule: ${why}. Write the rule by hand with tool/policy/set.`,
  );
}
