import { Inject, Injectable } from '@nestjs/common';
import { LOG, Sweeper, type RunPart, type Log } from '@assent/platform';
import type { AuditEntry } from '@assent/audit';
import { InboxHints } from '../inbox.hints';
import { APPROVAL_SUBJECTS, byKind, type ApprovalSubject } from './approval.subject';
import { SubjectRepository, type Claimed } from './subject.repository';

const EVERY_MS = 2_000;
/** Batch size. A batch is claimed at once and carried out sequentially. */
const BATCH = 10;
/** Time limit for carrying out a decision; after it another replica may retry. */
const CLAIM_SECONDS = 60;
const ACTOR = 'system:dispatch';

/**
 * Carries out decisions about subjects other than diffs: once after the decision, and again by any replica after a
 * crash.
 */
@Injectable()
export class SubjectDispatcher {
  private readonly kinds: ReadonlyMap<string, ApprovalSubject>;

  constructor(
    private readonly subjects: SubjectRepository,
    @Inject(APPROVAL_SUBJECTS) subjectKinds: readonly ApprovalSubject[],
    hints: InboxHints,
    sweeper: Sweeper,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.kinds = byKind(subjectKinds);
    const sweep = sweeper.items({
      name: 'subjects',
      everyMs: EVERY_MS,
      batch: BATCH,
      // The claim also keeps a failing decision away for that long.
      firstPauseMs: CLAIM_SECONDS * 1_000,
      find: (limit, except) => subjects.claim([...this.kinds.keys()], CLAIM_SECONDS, limit, except),
      keyOf: ({ approvalId }) => approvalId,
      handle: (claimed) => this.carryOut(claimed),
    });
    hints.onResolved(() => {
      sweep.wake();
    });
  }

  private async carryOut(claimed: Claimed): Promise<boolean> {
    const { approvalId, kind, state, subjectId, hash, content } = claimed;
    const subject = this.kinds.get(kind);
    if (!subject) return false;
    const writes = await outcomeWrites(subject, claimed);
    const entry: AuditEntry = {
      action: 'approval.dispatch',
      actor: ACTOR,
      subjectType: 'approval',
      subjectId: approvalId,
      hash,
      detail: { kind, subjectId, state, ...(content === null && { erased: true }) },
    };
    if (await this.subjects.finish(claimed, writes, entry)) return true;
    this.log.warn(
      { approvalId, kind },
      'could not carry out a decision within its claim; the replica with the new claim reports it',
    );
    return false;
  }
}

function outcomeWrites(subject: ApprovalSubject, claimed: Claimed): Promise<readonly RunPart[]> {
  const { state, content } = claimed;
  if (state !== 'approved') return subject.onRefused(claimed, state === 'cancelled' ? 'voided' : state);
  return content === null ? Promise.resolve([]) : subject.onApproved({ ...claimed, content });
}
