import { Injectable } from '@nestjs/common';
import type { ServerRequest } from '@assent/contract';
import { ApprovalRepository } from '@assent/approvals';
import { QuestionRepository } from '@assent/planner';

/** Everything that runs still want from a person: decisions and answers. */
@Injectable()
export class PendingRequests {
  constructor(
    private readonly approvals: ApprovalRepository,
    private readonly questions: QuestionRepository,
  ) {}

  /** By run id; a run that wants nothing is not in it. */
  async of(runIds: readonly string[]): Promise<Map<string, ServerRequest[]>> {
    const [approvals, questions] = await Promise.all([
      this.approvals.pendingRequests(runIds),
      this.questions.pendingRequests(runIds),
    ]);
    for (const [runId, requests] of questions) approvals.set(runId, [...(approvals.get(runId) ?? []), ...requests]);
    return approvals;
  }
}
