import { Injectable } from '@nestjs/common';
import { AssentError, type JsonObject, type Principal } from '@assent/contract';
import { recordAudit } from '@assent/audit';
import { peopleBehind } from '@assent/identity';
import { canonicalJson, sql } from '@assent/platform';
import type { ApprovalChange } from '../approval.commit';
import { requirementsOf, type ApprovalRecord } from '../approval.record';
import { ApprovalRepository } from '../approval.repository';
import { combined, quorumOf } from '../requirements';
import type { RevisionEdit } from '../revision.drafter';
import { SubjectApprovals } from '../subjects/subject.approvals';
import { isEditable, permissionBytes, readPermission } from './permission.content';
import { PermissionPolicy } from './permission.policy';

/** Replaces the input of a coding agent's question before it is decided. */
@Injectable()
export class PermissionRevisions {
  constructor(
    private readonly approvals: ApprovalRepository,
    private readonly subjects: SubjectApprovals,
    private readonly policy: PermissionPolicy,
  ) {}

  /** @throws AssentError not_editable, invalid (not exactly `args`, or a secret in it), forbidden, conflict (no change) */
  async create(
    approval: ApprovalRecord,
    { args, ...others }: RevisionEdit,
    author: Principal,
    comment: string | null,
  ): Promise<ApprovalChange> {
    const { tenantId, id } = approval;
    const content = await this.approvals.content(tenantId, id);
    const before = content && readPermission(content);
    if (!before || !isEditable(before, approval.risks)) throw notEditable(approval, before?.agent);
    if (args === undefined || Object.keys(others).length > 0) {
      throw new AssentError('invalid', 'A question of an agent is revised by a new input. Send only args.', {
        pointer: '/args',
      });
    }
    const input = args as JsonObject;
    if (canonicalJson(this.policy.redacted(input)) !== canonicalJson(input)) {
      const problem =
        'The input seems to contain a secret, and secrets are not stored. Leave it out, or reject with a comment.';
      throw new AssentError('invalid', problem, { pointer: '/args' });
    }
    const after = { ...before, input };
    const rule = await this.policy.deniedBy(tenantId, after);
    if (rule !== null) {
      throw new AssentError('forbidden', `The tool policy denies this input (rule ${rule}). Send another one.`, {
        rule,
      });
    }
    const title = this.policy.title(after);
    const bytes = permissionBytes(after);
    const { paths, areUnreadable: arePathsUnreadable } = this.policy.paths(after);
    const asked = { tenantId, kind: 'agent_permission', subjectId: approval.subjectId ?? id, title } as const;
    const { hash, terms, risks } = await this.subjects.evaluate({
      ...asked,
      content: bytes,
      requester: approval.requester,
      tool: approval.tool,
      args: input,
      paths,
      arePathsUnreadable,
      risks: approval.risks.filter((risk) => risk !== 'hidden'),
    });
    if (hash === approval.hash) {
      throw new AssentError('conflict', `That is already the content of approval ${id}: nothing was changed.`);
    }
    const requirements = combined(requirementsOf(approval), terms, approval.agendaDone);
    const next = requirements.agenda[approval.agendaDone]?.afterSeconds ?? null;
    const revision = approval.revision + 1;
    return {
      set: sql`hash = ${hash}, content = ${bytes}::bytea, title = ${title}, revision = ${revision}, author = ${author.subject},
        authors = ${peopleBehind(author)}::text[], terms = ${JSON.stringify(requirements)}::json, quorum = ${quorumOf(requirements)},
        risks = ${risks}::text[], votes = 0, next_due_at = approvals.created_at + make_interval(secs => ${next})`,
      time: 'before_expiry',
      writes: [
        recordAudit({
          action: 'approval.revise',
          actor: author.subject,
          subjectType: 'approval',
          subjectId: id,
          hash,
          detail: { revision, origin: 'args', from: approval.hash, comment },
        }),
      ],
      frames: [],
      resume: null,
    };
  }
}

function notEditable({ id, risks }: ApprovalRecord, agent = 'the agent'): AssentError {
  const why = risks.includes('redacted') ? 'secrets of its input are not stored' : `${agent} takes no other input`;
  return new AssentError(
    'not_editable',
    `Approval ${id} cannot be changed: ${why}. Reject it with a comment that says what to run instead.`,
  );
}
