import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AssentError, type Approval, type JsonObject, type Principal, type Risk } from '@assent/contract';
import { recordAudit } from '@assent/audit';
import { peopleBehind } from '@assent/identity';
import { Config, canonicalJson, contentHashOf, sql } from '@assent/platform';
import { RunNotifier } from '@assent/runs';
import { ApprovalCommits } from '../approval.commit';
import type { ApprovalRecord } from '../approval.record';
import { ApprovalRepository } from '../approval.repository';
import { ApprovalWire } from '../approval.wire';
import { InstallationKeys } from '../installation.keys';
import { approvalNotFound, checkQuestion } from '../decision.check';
import { SubjectApprovals } from '../subjects/subject.approvals';
import { subjectEvent } from '../subjects/subject.event';
import { permissionBytes, readPermission, type PermissionContent } from './permission.content';
import { PermissionPolicy } from './permission.policy';
import {
  PermissionRepository,
  insertPermission,
  updateQuestion,
  type AskedPermission,
  type ReviewerQuestion,
} from './permission.repository';

export type { AskedPermission } from './permission.repository';

const KIND = 'agent_permission';
const KEY_NAME = 'input_mac';
const MAX_ATTEMPTS = 20;

/** A coding agent's question, before its secrets are redacted. */
export interface NewPermission {
  readonly principal: Principal;
  readonly content: PermissionContent;
  /** The agent's id of this call; null: it has none. */
  readonly toolUseId: string | null;
  /** Shown to people; unredacted here. */
  readonly reason: string | null;
  readonly tool: string;
  readonly risks: readonly Risk[];
  /** The rule that requires a person. */
  readonly rule: string;
}

/** A question that a rule has decided. */
export interface RuledPermission {
  readonly content: PermissionContent;
  readonly tool: string;
  readonly decision: 'allow' | 'deny';
  readonly rule: string;
}

/** The approvals of coding agents' questions: each question has one, however often it is repeated. */
@Injectable()
export class AgentPermissions {
  constructor(
    private readonly permissions: PermissionRepository,
    private readonly subjects: SubjectApprovals,
    private readonly approvals: ApprovalRepository,
    private readonly commits: ApprovalCommits,
    private readonly policy: PermissionPolicy,
    private readonly wire: ApprovalWire,
    private readonly config: Config,
    private readonly keys: InstallationKeys,
    private readonly notifier: RunNotifier,
  ) {}

