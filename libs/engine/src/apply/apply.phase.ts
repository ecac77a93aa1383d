import { Injectable } from '@nestjs/common';
import { AssentError, frame, toAssentError, type EffectOutcome } from '@assent/contract';
import { moveDiff } from '@assent/approvals';
import { isTransient } from '@assent/platform';
import { ToolMetrics, ToolsService, endToolCall, wasNotAttempted, type Applied } from '@assent/tools';
import { Postponed, ended, type PhaseResult, type Preparation, type RunPhase } from '../step/phase';
import type { StepContext, StepDiff } from '../step/step.context';
import { ApprovedDispatch } from './approved.dispatch';
import { DiffOutcomes, diffAudit, withdrawDispatch } from './diff.outcomes';
import { RebaseProposals } from './rebase.proposals';

/** The external effect of a diff; null: it changes files of the workspace. */
type ExternalEffect = ReturnType<ToolsService['externalEffect']>;

/** Applies exactly the approved bytes, on exactly their base, once. */
@Injectable()
export class ApplyPhase implements RunPhase {
  constructor(
    private readonly tools: ToolsService,
    private readonly dispatches: ApprovedDispatch,
    private readonly outcomes: DiffOutcomes,
    private readonly proposals: RebaseProposals,
    private readonly metrics: ToolMetrics,
  ) {}

  /**
   * The effect runs under the locks of its targets. The dispatch before it needs no locks, except to a client, which begins the
   * effect as soon as the dispatch is committed: its transaction checks that the tenant is not paused.
   */
  async prepare(context: StepContext): Promise<Preparation> {
    const diff = await diffOf(context);
    if (diff.state !== 'applying') {
      const isHosted = (await context.clientTool(diff.tool)) !== undefined;
      const [call, approval] = await Promise.all([context.call(), context.approval()]);
      return { locks: isHosted ? [] : null, carry: { diff, ...(call && { call }), ...(approval && { approval }) } };
    }
    try {
      return { locks: this.tools.lockKeys(diff.content, diff.hash), carry: { diff } };
    } catch (thrown) {
      if (!(thrown instanceof AssentError)) throw thrown;
      // Content that differs from the approved bytes has no targets, and the targets of a removed workspace cannot be named.
      return { locks: [], carry: { diff: { ...diff, lockFailure: thrown } } };
    }
  }

  async run(context: StepContext): Promise<PhaseResult> {
    const diff = await diffOf(context);
    return diff.state === 'applying' ? this.apply(context, diff) : this.dispatches.begin(context, diff);
  }

  private async apply(context: StepContext, diff: StepDiff): Promise<PhaseResult> {
    const { hash, tool, dispatchedHere = false, lockFailure } = diff;
    const { run, signal, log } = context;
    const started = performance.now();
    let external: ExternalEffect = null;
    try {
      external = this.tools.externalEffect(diff.content, hash);
      if (!dispatchedHere) {
        const why = await this.objectionToRepeating(context, diff, external);
        if (why !== null) return await this.outcomes.unknown(context, diff, external?.targets ?? pathsOf(diff), why);
      }
      if (lockFailure) throw lockFailure;
      // The bytes are approved, but their text may still come from outside.
      const options = context.callOptions(true);
      const applied = await this.metrics.observe(tool, 'apply', () => this.tools.apply(diff.content, hash, options));
      if (applied.outcome === 'stale') {
        const proposed = await this.proposals.propose(context, diff, applied);
        return proposed ?? (await this.outcomes.stale(context, diff, applied));
      }
      return this.applied(context, diff, applied, { external, durationMs: performance.now() - started });
    } catch (thrown) {
      // A database failure says nothing about the effect.
      if (signal.aborted || isTransient(thrown)) throw thrown;
      if (wasNotAttempted(thrown)) {
        if (!dispatchedHere) throw thrown;
        const cause = toAssentError(thrown);
        throw new Postponed(cause, withdrawDispatch(diff, cause.message));
      }
      const { reason, message, details } = toAssentError(thrown);
      if (external) {
        // A run that was postponed before gets only this attempt.
        if (reason === 'internal' && external.repeatable && run.attempts === 0) throw thrown;
        const isUnknown = details['sent'] === true || reason === 'internal';
        if (isUnknown) return await this.outcomes.unknown(context, diff, external.targets, message);
        return await this.outcomes.failed(context, diff, { reason, message });
      }
      if (mayBeHalfDone(details['written'], dispatchedHere, reason)) throw halfDone(thrown);
      if (reason === 'internal') log.error({ err: thrown }, 'applying files failed inside the server');
      return await this.outcomes.failed(context, diff, { reason, message });
    }
  }

