import { Injectable } from '@nestjs/common';
import { frame, type JsonObject, type NewFrame, type StartParams } from '@assent/contract';
import { ApprovalRepository } from '@assent/approvals';
import { TreeRepository, insertStep, stepActionOf } from '@assent/planner';
import { ClientCallRepository, type ClientCallRecord } from '@assent/tools';
import { Reviews } from '../approving/reviews';
import { reasonOf } from '../client-tools/client-call.service';
import { RunFacts, outOfSteps } from '../planning/run.facts';
import { conclude, transition, type StepOutcome } from '../run.machine';
import type { PhaseResult, RunPhase, Work } from '../work';

/** Steps that may fail one after the other before the run does: a model that has not got it by then will not. */
const MAX_FAILURES_IN_A_ROW = 3;

/** Nobody decided in time; or an effect may have happened, and planning it again could make it happen twice. */
const FINAL_REASONS: ReadonlySet<string> = new Set(['gone', 'outcome_unknown']);

/** What a step came to, and what the reviewer of its diff said, if there was one. */
interface Observed {
  readonly outcome: StepOutcome;
  readonly review: JsonObject | null;
}

/** Looks at how the step ended: the run is over, or a model plans the next step with what is known now. */
@Injectable()
export class ObservePhase implements RunPhase {
  constructor(
    private readonly approvals: ApprovalRepository,
    private readonly trees: TreeRepository,
    private readonly facts: RunFacts,
    private readonly clientCalls: ClientCallRepository,
    private readonly reviews: Reviews,
  ) {}

  async run(work: Work): Promise<PhaseResult> {
    const { step } = work.run;
    const observed = await this.observe(work);
    const next = work.run.modelPlanned ? await this.goOn(work, await this.facts.params(work), observed) : null;
    if (next && 'frames' in next) return next;
    const outcome = next ?? observed.outcome;
    const ending: NewFrame =
      outcome.kind === 'result'
        ? frame('run.completed', step, { result: outcome.result })
        : frame('run.failed', step, { error: outcome.error });
    return { frames: [ending], writes: [], next: conclude(step, outcome), settle: true };
  }

  /** The next step; an outcome that ends the run instead; null: the step's own outcome ends it. */
  private async goOn(
    work: Work,
    params: StartParams,
    { outcome, review }: Observed,
  ): Promise<PhaseResult | StepOutcome | null> {
    const { run } = work;
    if (outcome.kind === 'result' && outcome.result.kind === 'finished') return null;
    if (outcome.kind === 'error') {
      if (FINAL_REASONS.has(outcome.error.reason)) return null;
      if ((await this.facts.failuresInARow(run)) + 1 >= MAX_FAILURES_IN_A_ROW) return null;
    }
    const most = this.facts.mostSteps(params);
    if (run.step >= most) {
      const { reason, message } = outOfSteps(run.id, most);
      return { kind: 'error', error: { reason, message } };
    }
    const tree = work.plan?.tree ?? (await this.trees.find(run.tenantId, run.id, run.step));
    const action = tree?.actions.find(({ id }) => id === tree.chosen.actionId);
    if (!action) throw new Error(`run ${run.id} has observed a step that chose nothing`);
    const record = { ...outcome, ...(review ? { review } : {}) } as unknown as JsonObject;
    return {
      frames: [],
      writes: [insertStep({ step: run.step, action: stepActionOf(action), outcome: record })],
      next: transition(run.step, { kind: 'observed' }),
      settle: true,
    };
  }

  /** A step that ended while nobody worked on it: a person said no, or nobody said anything in time. */
  private async observe({ run, outcome }: Work): Promise<Observed> {
    const reviewed = outcome?.kind === 'result' && outcome.result.diffId !== undefined && run.modelPlanned;
    if (outcome && !reviewed) return { outcome, review: null };
    const approval = await this.approvals.findOfStep(run.id, run.step);
    const review = approval?.decision ? await this.reviews.of(run, approval) : null;
    if (outcome) return { outcome, review };
    const call = await this.clientCalls.findOfStep(run.id, run.step);
    if (call) return { outcome: outcomeOf(call), review };
    if (approval?.state === 'rejected') {
      const result = { kind: 'rejected' as const, actionId: approval.actionId ?? '', diffId: approval.diffId ?? '' };
      return { outcome: { kind: 'result', result }, review };
    }
    if (approval?.state === 'expired') {
      const goesOn = run.modelPlanned && approval.terms?.onExpiry === 'continue';
      const message = `Nobody decided approval ${approval.id} before ${approval.expiresAt.toISOString()}: ${goesOn ? 'do without it, or ask for less' : 'start the run again'}.`;
      return { outcome: { kind: 'error', error: { reason: goesOn ? 'expired' : 'gone', message } }, review };
    }
    throw new Error(`run ${run.id} is to observe a step that has not ended`);
  }
}

/** What a call of a client's tool has come to. */
function outcomeOf({ state, actionId, diffId, output, error, requestId }: ClientCallRecord): StepOutcome {
  if (state === 'answered') {
    const effect = diffId === null ? { kind: 'output' as const } : { kind: 'applied' as const, diffId };
    return { kind: 'result', result: { ...effect, actionId, output } };
  }
  if (state === 'failed' || state === 'expired') {
    return { kind: 'error', error: { reason: reasonOf(state, diffId), message: error ?? '' } };
  }
  throw new Error(`request ${requestId} has not ended`);
}