  /** The approval that answers a question, created when it is first asked. */
  async ask(asked: NewPermission): Promise<AskedPermission> {
    const { principal, content, toolUseId } = asked;
    const { tenantId, subject } = principal;
    // Another person's key of the same name gets its own approval, because its issuers may not decide.
    const inputMac = await this.macOf({ subject, people: peopleBehind(principal), ...content });
    const subjectId = toolUseId === null ? inputMac : await this.macOf({ inputMac, toolUseId });
    const question = { tenantId, inputMac, subjectId };
    for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts += 1) {
      const found = await this.permissions.find(question);
      if (found) return found;
      const approvalId = await this.create(asked, question);
      if (approvalId !== null)
        return { approvalId, state: 'pending', isServing: false, questions: 0, questionsSeen: 0 };
    }
    throw new AssentError('in_flight', `The question about ${asked.tool} is being asked by another call. Try again.`);
  }

  /** Records that a rule has decided a question. */
  async recordRule(principal: Principal, { content, tool, decision, rule }: RuledPermission): Promise<void> {
    const shown = this.redacted(content);
    await this.permissions.recordAudit(principal.tenantId, {
      action: `permission.${decision}`,
      actor: principal.subject,
      subjectType: 'permission',
      subjectId: tool,
      hash: contentHashOf(permissionBytes(shown)),
      detail: { rule, title: this.policy.title(shown), session: shown.session },
    });
  }

  /**
   * An approval and its content. @returns content null: it has another subject, or was erased
   * @throws AssentError not_found
   */
  async decided(
    tenantId: string,
    approvalId: string,
  ): Promise<{ readonly approval: ApprovalRecord; readonly content: PermissionContent | null }> {
    const approval = await this.approvals.find(tenantId, approvalId);
    if (!approval) throw approvalNotFound(approvalId);
    const content = approval.subjectType === KIND ? await this.approvals.content(tenantId, approvalId) : null;
    return { approval, content: content && readPermission(content) };
  }

  /** Begins an allowing answer. @returns when; null: the approval has been used by another answer */
  claim(tenantId: string, approvalId: string): Promise<Date | null> {
    return this.permissions.claim(tenantId, approvalId);
  }

  /** Uses the approval up, before the answer is written. @returns false: another answer was begun since `claimedAt` */
  use(tenantId: string, approvalId: string, claimedAt: Date): Promise<boolean> {
    return this.permissions.use(tenantId, approvalId, claimedAt);
  }

  /** @param isWhole whether the answer that was begun at `claimedAt` was written completely */
  async served(tenantId: string, approvalId: string, claimedAt: Date, isWhole: boolean): Promise<void> {
    await this.permissions.served(tenantId, approvalId, claimedAt, isWhole);
    this.notifier.notifyApproval(approvalId);
  }

  /** The reviewer's question that the agent is given now. */
  openQuestion(tenantId: string, approvalId: string): Promise<ReviewerQuestion | null> {
    return this.permissions.seen(tenantId, approvalId);
  }

  /**
   * Asks the agent a question. The approval stays pending, and the agent may ask again.
   * @throws AssentError not_found, forbidden, gone, conflict
   */
  async question(principal: Principal, approvalId: string, text: string): Promise<Approval> {
    const { tenantId, subject: actor } = principal;
    for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts += 1) {
      const approval = await this.approvals.find(tenantId, approvalId);
      if (!approval) throw approvalNotFound(approvalId);
      checkQuestion(principal, approval, this.config.env.SELF_APPROVAL);
      const changed = await this.commits.commit(approval, {
        set: sql`votes = approvals.votes`,
        time: 'before_expiry',
        writes: [
          updateQuestion(approvalId, { text, actor }),
          recordAudit({
            action: 'approval.question',
            actor,
            subjectType: 'approval',
            subjectId: approvalId,
            hash: approval.hash,
            detail: { question: text },
          }),
        ],
        frames: [],
        resume: null,
        event: subjectEvent('approval.questioned', approval, { actor, ...this.policy.redacted({ question: text }) }),
      });
      if (changed)
        return this.wire.of(principal, { ...approval, question: { text, actor, at: changed.at.toISOString() } });
    }
    throw new AssentError('in_flight', `Approval ${approvalId} is being changed by others: try again.`);
  }

  private create(
    { principal, content, reason, tool, risks, rule }: NewPermission,
    { tenantId, inputMac, subjectId }: { tenantId: string; inputMac: string; subjectId: string },
  ): Promise<string | null> {
    const { reason: why, ...shown } = this.redacted({ ...content, reason });
    const { paths, areUnreadable: arePathsUnreadable } = this.policy.paths(content);
    const isRedacted = canonicalJson({ ...shown, reason: why }) !== canonicalJson({ ...content, reason });
    return this.subjects.create({
      tenantId,
      kind: KIND,
      subjectId,
      title: this.policy.title(shown, why),
      content: permissionBytes(shown),
      requester: principal.subject,
      issuers: peopleBehind(principal),
      tool,
      args: shown.input,
      paths,
      arePathsUnreadable,
      risks: [...risks, ...(isRedacted ? (['redacted'] as const) : [])],
      rule,
      more: (asked) => insertPermission({ tenantId, inputMac }, asked),
    });
  }

  private redacted<Content extends PermissionContent>({ agent, tool, ...texts }: Content): Content {
    return { agent, tool, ...this.policy.redacted({ ...texts } as JsonObject) } as unknown as Content;
  }

  private async macOf(value: object): Promise<string> {
    const key = await this.keys.get(KEY_NAME);
    return `hmac-sha256:${createHmac('sha256', key).update(canonicalJson(value)).digest('hex')}`;
  }
}
