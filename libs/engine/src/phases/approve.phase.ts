import { Injectable } from '@nestjs/common';
import { frame } from '@assent/contract';
import { approvalRequest, insertApproval, recordAudit } from '@assent/approvals';
import { Config, newId } from '@assent/platform';
import { transition } from '../run.machine';
import { databaseTime, type PhaseResult, type RunPhase, type Work } from '../work';

/** Asks for assent, unless the policy has given it. */
@Injectable()
export class ApprovePhase implements RunPhase {
  constructor(private readonly config: Config) {}

  run(work: Work): Promise<PhaseResult> {
    const { diff, call, run } = work;
    if (!diff || !call) throw new Error(`run ${run.id} is to ask for a diff that was never drafted`);
    const { step } = run;
    const approvalId = newId();
    const requestId = `req_${newId()}`;
    const expiresAt = new Date(databaseTime(work) + this.config.env.APPROVAL_TTL_SECONDS * 1_000).toISOString();
    const { id: diffId, hash, tool, workspace, files } = diff;
    const row = { id: approvalId, step, diffId, requestId, hash, tool, workspace, rule: call.rule, expiresAt };
    if (diff.state === 'approved') {
      const actor = `policy:${call.rule}`;
      return Promise.resolve({
        frames: [frame('approval.decided', step, { approvalId, decision: 'approve', actor, hash, comment: null })],
        writes: [
          insertApproval({ ...row, state: 'approved' }),
          recordAudit({
            action: 'approval.auto',
            actor,
            subjectType: 'approval',
            subjectId: approvalId,
            hash,
            detail: { diffId, rule: call.rule },
          }),
        ],
        next: transition(step, { kind: 'assented' }),
        settle: true,
      });
    }
    const request = approvalRequest({ requestId, approvalId, diffId, hash, tool, expiresAt, files });
    return Promise.resolve({
      frames: [
        frame('approval.requested', step, { approvalId, diffId, requestId, hash, rule: call.rule, expiresAt }),
        frame('request', step, request),
        frame('run.waiting', step, { for: 'approval', requestId }),
      ],
      writes: [insertApproval({ ...row, state: 'pending' })],
      next: transition(step, { kind: 'asked' }),
      settle: true,
    });
  }
}
