import type { SubjectType } from '@assent/contract';
import type { Cte } from '@assent/platform';

/** What an approval can be about beside a diff. */
export type SubjectKind = Exclude<SubjectType, 'diff'>;

/** An approval about a subject that has been settled. */
export interface SettledSubject {
  readonly approvalId: string;
  readonly tenantId: string;
  readonly subjectId: string;
  /** The exact bytes that were decided on. */
  readonly content: Buffer;
  readonly hash: string;
  /** Who decided; null: nobody, its time was up or it was withdrawn. */
  readonly actor: string | null;
}

/**
 * A kind of subject. The store keeps its bytes and their hash; what was decided is carried out by `onApproved` and `onRefused`, after
 * the decision has committed, and resumed by any replica after a crash.
 *
 * Implementations MUST bear being called again for the same `approvalId`: what they do by themselves MUST then do nothing new.
 * Writes that they return instead commit together with the mark that it is done, and so happen exactly once; each MUST select from
 * `held` ("tenantId", "updatedAt"). What they throw is logged and tried again.
 */
export interface ApprovalSubject {
  readonly kind: SubjectKind;
  /** What a reviewer reads; MUST be made from these bytes alone, and MUST show all that is decided on. */
  render(content: Buffer): string;
  /** Does exactly what `content` says. */
  onApproved(subject: SettledSubject): Promise<readonly Cte[]>;
  onRefused(subject: SettledSubject, why: 'rejected' | 'expired' | 'voided'): Promise<readonly Cte[]>;
}
