import { Module } from '@nestjs/common';
import { Config } from '@assent/platform';
import { OutboxModule } from '@assent/outbox';
import { RunsModule } from '@assent/runs';
import { ApprovalSchedule } from './approval.schedule';
import { APPROVAL_BACKLOG_PROVIDERS } from './approval.backlog';
import { ApprovalCommits } from './approval.commit';
import { APPROVAL_METRIC_PROVIDERS, ApprovalMetrics } from './approval.metrics';
import { ApprovalPolicies } from './approval-policies';
import { loadApprovalPolicy } from './approval-policy.compiler';
import { ApprovalPolicyRepository } from './approval-policy.repository';
import { ApprovalRepository } from './approval.repository';
import { ApprovalService } from './approval.service';
import { ApprovalWaits } from './approval.waits';
import { ApprovalWire } from './approval.wire';
import { AuditRepository } from './audit.repository';
import { DecisionService } from './decision.service';
import { DiffRepository } from './diff.repository';
import { ExpiryService } from './expiry.service';
import { INBOX_HUB_PROVIDER, Inbox } from './inbox';
import { InboxHints } from './inbox.hints';
import { InboxRepository } from './inbox.repository';
import { InstallationKeys } from './installation.keys';
import { AgentPermissions } from './permissions/agent.permissions';
import { PermissionRepository } from './permissions/permission.repository';
import { PermissionRevisions } from './permissions/permission.revisions';
import { RevisionService } from './revision.service';
import { SubjectApprovals, SubjectApprovalStore } from './subjects/subject.approvals';
import { SubjectDispatcher } from './subjects/subject.dispatcher';
import { SubjectViews } from './subjects/subject.views';
import { SubjectRepository } from './subjects/subject.repository';
import { VoidService } from './void.service';

const SERVICES = [
  AgentPermissions,
  InstallationKeys,
  ApprovalRepository,
  ApprovalService,
  ApprovalWaits,
  DecisionService,
  DiffRepository,
  Inbox,
  InboxHints,
  RevisionService,
  SubjectApprovals,
  VoidService,
];

/** Approvals of diffs and other subjects, and the decisions on them. */
@Module({
  imports: [OutboxModule, RunsModule],
  providers: [
    ...SERVICES,
    {
      provide: ApprovalPolicies,
      useFactory: async ({ approvalPolicyFile }: Config, repository: ApprovalPolicyRepository) =>
        new ApprovalPolicies(await loadApprovalPolicy(approvalPolicyFile), repository),
      inject: [Config, ApprovalPolicyRepository],
    },
    ApprovalPolicyRepository,
    ApprovalCommits,
    ApprovalWire,
    AuditRepository,
    InboxRepository,
    PermissionRepository,
    PermissionRevisions,
    INBOX_HUB_PROVIDER,
    SubjectApprovalStore,
    SubjectDispatcher,
    SubjectRepository,
    SubjectViews,
    ApprovalSchedule,
    ExpiryService,
    ApprovalMetrics,
    ...APPROVAL_BACKLOG_PROVIDERS,
    ...APPROVAL_METRIC_PROVIDERS,
  ],
  exports: [...SERVICES, ApprovalPolicies],
})
export class ApprovalsModule {}
