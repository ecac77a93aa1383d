import { Module } from '@nestjs/common';
import { Config } from '@assent/platform';
import { RunsModule } from '@assent/runs';
import { AgendaService } from './agenda.service';
import { APPROVAL_BACKLOG_PROVIDERS } from './approval.backlog';
import { ApprovalCommits } from './approval.commit';
import { ApprovalController } from './approval.controller';
import { APPROVAL_METRIC_PROVIDERS, ApprovalMetrics } from './approval.metrics';
import { ApprovalPolicies } from './approval-policies';
import { loadApprovalPolicy } from './approval-policy.compiler';
import { ApprovalPolicyRepository } from './approval-policy.repository';
import { ApprovalRepository } from './approval.repository';
import { ApprovalService } from './approval.service';
import { AuditRepository } from './audit.repository';
import { DecisionService } from './decision.service';
import { DiffRepository } from './diff.repository';
import { ExpiryService } from './expiry.service';
import { INBOX_HUB_PROVIDER, Inbox } from './inbox';
import { InboxHints } from './inbox.hints';
import { InboxRepository } from './inbox.repository';
import { RevisionDrafters } from './revision.drafter';
import { RevisionMaker } from './revision.maker';
import { AuditController } from './audit/audit.controller';
import { ChainRepository } from './audit/chain.repository';
import { AuditService } from './audit/audit.service';
import { SubjectApprovals, SubjectAsking } from './subjects/subject.approvals';
import { SubjectDispatcher } from './subjects/subject.dispatcher';
import { SubjectRegistry } from './subjects/subject.registry';
import { SubjectRepository } from './subjects/subject.repository';
import { VoidService } from './void.service';
import { WEBHOOK_CONTROLLERS, WEBHOOK_PROVIDERS } from './webhooks/webhooks.providers';

const SERVICES = [
  ApprovalRepository,
  ApprovalService,
  DecisionService,
  DiffRepository,
  Inbox,
  InboxHints,
  RevisionDrafters,
  RevisionMaker,
  SubjectApprovals,
  SubjectRegistry,
  VoidService,
];

/** Changes and other subjects that wait for assent, the decisions on them, and the REST door of the reviewers. */
@Module({
  imports: [RunsModule],
  controllers: [ApprovalController, AuditController, ...WEBHOOK_CONTROLLERS],
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
    AuditRepository,
    AuditService,
    ChainRepository,
    InboxRepository,
    INBOX_HUB_PROVIDER,
    SubjectAsking,
    SubjectDispatcher,
    SubjectRepository,
    AgendaService,
    ExpiryService,
    ApprovalMetrics,
    ...APPROVAL_BACKLOG_PROVIDERS,
    ...APPROVAL_METRIC_PROVIDERS,
    ...WEBHOOK_PROVIDERS,
  ],
  exports: [...SERVICES, ApprovalPolicies],
})
export class ApprovalsModule {}
