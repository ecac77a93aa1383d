import { Injectable } from '@nestjs/common';
import { AssentError, type MemoryPlan } from '@assent/contract';
import {
  SubjectApprovals,
  type ApprovalSubject,
  type ApprovedSubject,
  type ResolvedSubject,
  type SubjectKind,
  type SubjectView,
} from '@assent/approvals';
import { PlanService } from '@assent/memory';
import type { RunPart } from '@assent/platform';
import type { People } from '@assent/identity';
import { ClientOutputs } from '@assent/tools';
import { visible } from './visible-text';

const SYSTEM = 'system:approvals';

/** The subject of the decision: a plan, bound by the hash of its operations. */
interface Content {
  readonly planId: string;
  readonly planHash: string;
  readonly baseVersion: number;
  readonly ops: readonly unknown[];
}

const KIND = 'memory_plan' satisfies SubjectKind;

/** Requests approval for plans that change memory. */
@Injectable()
export class MemoryPlanRequests {
  constructor(private readonly approvals: SubjectApprovals) {}

  /** Idempotent. @param people behind the credential that requests it */
  async request(
    tenantId: string,
    { planId, hash, baseVersion, ops, author }: MemoryPlan,
    people: People,
  ): Promise<void> {
    const content: Content = { planId, planHash: hash, baseVersion, ops };
    await this.approvals.request({
      tenantId,
      kind: KIND,
      subjectId: planId,
      requester: author,
      issuers: people,
      title: `A memory plan with ${ops.length} ${ops.length === 1 ? 'operation' : 'operations'}`,
      content: Buffer.from(JSON.stringify(content)),
    });
  }

  /** Withdraws the request for a plan whose text is being erased. */
  async withdraw(tenantId: string, planId: string, actor: string): Promise<void> {
    await this.approvals.withdraw(tenantId, KIND, planId, { reason: 'its text was erased', actor });
  }
}

/** Shows plans that change memory to reviewers. */
@Injectable()
export class MemoryPlanView implements SubjectView {
  readonly kind = KIND;

  constructor(private readonly outputs: ClientOutputs) {}

  render(content: Buffer): string {
    const { planId, baseVersion, ops } = read(content);
    // A negative base means the memory as it is when the plan is applied.
    const base = baseVersion < 0 ? 'the newest version' : `version ${baseVersion}`;
    return visible(`Memory plan ${planId} on ${base}\n${JSON.stringify(ops, null, 2)}\n`);
  }

  redacted(text: string): string {
    return this.outputs.text(text);
  }
}

/** Applies plans that change memory once they are approved. */
@Injectable()
export class MemoryPlanSubject implements ApprovalSubject {
  readonly kind = KIND;

  constructor(private readonly plans: PlanService) {}

  async onApproved({ tenantId, actor, content }: ApprovedSubject): Promise<readonly RunPart[]> {
    const { planId, planHash } = read(content);
    try {
      await this.plans.applyApproved({ tenantId, subject: actor ?? SYSTEM, origin: 'plan' }, planId, planHash);
    } catch (thrown) {
      // Memory has changed since, or the subject was forgotten. Memory reports it, and a retry would change nothing.
      if (!(thrown instanceof AssentError) || thrown.retryable) throw thrown;
    }
    return [];
  }

  async onRefused({ tenantId, actor, subjectId }: ResolvedSubject): Promise<readonly RunPart[]> {
    await this.plans.refuse({ tenantId, subject: actor ?? SYSTEM, origin: 'plan' }, subjectId);
    return [];
  }
}

function read(content: Buffer): Content {
  return JSON.parse(content.toString('utf8')) as Content;
}
