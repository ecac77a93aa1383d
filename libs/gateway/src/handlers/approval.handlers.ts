import { Injectable } from '@nestjs/common';
import {
  AgentPermissions,
  ApprovalPolicies,
  ApprovalService,
  DecisionService,
  INBOX_PAGE,
  Inbox,
} from '@assent/approvals';
import { toAssentError, type APPROVAL_METHODS, type MethodParams, type MethodResult } from '@assent/contract';
import type { CallContext } from '../call.context';
import { RuleDrafts } from '../hooks/rule.drafts';
import { toProblem } from '../http/error.map';
import type { MethodHandlers } from '../method.handler';

type Decided = MethodResult<'approval/decide_many'>;
type Events = MethodResult<'approval/events'>;

@Injectable()
export class ApprovalHandlers {
  constructor(
    private readonly approvals: ApprovalService,
    private readonly decisions: DecisionService,
    private readonly policies: ApprovalPolicies,
    private readonly inbox: Inbox,
    private readonly permissions: AgentPermissions,
    private readonly rules: RuleDrafts,
  ) {}

  readonly methods: MethodHandlers<typeof APPROVAL_METHODS> = {
    'diff/get': ({ diffId }, { principal }) => this.approvals.diff(principal, diffId),
    'diff/file/get': (file, { principal }) => this.approvals.file(principal, file),
    'approval/list': (filter, { principal }) => this.approvals.list(principal, filter),
    'approval/get': ({ approvalId }, { principal }) => this.approvals.get(principal, approvalId),
    'approval/decide': (decision, { principal }) => this.decisions.decide(principal, decision),
    'approval/count': (filter, { principal }) => this.approvals.count(principal, filter),
    'approval/revise': (revision, { principal }) => this.decisions.revise(principal, revision),
    'approval/revision/list': (params, { principal }) => this.approvals.revisions(principal, params),
    'approval/policy/get': (_, { principal }) => this.policies.get(principal),
    'approval/policy/set': (policy, { principal }) => this.policies.set(principal, policy),
    'approval/diff/get': async ({ approvalId, context }, { principal }) =>
      this.approvals.diffOf(principal, await this.approvals.get(principal, approvalId), context),
    'approval/audit/list': ({ approvalId, cursor }, { principal }) =>
      this.approvals.trail(principal, approvalId, cursor),
    'approval/question': ({ approvalId, question }, { principal }) =>
      this.permissions.question(principal, approvalId, question),
    'approval/rule/draft': ({ approvalId }, { principal }) => this.rules.draft(principal, approvalId),
    'approval/decide_many': ({ decisions }, context) => this.decideMany(decisions, context),
    'approval/events': ({ after = 0, types = [] }, { principal }) => this.events(principal.tenantId, after, types),
  };

  private async decideMany(
    decisions: MethodParams<'approval/decide_many'>['decisions'],
    { principal, requestId }: CallContext,
  ): Promise<Decided> {
    const items: Decided['items'] = [];
    // Sequential, so that two responses to one approval are processed in the order sent.
    for (const decision of decisions) {
      const { approvalId } = decision;
      try {
        items.push({ approvalId, status: 200, approval: await this.decisions.decide(principal, decision) });
      } catch (thrown) {
        const error = toAssentError(thrown);
        if (error.reason === 'internal') throw thrown;
        const problem = toProblem(error, requestId);
        items.push({ approvalId, status: problem.status, problem });
      }
    }
    return { items };
  }

  private async events(tenantId: string, after: number, types: readonly string[]): Promise<Events> {
    const { lines, tail } = await this.inbox.page(tenantId, after, INBOX_PAGE);
    const events = lines
      .filter(({ type }) => types.length === 0 || types.includes(type))
      .map(({ json }) => JSON.parse(json) as Events['events'][number]);
    return { events, cursor: lines.at(-1)?.seq ?? after, tail };
  }
}
