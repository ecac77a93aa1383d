import type { SubjectType } from '@assent/contract';
import type { RunPart } from '@assent/platform';

/** The possible subjects of an approval other than a diff. */
export type SubjectKind = Exclude<SubjectType, 'diff'>;

/** An approval of a subject that is no longer pending. */
export interface ResolvedSubject {
  readonly approvalId: string;
  readonly tenantId: string;
  readonly subjectId: string;
  readonly hash: string;
  /** The decider; null: it expired or was withdrawn. */
  readonly actor: string | null;
}

export interface ApprovedSubject extends ResolvedSubject {
  /** The exact bytes that the decision is bound to. */
  readonly content: Buffer;
}

/** How a kind of subject is shown. */
export interface SubjectView {
  readonly kind: SubjectKind;
  /** The text for reviewers; MUST be made from these bytes alone, and MUST show everything that is decided. */
  render(content: Buffer): string;
  /** The text with secrets redacted; MUST be called for every text that leaves the server. */
  redacted(text: string): string;
}

/**
 * Carries out decisions about one kind of subject. The store keeps the bytes of the subject and their hash.
 * `onApproved` and `onRefused` run after the decision has committed, and any replica repeats them after a crash.
 * ⏎ Implementations MUST tolerate a second call for the same `approvalId`: effects of their own MUST be idempotent.
 * Writes that they return commit together with the completion mark, and so happen exactly once. Thrown errors are
 * logged and retried.
 */
export interface ApprovalSubject {
  readonly kind: SubjectKind;
  /** Carries out exactly `content`. Not called if the content was erased in the meantime. */
  onApproved(subject: ApprovedSubject): Promise<readonly RunPart[]>;
  onRefused(subject: ResolvedSubject, why: 'rejected' | 'expired' | 'voided'): Promise<readonly RunPart[]>;
}

/** Token of the list of `SubjectView`. Bound by the engine. */
export const SUBJECT_VIEWS = Symbol('SUBJECT_VIEWS');

/** Token of the list of `ApprovalSubject`. Bound by the engine. */
export const APPROVAL_SUBJECTS = Symbol('APPROVAL_SUBJECTS');

/** @throws Error when two have the same kind */
export function byKind<T extends { readonly kind: SubjectKind }>(items: readonly T[]): ReadonlyMap<string, T> {
  const kinds = new Map(items.map((item) => [item.kind as string, item]));
  if (kinds.size < items.length) throw new Error('two subjects have the same kind');
  return kinds;
}
