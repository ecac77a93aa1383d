import { Module } from '@nestjs/common';
import { RunsModule } from '@assent/runs';
import { APPROVAL_BACKLOG_PROVIDERS } from './approval.backlog';
import { ApprovalController } from './approval.controller';
import { APPROVAL_METRIC_PROVIDERS, ApprovalMetrics } from './approval.metrics';
import { ApprovalRepository } from './approval.repository';
import { ApprovalService } from './approval.service';
import { DecisionService } from './decision.service';
import { DiffRepository } from './diff.repository';
import { ExpiryService } from './expiry.service';
import { VoidService } from './void.service';

const SERVICES = [ApprovalRepository, ApprovalService, DecisionService, DiffRepository, VoidService];

/** Diffs that wait for assent, the decisions on them, and the REST door of the reviewers. */
@Module({
  imports: [RunsModule],
  controllers: [ApprovalController],
  providers: [...SERVICES, ExpiryService, ApprovalMetrics, ...APPROVAL_BACKLOG_PROVIDERS, ...APPROVAL_METRIC_PROVIDERS],
  exports: SERVICES,
})
export class ApprovalsModule {}
