import { Injectable } from '@nestjs/common';
import { frame, type NewFrame } from '@assent/contract';
import {
  RevisionMaker,
  approvalRequest,
  insertApproval,
  insertDiff,
  recordAudit,
  type DiffRecord,
} from '@assent/approvals';
import { Config, FeatureFlags, newId, type Cte } from '@assent/platform';
import type { ToolCallRecord } from '@assent/tools';
import { isTainted } from '../acting/step.caller';
import { RunFacts } from '../planning/run.facts';
import { transition } from '../run.machine';
import { databaseTime, type PhaseResult, type StepDiff, type Work } from '../work';

/** Rules of a start or a tenant that want a person where the server would not. */
const WANTS_PERSON = /^(start|tenant)\./;
const MS_PER_SECOND = 1_000;

/** A diff that is to be stored and asked for. */
export type AskedDiff = StepDiff & Partial<Pick<DiffRecord, 'revision' | 'origin' | 'supersedes' | 'args'>>;

/** Stores a diff and asks for assent to it, unless a policy has given it. */
@Injectable()
export class ApprovalAsker {
  constructor(
    private readonly maker: RevisionMaker,
    private readonly facts: RunFacts,
    private readonly flags: FeatureFlags,
    private readonly config: Config,
  ) {}

  /** @param mayGive false: a person decides in any case */
  async ask(work: Work, diff: AskedDiff, call: ToolCallRecord, mayGive = true): Promise<PhaseResult> {
    const { step, tenantId } = work.run;
    const { id: diffId, hash, tool, workspace, files } = diff;
    const params = await this.facts.params(work);
    const { auto, terms, risks, ttlSeconds } = await this.maker.assent(tenantId, {
      ...{ tool, workspace, content: diff.content, files, args: call.args },
      tainted: isTainted(params, call),
      personWanted: !mayGive || WANTS_PERSON.test(call.rule) || !(await this.flags.enabled(tenantId, 'auto_approval')),
    });
    const seconds = ttlSeconds ?? this.config.env.APPROVAL_TTL_SECONDS;
    const expiresAt = new Date(databaseTime(work) + seconds * MS_PER_SECOND).toISOString();
    const approvalId = newId();
    const requestId = `req_${newId()}`;
    const revision = diff.revision ?? 1;
    const rule = diff.state === 'approved' ? call.rule : (auto?.rule ?? call.rule);
    const row = {
      id: approvalId,
      step,
      diffId,
      revision,
      requestId,
      hash,
      tool,
      workspace,
      rule,
      risks,
      terms,
      expiresAt,
    };
    if (diff.state === 'approved' || auto) {
      const given = { approvalId, rule, version: auto?.version ?? null };
      return {
        ...this.given(step, diff, given),
        writes: [
          insertDiff({ ...diff, step, state: 'approved' }),
          insertApproval({ ...row, state: 'approved', terms: { ...terms, clauses: [] } }),
          audited(diff, given),
        ],
      };
    }
    const request = approvalRequest({ requestId, approvalId, diffId, hash, tool, expiresAt, files });
    return {
      frames: [
        frame('approval.requested', step, { approvalId, diffId, requestId, hash, rule: call.rule, expiresAt }),
        frame('request', step, request),
        frame('run.waiting', step, { for: 'approval', requestId }),
      ],
      writes: [insertDiff({ ...diff, step }), insertApproval({ ...row, state: 'pending' })],
      next: transition(step, { kind: 'asked' }),
      settle: true,
    };
  }

  private given(step: number, { hash }: AskedDiff, { approvalId, rule }: Given): Omit<PhaseResult, 'writes'> {
    const actor = `policy:${rule}`;
    const frames: NewFrame[] = [
      frame('approval.decided', step, { approvalId, decision: 'approve', actor, hash, comment: null }),
    ];
    return { frames, next: transition(step, { kind: 'assented' }), settle: true };
  }
}

interface Given {
  readonly approvalId: string;
  readonly rule: string;
  readonly version: string | null;
}

function audited({ id: diffId, hash }: AskedDiff, { approvalId, rule, version }: Given): Cte {
  return recordAudit({
    ...{ action: 'approval.auto', actor: `policy:${rule}`, subjectType: 'approval', subjectId: approvalId, hash },
    detail: { diffId, rule, version },
  });
}
