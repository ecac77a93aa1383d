import type { WebhookEvent } from '@assent/contract';
import type { ApprovalRecord } from '../approval.record';

/** Webhook event of an approval without a run, which has no frames. */
export interface SubjectEvent {
  readonly type: Extract<WebhookEvent, `approval.${string}`>;
  readonly data: Readonly<Record<string, unknown>>;
}

type About = Pick<ApprovalRecord, 'id' | 'requestId' | 'subjectType' | 'subjectId' | 'hash'>;

/** @param more the further fields of the frame of this type */
export function subjectEvent(
  type: SubjectEvent['type'],
  { id: approvalId, requestId, subjectType, subjectId, hash }: About,
  more: Readonly<Record<string, unknown>> = {},
): SubjectEvent {
  const subject = { type: subjectType, id: subjectId };
  return { type, data: { runId: null, approvalId, requestId, subject, hash, ...more } };
}
