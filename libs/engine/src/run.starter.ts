import { Injectable } from '@nestjs/common';
import { AssentError, authorityOf, frame, type MethodResult, type Principal, type StartParams } from '@assent/contract';
import { activeTraceparent, contentHashOf, isUniqueViolation, newId } from '@assent/platform';
import {
  IdempotencyRepository,
  RunCommits,
  RunHandoff,
  holdNew,
  rememberKey,
  streamPath,
  type IdempotencyScope,
} from '@assent/runs';
import { EngineMetrics } from './engine.metrics';
import { isModelPlanned } from './planning/run.facts';
import { StartCheck } from './start.check';

/** The call that starts a run: how to find it again. */
export interface StartCall {
  readonly requestId: string;
  /** The caller's trace context, if it sent one. */
  readonly traceparent: string | null;
}

/** Accepts runs. */
@Injectable()
export class RunStarter {
  constructor(
    private readonly check: StartCheck,
    private readonly commits: RunCommits,
    private readonly keys: IdempotencyRepository,
    private readonly handoff: RunHandoff,
    private readonly metrics: EngineMetrics,
  ) {}

  /**
   * Stores the run before it answers; this replica goes on with it at once when it has room.
   * @throws AssentError invalid (with a pointer into the params), idempotency_mismatch, overloaded
   */
  async start(principal: Principal, params: StartParams, call: StartCall): Promise<MethodResult<'start'>> {
    const { idempotencyKey, ...payload } = params;
    const { requestId } = call;
    const traceparent = activeTraceparent() ?? call.traceparent;
    const workspace = this.check.check(params);
    const scope =
      idempotencyKey === undefined
        ? null
        : { tenantId: principal.tenantId, subject: principal.subject, method: 'start', key: idempotencyKey };
    const payloadHash = contentHashOf(JSON.stringify(payload, sortKeys));
    const earlier = scope ? await this.remembered(scope, payloadHash) : null;
    if (earlier) return earlier;
    const kept = await this.check.toKeep(principal.tenantId, payload);
    const paramsJson = JSON.stringify(kept);
    const runId = newId();
    const started = frame('run.started', 1, { goal: params.goal, workspace, requester: principal.subject });
    const { tenantId, subject: requester } = principal;
    const { goal, clientTraceId = null } = params;
    const modelPlanned = isModelPlanned(params);
    const plan = { workspace, goal, modelPlanned, paramsJson };
    const told = { id: runId, tenantId, requester, ...plan, clientTraceId, traceparent, requestId };
    const row = { ...told, authority: authorityOf(principal) };
    try {
      const run = await this.handoff.commit(async (claim) => {
        if (!claim) await this.check.requireQueueSpace();
        const writes = scope ? [rememberKey(scope, payloadHash)] : [];
        return this.commits.commit({ hold: holdNew(row, claim, 1), writes, frames: [started] });
      }, kept);
      if (!run) throw new Error(`the insert of run ${runId} returned no row`);
      this.metrics.started.inc();
      return { runId, state: run.state, stream: streamPath(runId), cursor: 0 };
    } catch (thrown) {
      // Two calls with one key raced: the second waited for the first to commit, and now finds its answer.
      const winner =
        scope && isUniqueViolation(thrown, 'idempotency_keys_pkey') ? await this.remembered(scope, payloadHash) : null;
      if (winner) return winner;
      throw thrown;
    }
  }

  private async remembered(scope: IdempotencyScope, payloadHash: string): Promise<MethodResult<'start'> | null> {
    const earlier = await this.keys.find(scope);
    if (!earlier) return null;
    if (earlier.payloadHash !== payloadHash) {
      throw new AssentError(
        'idempotency_mismatch',
        `The idempotency key "${scope.key}" belongs to run ${earlier.runId}, which was started with other params: use a new key.`,
        { runId: earlier.runId },
      );
    }
    return { runId: earlier.runId, state: earlier.state, stream: streamPath(earlier.runId), cursor: 0 };
  }
}

/** For `JSON.stringify`: the order in which a client happens to write its keys makes no other payload. */
function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