  private applied(
    { run: { step } }: StepContext,
    diff: StepDiff,
    { outcome, output, effect, files: writtenFiles }: Applied,
    { external, durationMs }: { readonly external: ExternalEffect; readonly durationMs: number },
  ): PhaseResult {
    const { id: diffId, hash, callId, tool, files, lineage } = diff;
    const written = outcome === 'applied';
    const result = { kind: 'applied' as const, actionId: lineage.actionId, diffId, ...(effect && { effect }) };
    const error = effect?.ok === false ? { reason: 'effect_failed', message: failedMessage(effect, external) } : null;
    const breaker = this.tools.breakerOf(tool);
    return ended(error ? { kind: 'error', error, result } : { kind: 'result', result }, {
      frames: [
        ...(output ? [frame('tool.output', step, { callId, tool, output })] : []),
        frame('diff.applied', step, { diffId, hash, files: writtenFiles.map(({ path }) => path), written }),
        error
          ? frame('tool.failed', step, { callId, tool, error, breaker })
          : frame('tool.completed', step, { callId, tool, durationMs }),
      ],
      writes: [
        moveDiff(diffId, 'applying', 'applied'),
        endToolCall(callId, error ? 'failed' : 'completed', error),
        diffAudit('diff.apply', diff, {
          files,
          written,
          ...(external && { targets: external.targets }),
          ...(effect && { effect }),
        }),
      ],
    });
  }

  /** Why an effect that an earlier attempt may have begun must not be repeated; null: it may be repeated. */
  private async objectionToRepeating(
    context: StepContext,
    diff: StepDiff,
    external: ExternalEffect,
  ): Promise<string | null> {
    if (external && !external.repeatable) return 'an earlier attempt was cut off';
    const objection = await this.dispatches.objection(context, diff);
    if (!objection) return null;
    return `an earlier attempt was cut off, and rule ${objection.rule} is against another one now`;
  }
}

async function diffOf(context: StepContext): Promise<StepDiff> {
  const diff = await context.diff();
  if (!diff) throw new Error(`run ${context.run.id} is to apply a diff that was never stored`);
  return diff;
}

function failedMessage({ message }: EffectOutcome, external: ExternalEffect): string {
  const targets = external?.targets.join(', ') ?? '';
  return `${message} The call was made. Check ${targets} and the output before you start again.`;
}

/**
 * Whether some files may hold their result and others not, so that only another attempt leads to an approved state.
 * @param written state of the targets (Written of `applyFiles`); absent: the failure came before any target was read
 * @param first this is the first attempt
 */
function mayBeHalfDone(written: unknown, first: boolean, reason: string): boolean {
  if (written === 'some') return true;
  if (written === 'none' || first) return false;
  return written === 'unknown' || reason === 'internal' || reason === 'disk_unavailable';
}

/** Adds to the error message that the change is attempted again. */
function halfDone(thrown: unknown): unknown {
  if (!(thrown instanceof AssentError)) return thrown;
  const { reason, message, details } = thrown;
  const text = `${message} Other files of the change may be written already, so it is attempted again.`;
  return new AssentError(reason, text, details, { cause: thrown });
}

function pathsOf({ files }: StepDiff): string[] {
  return files.map(({ path }) => path);
}
