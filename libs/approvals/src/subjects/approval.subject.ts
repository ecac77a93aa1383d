import type { SubjectType } from '@assent/contract';
import type { RunPart } from '@assent/platform';

/** What an approval can be about beside a diff. */
export type SubjectKind = Exclude<SubjectType, 'diff'>;

/** An approval of a subject that is no longer pending. */
export interface ResolvedSubject {
  readonly approvalId: string;
  readonly tenantId: string;
  readonly subjectId: string;
  readonly hash: string;
  /** Who decided; null: it expired or was withdrawn. */
  readonly actor: string | null;
}

/** One that was approved. */
export interface ApprovedSubject extends ResolvedSubject {
  /** The exact bytes that were decided on. */
  readonly content: Buffer;
}

/** How a kind of subject is shown. */
export interface SubjectView {
  readonly kind: SubjectKind;
  /** What a reviewer reads; MUST be made from these bytes alone, and MUST show all that is decided on. */
  render(content: Buffer): string;
  /** A text without the secrets in it; MUST be called for everything that leaves the server. */
  redacted(text: string): string;
}

/**
 * Carries out decisions about a kind of subject. The store keeps the bytes of the subject and their hash. `onApproved` and
 * `onRefused` run after the decision has committed, and any replica runs them again after a crash.
 *
 * Implementations MUST tolerate a second call for the same `approvalId`: what they do by themselves MUST then do nothing new.
 * Writes that they return instead commit together with the mark that it is done, and so happen exactly once.
 * What they throw is logged and retried.
 */
export interface ApprovalSubject {
  readonly kind: SubjectKind;
  /** Does exactly what `content` says. Not called where the content was erased meanwhile: nothing is left to do. */
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
