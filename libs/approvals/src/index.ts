import 'reflect-metadata';
export {
  AGENT_PERMISSIONS,
  APPROVALS,
  APPROVAL_POLICIES,
  APPROVAL_VOTES,
  DECISIONS,
  DIFFS,
  APPROVAL_EVENTS,
  APPROVAL_INBOXES,
  INSTALLATION_KEYS,
} from './approvals.tables';
export { ApprovalPolicies } from './approval-policies';
export { loadApprovalPolicy } from './approval-policy.compiler';
export { approvalRequest, neededFor, type ApprovalRecord } from './approval.record';
export { changesBetween } from './content-changes';
export { reviewUrl } from './review.link';
export {
  ApprovalRepository,
  approvalOfStep,
  cancelApprovals,
  insertApproval,
  type StepApproval,
} from './approval.repository';
export { ApprovalService } from './approval.service';
export { ApprovalWaits, type ApprovalWaitEnd } from './approval.waits';
export { ApprovalsModule } from './approvals.module';
export { DecisionService } from './decision.service';
export { InstallationKeys } from './installation.keys';
export { INBOX_PAGE, Inbox } from './inbox';
export { RevisionDrafter, type RevisionDraft, type RevisionEdit } from './revision.drafter';
export { requestedData } from './requested.data';
export { RevisionService } from './revision.service';
export { VoidService } from './void.service';
export { DiffRepository, diffOfStep, insertDiff, moveDiff, voidDiffs, type DiffRecord } from './diff.repository';
export { patchOf } from './stored-content';
export {
  APPROVAL_SUBJECTS,
  SUBJECT_VIEWS,
  type ApprovalSubject,
  type ApprovedSubject,
  type ResolvedSubject,
  type SubjectKind,
  type SubjectView,
} from './subjects/approval.subject';
export { SubjectApprovals, type SubjectRequest } from './subjects/subject.approvals';
export { AgentPermissions, type AskedPermission, type NewPermission } from './permissions/agent.permissions';
export { PermissionPolicy } from './permissions/permission.policy';
export { readPermission, type PermissionContent } from './permissions/permission.content';
