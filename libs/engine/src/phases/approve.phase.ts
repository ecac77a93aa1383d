import { Injectable } from '@nestjs/common';
import { ApprovalAsker } from '../approving/approval.asker';
import type { PhaseResult, RunPhase, Work } from '../work';

/** Asks for assent, unless the policy has given it. */
@Injectable()
export class ApprovePhase implements RunPhase {
  constructor(private readonly asker: ApprovalAsker) {}

  run(work: Work): Promise<PhaseResult> {
    const { diff, call, run } = work;
    if (!diff || !call) throw new Error(`run ${run.id} is to ask for a diff that was never drafted`);
    return this.asker.ask(work, diff, call);
  }
}
