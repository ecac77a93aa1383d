import { Injectable } from '@nestjs/common';
import { frame, type EffectOutcome, type JsonObject, type NewFrame, type RunResult } from '@assent/contract';
import { ApprovalRepository, DiffRepository, changesBetween, type ApprovalRecord } from '@assent/approvals';
import { ModelPlanner, READS_OUTCOME, StepRepository, insertStep, stepActionOf } from '@assent/planner';
import { cutText } from '@assent/platform';
import { ClientCallRepository } from '@assent/tools';
import { outcomeOfClientCall } from '../interrupts/client-call.outcome';
import type { PhaseResult, RunPhase } from '../step/phase';
import type { StepOutcome } from '../step/run.machine';
import { StepLimits, outOfSteps } from '../step/step.limits';
import type { ReadResult, StepContext } from '../step/step.context';

/** Consecutive failed steps that end the run. A model that has not succeeded by then will not. */
const MAX_FAILURES_IN_A_ROW = 3;
/** Maximum characters of a reviewer's changes in a prompt, some pages. */
const CHANGES_MAX_CHARS = 4_000;

/** Reasons that end the run: nobody decided in time, or an effect may have happened and a new plan could repeat it. */
const FINAL_REASONS: ReadonlySet<string> = new Set(['gone', 'outcome_unknown']);

interface Observed {
  readonly outcome: StepOutcome;
  /** The review of the step's diff; null when there was no review, or no planner needs it. */
  readonly review: JsonObject | null;
}

/** Observes how the step ended: the run ends, or a model plans the next step with the new facts. */
@Injectable()
export class ObservePhase implements RunPhase {
  constructor(
    private readonly approvals: ApprovalRepository,
    private readonly diffs: DiffRepository,
    private readonly clientCalls: ClientCallRepository,
    private readonly limits: StepLimits,
    private readonly steps: StepRepository,
    private readonly models: ModelPlanner,
  ) {}

  async run(context: StepContext): Promise<PhaseResult> {
    const { results } = context.carry;
    if (results) return this.reads(context, results);
    if (await isReading(context)) return { frames: [], writes: [], next: { kind: 'called', phase: 'plan' }, carry: {} };
    const observed = await this.observe(context);
    const isSentBack = await this.isSentBack(context, observed);
    const next = context.run.modelPlanned || isSentBack ? await this.nextStep(context, observed) : null;
    if (next && 'frames' in next) {
      return isSentBack ? { ...next, next: { kind: 'observed', modelPlanned: true } } : next;
    }
    return this.concluded(context, isSentBack ? observed.outcome : (next ?? observed.outcome));
  }

  /**
   * Whether a reviewer has rejected, with a comment, a change from a caller's trace. If a model is configured, it continues
   * from the comment.
   */
  private async isSentBack(context: StepContext, { outcome, review }: Observed): Promise<boolean> {
    if (context.run.modelPlanned || outcome.result?.kind !== 'rejected' || !this.models.isConfigured) return false;
    const { trace } = await context.params();
    const comment = review?.['comment'];
    return trace !== undefined && typeof comment === 'string' && comment.trim() !== '';
  }

  /** Continues with the next turn, because a failed read is a result. Several consecutive turns without a successful read end the run. */
  private async reads(context: StepContext, results: readonly ReadResult[]): Promise<PhaseResult> {
    const { run } = context;
    const failure = results.every(({ outcome }) => outcome.kind === 'error') ? results.at(-1)?.outcome : undefined;
    if (failure && (await this.limits.failuresInARow(run)) + 1 >= MAX_FAILURES_IN_A_ROW) {
      return this.concluded(context, failure);
    }
    const spent = await this.outOfSteps(context);
    if (spent) return this.concluded(context, spent);
    const calls = results.map(({ tool }) => tool).join(', ');
    const outcome = { kind: READS_OUTCOME, reads: results } as unknown as JsonObject;
    return {
      frames: [],
      writes: [insertStep({ step: run.step, action: { kind: 'tool', label: `reads: ${calls}` }, outcome })],
      next: { kind: 'observed' },
      carry: {},
    };
  }

  private async concluded(context: StepContext, ended: StepOutcome): Promise<PhaseResult> {
    const { step } = context.run;
    const outcome = await this.ending(context, ended);
    const ending: NewFrame =
      outcome.kind === 'result'
        ? frame('run.completed', step, { result: outcome.result })
        : frame('run.failed', step, { error: outcome.error, ...(outcome.result && { result: outcome.result }) });
    return { frames: [ending], writes: [], next: { kind: 'concluded', outcome }, carry: {} };
  }

  /**
   * The step's outcome as the outcome of the run. Adds whether the goal is reached and, if a model finished the run, the last
   * effect, so that the model's text cannot hide it.
   */
  private async ending({ run }: StepContext, outcome: StepOutcome): Promise<StepOutcome> {
    const { result } = outcome;
    if (!result) return outcome;
    const isModelEnd = run.modelPlanned && result.kind === 'finished';
    const effect = isModelEnd ? lastEffect(await this.steps.ofRun(run.id)) : undefined;
    return { ...outcome, result: { ...result, reached: reachedBy(result), ...(effect && { effect }) } };
  }

