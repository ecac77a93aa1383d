import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AssentError, type MemoryPlan } from '@assent/contract';
import { SubjectApprovals, SubjectRegistry, type ApprovalSubject, type SettledSubject } from '@assent/approvals';
import { PlanService } from '@assent/memory';
import type { Cte } from '@assent/platform';
import { visible } from './visible-text';

const SYSTEM = 'system:approvals';

/** What is decided on: a plan, bound by the hash of its operations. */
interface Content {
  readonly planId: string;
  readonly planHash: string;
  readonly baseVersion: number;
  readonly ops: readonly unknown[];
}

/** Plans that change memory, in the inbox of the reviewers. */
@Injectable()
export class MemoryPlanSubject implements ApprovalSubject, OnModuleInit {
  readonly kind = 'memory_plan';

  constructor(
    private readonly registry: SubjectRegistry,
    private readonly approvals: SubjectApprovals,
    private readonly plans: PlanService,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  /** Again is the same approval. */
  async ask(tenantId: string, { planId, hash, baseVersion, ops, author }: MemoryPlan): Promise<void> {
    const content: Content = { planId, planHash: hash, baseVersion, ops };
    await this.approvals.request({
      ...{ tenantId, kind: this.kind, subjectId: planId, requester: author },
      title: `A memory plan with ${ops.length} ${ops.length === 1 ? 'operation' : 'operations'}`,
      content: Buffer.from(JSON.stringify(content)),
    });
  }

  render(content: Buffer): string {
    const { planId, baseVersion, ops } = read(content);
    return visible(`Memory plan ${planId} on version ${baseVersion}\n${JSON.stringify(ops, null, 2)}\n`);
  }

  async onApproved({ tenantId, actor, content }: SettledSubject): Promise<readonly Cte[]> {
    const { planId, planHash } = read(content);
    try {
      await this.plans.applyApproved({ tenantId, subject: actor ?? SYSTEM, origin: 'plan' }, planId, planHash);
    } catch (thrown) {
      // Memory has moved on or somebody has forgotten what it is about: memory says so itself, and trying again changes nothing.
      if (!(thrown instanceof AssentError) || thrown.retryable) throw thrown;
    }
    return [];
  }

  async onRefused({ tenantId, actor, content }: SettledSubject): Promise<readonly Cte[]> {
    await this.plans.refuse({ tenantId, subject: actor ?? SYSTEM, origin: 'plan' }, read(content).planId);
    return [];
  }
}

function read(content: Buffer): Content {
  return JSON.parse(content.toString('utf8')) as Content;
}
