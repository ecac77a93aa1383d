import { Injectable } from '@nestjs/common';
import type { Approval, Principal } from '@assent/contract';
import { Config } from '@assent/platform';
import { toWireApproval, type ApprovalRecord } from './approval.record';
import { decisionRight } from './decision.check';
import { reviewUrl } from './review.link';

/** Approvals as a caller of this server sees them. */
@Injectable()
export class ApprovalWire {
  constructor(private readonly config: Config) {}

  of(principal: Principal, record: ApprovalRecord): Approval {
    const { PUBLIC_URL, SELF_APPROVAL } = this.config.env;
    return {
      ...toWireApproval(record),
      you: decisionRight(principal, record, SELF_APPROVAL),
      reviewUrl: reviewUrl(PUBLIC_URL, record.id, record.hash),
    };
  }

  mayDecide(principal: Principal, record: ApprovalRecord): boolean {
    return decisionRight(principal, record, this.config.env.SELF_APPROVAL).mayDecide;
  }
}
