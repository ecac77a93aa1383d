import type { WebhookEvent } from '@assent/contract';
import type { ApprovalRecord } from '../approval.record';

/** What webhooks are told of an approval without a run, which has no frames that could say it. */
export interface SubjectNews {
  readonly type: Extract<WebhookEvent, `approval.${string}`>;
  readonly data: Readonly<Record<string, unknown>>;
}

type About = Pick<ApprovalRecord, 'id' | 'requestId' | 'subjectType' | 'subjectId' | 'hash'>;

/** @param more as the frame of this type has it */
export function subjectNews(
  type: SubjectNews['type'],
  { id: approvalId, requestId, subjectType, subjectId, hash }: About,
  more: Readonly<Record<string, unknown>> = {},
): SubjectNews {
  const subject = { type: subjectType, id: subjectId };
  return { type, data: { runId: null, approvalId, requestId, subject, hash, ...more } };
}
