import { Injectable } from '@nestjs/common';
import { frame } from '@assent/contract';
import {
  RevisionService,
  approvalRequest,
  insertApproval,
  insertDiff,
  patchOf,
  requestedData,
  reviewUrl,
  type DiffRecord,
} from '@assent/approvals';
import { recordAudit } from '@assent/audit';
import { Config, newId } from '@assent/platform';
import { FeatureFlags } from '@assent/identity';
import { ClientOutputs } from '@assent/tools';
import type { PhaseResult, RunPhase } from '../step/phase';
import type { StepCall, StepContext, StepDiff } from '../step/step.context';

/** Rules of a start or a tenant that require a person where the rules of the server do not. */
const REQUIRES_PERSON = /^(start|tenant)\./;
const MS_PER_SECOND = 1_000;

/** A diff to store with a request for approval. */
type RequestedDiff = StepDiff & Partial<Pick<DiffRecord, 'revision' | 'origin' | 'supersedes' | 'args'>>;

/** Stores the diff and requests approval, unless a policy approves it. */
@Injectable()
export class ApprovePhase implements RunPhase {
  constructor(
    private readonly revisions: RevisionService,
    private readonly flags: FeatureFlags,
    private readonly config: Config,
    private readonly outputs: ClientOutputs,
  ) {}

  run(context: StepContext): Promise<PhaseResult> {
    const { diff, call } = context.carry;
    if (!diff || !call)
      throw new Error(`run ${context.run.id} is to request approval of a diff that was never drafted`);
    return this.request(context, diff, call);
  }

  /** @param policyMayApprove false: a person must decide */
  async request(
    context: StepContext,
    diff: RequestedDiff,
    call: StepCall,
    policyMayApprove = true,
  ): Promise<PhaseResult> {
    const { step, tenantId, requester } = context.run;
    const { id: diffId, hash, tool, workspace, files, content } = diff;
    const {
      auto,
      requirements: terms,
      risks,
      ttlSeconds,
    } = await this.revisions.evaluate(tenantId, {
      tool,
      workspace,
      content,
      files,
      args: call.args,
      tainted: await context.isTainted(call),
      personRequired: !policyMayApprove || (await this.requiresPerson(tenantId, call)),
    });
    const expiresInMs = (ttlSeconds ?? this.config.env.APPROVAL_TTL_SECONDS) * MS_PER_SECOND;
    const expiresAt = new Date(context.now() + expiresInMs).toISOString();
    const approvalId = newId();
    const requestId = `req_${newId()}`;
    const revision = diff.revision ?? 1;
    const rationale = (await context.tree())?.rationale ?? null;
    const row = {
      id: approvalId,
      step,
      diffId,
      revision,
      requestId,
      hash,
      tool,
      workspace,
      risks,
      rationale,
      terms,
      expiresAt,
    };
    if (diff.state === 'approved' || auto) {
      const rule = diff.state === 'approved' ? call.rule : (auto?.rule ?? call.rule);
      const actor = `policy:${rule}`;
      const approved = { ...diff, state: 'approved' as const };
      return {
        frames: [
          frame('approval.decided', step, { approvalId, decision: 'approve', actor, hash, comment: null, via: null }),
        ],
        writes: [
          insertDiff({ ...approved, step }),
          insertApproval({ ...row, rule, state: 'approved', terms: { ...terms, clauses: [] } }),
          recordAudit({
            action: 'approval.auto',
            actor,
            subjectType: 'approval',
            subjectId: approvalId,
            hash,
            detail: { diffId, rule, version: auto?.version ?? null },
          }),
        ],
        next: { kind: 'approved' },
        carry: { diff: approved },
      };
    }
    const { goal } = await context.params();
    const { rule } = call;
    const webhook = requestedData(
      {
        title: null,
        text: patchOf(content),
        goal,
        files,
        tool,
        workspace,
        requester,
        risks,
        terms,
        rationale,
        reviewUrl: reviewUrl(this.config.env.PUBLIC_URL, approvalId, hash),
      },
      (text) => this.outputs.text(text),
    );
    return {
      frames: [
        { ...frame('approval.requested', step, { approvalId, diffId, requestId, hash, rule, expiresAt }), webhook },
        frame('request', step, approvalRequest({ requestId, approvalId, diffId, hash, tool, expiresAt, files })),
        frame('run.waiting', step, { for: 'approval', requestId }),
      ],
      writes: [insertDiff({ ...diff, step }), insertApproval({ ...row, rule, state: 'pending' })],
      next: { kind: 'asked' },
      carry: {},
    };
  }

  private async requiresPerson(tenantId: string, { rule }: StepCall): Promise<boolean> {
    return REQUIRES_PERSON.test(rule) || !(await this.flags.enabled(tenantId, 'auto_approval'));
  }
}
