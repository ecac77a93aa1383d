import { Injectable } from '@nestjs/common';
import type { ServerRequest } from '@assent/contract';
import { ApprovalRepository } from '@assent/approvals';
import { QuestionRepository } from '@assent/planner';
import { ClientCallRepository } from '@assent/tools';

/** All requests that runs wait for: decisions, answers and calls of the client's tools. */
@Injectable()
export class PendingRequests {
  constructor(
    private readonly approvals: ApprovalRepository,
    private readonly questions: QuestionRepository,
    private readonly calls: ClientCallRepository,
  ) {}

  /** Requests by run id. A run without pending requests has no entry. */
  async of(runIds: readonly string[]): Promise<Map<string, ServerRequest[]>> {
    const [approvals, ...others] = await Promise.all([
      this.approvals.pendingRequests(runIds),
      this.questions.pendingRequests(runIds),
      this.calls.pendingRequests(runIds),
    ]);
    for (const [runId, requests] of others.flatMap((each) => [...each]))
      approvals.set(runId, [...(approvals.get(runId) ?? []), ...requests]);
    return approvals;
  }
}