  /** The next step; an outcome that ends the run instead; null: the step's own outcome ends the run. */
  private async nextStep(
    context: StepContext,
    { outcome, review }: Observed,
  ): Promise<PhaseResult | StepOutcome | null> {
    const { run } = context;
    if (outcome.kind === 'result' && outcome.result.kind === 'finished') return null;
    if (outcome.kind === 'error') {
      if (FINAL_REASONS.has(outcome.error.reason)) return null;
      if ((await this.limits.failuresInARow(run)) + 1 >= MAX_FAILURES_IN_A_ROW) return null;
    }
    const spent = await this.outOfSteps(context);
    if (spent) return spent;
    const tree = await context.tree();
    const action = tree?.actions.find(({ id }) => id === tree.chosen.actionId);
    if (!action) throw new Error(`run ${run.id} has observed a step that chose nothing`);
    const record = { ...outcome, ...(review ? { review } : {}) } as unknown as JsonObject;
    return {
      frames: [],
      writes: [insertStep({ step: run.step, action: stepActionOf(action), outcome: record })],
      next: { kind: 'observed' },
      carry: {},
    };
  }

  /** The outcome of a run that may take no further step; null: it may. */
  private async outOfSteps(context: StepContext): Promise<StepOutcome | null> {
    const { run } = context;
    const maxSteps = this.limits.maxSteps(await context.params());
    if (run.step < maxSteps) return null;
    const { reason, message } = outOfSteps(run.id, maxSteps);
    return { kind: 'error', error: { reason, message } };
  }

  /** Without a carried outcome, the step ended while it waited: by a reply, a rejection or expiry. */
  private async observe({ run, carry: { outcome } }: StepContext): Promise<Observed> {
    const mayBeReviewed = outcome?.kind === 'error' || outcome?.result.diffId !== undefined;
    const isReviewed = run.modelPlanned && mayBeReviewed;
    if (outcome && !isReviewed) return { outcome, review: null };
    const approval = await this.approvals.findOfStep(run.id, run.step);
    const review = approval?.decision ? await this.reviewOf(run.id, approval) : null;
    if (outcome) return { outcome, review };
    const call = await this.clientCalls.findOfStep(run.id, run.step);
    if (call) return { outcome: outcomeOfClientCall(call), review };
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

  /** The review for the planner: the person, the decision, and the changes to the proposal. */
  private async reviewOf(runId: string, approval: ApprovalRecord): Promise<JsonObject> {
    const { decision, actor: by, comment, step } = approval;
    const votes = approval.votes
      .filter((vote) => vote.actor !== by)
      .map((vote) => ({ by: vote.actor, decision: vote.decision, comment: vote.comment }));
    const isRevised = approval.revision > 1 && step !== null;
    const comments = isRevised ? await this.approvals.revisionComments(approval) : [];
    const review = {
      decision,
      by,
      comment,
      ...(votes.length === 0 ? {} : { votes }),
      ...(comments.length === 0 ? {} : { comments }),
    };
    const revisions = isRevised ? await this.diffs.revisionsOfStep(runId, step) : [];
    const [proposed] = revisions;
    const decided = revisions.find((revision) => revision.id === approval.diffId);
    if (!proposed || !decided || proposed.id === decided.id) return review;
    const changes = changesBetween(proposed.content, decided.content);
    const quoted = cutText(changes, CHANGES_MAX_CHARS);
    const cut =
      quoted.length < changes.length
        ? `\n[cut at ${CHANGES_MAX_CHARS.toLocaleString('en-US')} characters: ${changes.length - quoted.length} more]`
        : '';
    return { ...review, revised: { by: decided.author, origin: decided.origin, changes: `${quoted}${cut}` } };
  }
}

/** A replica of the previous version resumes a turn of reads here after the client's answer. Only such a turn has no tree. */
async function isReading(context: StepContext): Promise<boolean> {
  const { run, carry } = context;
  return run.modelPlanned && !carry.outcome && !(await context.tree());
}

/** Whether the goal is reached, according to the model; false for a rejected change; null: unknown. */
function reachedBy({ kind, reached }: RunResult): boolean | null {
  return kind === 'rejected' ? false : (reached ?? null);
}

/**
 * The effect to report at the end of a run: the newest failure that no later call of the same tool has corrected, otherwise
 * the newest effect; undefined: no effect.
 */
export function lastEffect(steps: readonly { readonly outcome: JsonObject }[]): EffectOutcome | undefined {
  const effects = steps.flatMap(({ outcome }) => {
    const { effect } = (outcome as { result?: RunResult }).result ?? {};
    return effect ? [effect] : [];
  });
  const latest = new Map(effects.map((effect) => [effect.tool, effect]));
  const failed = effects.findLast((effect) => !effect.ok && latest.get(effect.tool) === effect);
  return failed ?? effects.at(-1);
}
