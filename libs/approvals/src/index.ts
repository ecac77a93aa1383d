import 'reflect-metadata';
export { BatchBodySchema, BatchResultSchema, type BatchBody } from './approval.dto';
export { ApprovalEntity } from './approval.entity';
export { ApprovalPolicies } from './approval-policies';
export { ApprovalPolicyEntity } from './approval-policy.entity';
export { approvalRequest, type ApprovalRecord } from './approval.record';
export { changesBetween } from './content-changes';
export { ApprovalRepository, endApprovals, insertApproval } from './approval.repository';
export { ApprovalService } from './approval.service';
export { ApprovalVoteEntity } from './approval-vote.entity';
export { ApprovalsModule } from './approvals.module';
export {
  ChainVerifier,
  GENESIS,
  rowHashOf,
  type AuditLine,
  type ChainHead,
  type ChainVerdict,
} from './audit/audit.chain';
export { AuditEntity, AuditHeadEntity } from './audit/audit.entity';
export { ChainRepository } from './audit/chain.repository';
export { AuditService } from './audit/audit.service';
export { recordAudit } from '@assent/platform';
export { DecisionEntity } from './decision.entity';
export { DecisionService } from './decision.service';
export { DiffEntity } from './diff.entity';
export { INBOX_EVENT_TYPES, Inbox } from './inbox';
export { ApprovalEventEntity, ApprovalInboxEntity } from './inbox.entities';
export { RevisionDrafters, type RevisionDraft, type RevisionDrafter, type RevisionEdit } from './revision.drafter';
export { RevisionMaker } from './revision.maker';
export { VoidService } from './void.service';
export { DiffRepository, insertDiff, moveDiff, voidDiffs, type DiffRecord } from './diff.repository';
export { AttemptEntity } from './webhooks/attempt.entity';
export { CallbackEntity } from './webhooks/callback.entity';
export { DeliveryEntity } from './webhooks/delivery.entity';
export { EndpointEntity } from './webhooks/endpoint.entity';
export { WebhookEventEntity } from './webhooks/webhook-event.entity';
export { Answers, openApi } from './openapi';
export { SchemaPipe } from './schema.pipe';
export type { ApprovalSubject, SettledSubject, SubjectKind } from './subjects/approval.subject';
export { SubjectApprovals, type SubjectRequest } from './subjects/subject.approvals';
export { SubjectRegistry } from './subjects/subject.registry';
