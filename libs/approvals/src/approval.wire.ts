import { Injectable } from '@nestjs/common';
import type { Approval, Permission, Principal } from '@assent/contract';
import { Config } from '@assent/platform';
import { toWireApproval, type ApprovalRecord } from './approval.record';
import { characterFlags } from './hidden-characters';
import { isEditable, readPermission } from './permissions/permission.content';
import { SubjectViews } from './subjects/subject.views';
import { decisionRight } from './decision.check';
import { reviewUrl } from './review.link';

/** Approvals as a caller of this server sees them. */
@Injectable()
export class ApprovalWire {
  constructor(
    private readonly config: Config,
    private readonly views: SubjectViews,
  ) {}

  of(principal: Principal, record: ApprovalRecord): Approval {
    const { PUBLIC_URL, SELF_APPROVAL } = this.config.env;
    return {
      ...toWireApproval(record),
      ...(record.subjectType === 'agent_permission' && { permission: this.permissionOf(record) }),
      you: decisionRight(principal, record, SELF_APPROVAL),
      reviewUrl: reviewUrl(PUBLIC_URL, record.id, record.hash),
    };
  }

  mayDecide(principal: Principal, record: ApprovalRecord): boolean {
    return decisionRight(principal, record, this.config.env.SELF_APPROVAL).mayDecide;
  }

  private permissionOf({ content, risks, question = null, subjectType }: ApprovalRecord): Permission | null {
    if (!content) return null;
    const { agent, agentVersion, tool, input, cwd, session } = readPermission(content);
    const { flags, truncated } = characterFlags({ v: 2, summary: this.views.text(subjectType, content) });
    const shown = { agent, agentVersion, tool, input: { ...input }, cwd, session };
    return { ...shown, flags, flagsTruncated: truncated, editable: isEditable({ agent }, risks), question };
  }
}
