import { Injectable } from '@nestjs/common';
import { AssentError, authorityOf, frame, type MethodResult, type Principal, type StartParams } from '@assent/contract';
import { recordAudit } from '@assent/audit';
import { activeTraceparent, contentHashOf, isUniqueViolation, newId, type RunPart } from '@assent/platform';
import {
  IdempotencyRepository,
  Pauses,
  RunCommits,
  RunDispatcher,
  insertRun,
  rememberKey,
  streamPath,
  type IdempotencyScope,
} from '@assent/runs';
import { EngineMetrics } from './engine.metrics';
import { isModelPlanned } from './plan/model.admission';
import { StartCheck } from './start.check';

/** Identifies the call that starts a run in logs and traces. */
export interface StartCall {
  readonly requestId: string;
  /** The caller's W3C trace context; null when absent. */
  readonly traceparent: string | null;
}

/** The applied diff that a run undoes. */
export interface RevertedDiff {
  readonly diffId: string;
  readonly hash: string;
}

/** Options of a `start` that the server makes itself. */
export interface StartOptions {
  /** The applied diff that the run undoes; a unique index allows one open run for it. */
  readonly reverted?: RevertedDiff;
  readonly gateway?: GatewayStart;
}

/** A call through the MCP gateway. */
export interface GatewayStart {
  /** Committed with the run. */
  readonly writes: readonly RunPart[];
  /** Called when no other call of the tenant can begin until this one is stored. @throws AssentError overloaded */
  readonly requireSpace: () => Promise<void>;
}

/** Starts runs. */
@Injectable()
export class RunStarter {
  constructor(
    private readonly check: StartCheck,
    private readonly commits: RunCommits,
    private readonly keys: IdempotencyRepository,
    private readonly dispatcher: RunDispatcher,
    private readonly pauses: Pauses,
    private readonly metrics: EngineMetrics,
  ) {}

  /**
   * Stores the run before responding. This replica executes it at once if it has free capacity and the tenant is not
   * paused.
   * @throws AssentError invalid (with a pointer into the params), idempotency_mismatch, overloaded; forbidden for a key
   * that is restricted to tools of the MCP gateway
   */
  async start(
    principal: Principal,
    params: StartParams,
    call: StartCall,
    { reverted, gateway }: StartOptions = {},
  ): Promise<MethodResult<'start'>> {
    if (principal.toolAccess && !gateway) throw onlyThroughGateway(principal);
    const { idempotencyKey, ...payload } = params;
    const { requestId } = call;
    const traceparent = activeTraceparent() ?? call.traceparent;
    const workspace = this.check.check(params);
    const key = idempotencyKey === undefined ? null : keyedStart(principal, idempotencyKey, payload);
    const earlier = key ? await this.remembered(key) : null;
    if (earlier) return earlier;
    const stored = await this.check.toStore(principal.tenantId, payload);
    const paramsJson = JSON.stringify(stored);
    const runId = newId();
    const isPaused = await this.pauses.holds(principal.tenantId);
    const frames = [
      frame('run.started', 1, { goal: params.goal, workspace, requester: principal.subject }),
      ...(isPaused ? [frame('run.waiting', 1, { for: 'pause' })] : []),
    ];
    const row = {
      id: runId,
      tenantId: principal.tenantId,
      requester: principal.subject,
      authority: authorityOf(principal),
      issuers: principal.issuers ?? [],
      workspace,
      reverts: reverted?.diffId ?? null,
      goal: params.goal,
      modelPlanned: isModelPlanned(params),
      origin: gateway ? ('gateway' as const) : (params.origin ?? 'caller'),
      waitingFor: isPaused ? ('pause' as const) : null,
      paramsJson,
      clientTraceId: params.clientTraceId ?? null,
      traceparent,
      requestId,
    };
    try {
      const run = await this.dispatcher.commit(async (free) => {
        const claim = isPaused ? null : free;
        if (!claim) await this.check.requireQueueSpace(principal.tenantId);
        const writes = [
          ...(key ? [rememberKey(key.scope, key.payloadHash)] : []),
          ...(reverted ? [revertAudit(principal, reverted)] : []),
          ...(gateway?.writes ?? []),
        ];
        const change = {
          // Several starts can contend for the row of a key or of a reverted diff.
          ...(writes.length === 0 && { runId }),
          run: insertRun(row, claim, frames.length),
          writes,
          frames,
        };
        if (!gateway) return this.commits.commit(change);
        return this.commits.commitInTurn(`gateway ${principal.tenantId}`, async () => {
          await gateway.requireSpace();
          return change;
        });
      }, stored);
      if (!run) throw new Error(`the insert of run ${runId} returned no row`);
      this.metrics.started.inc();
      return { runId, state: run.state, stream: streamPath(runId), cursor: 0 };
    } catch (thrown) {
      // Two calls raced with one key: the second waited for the first to commit and now finds its run.
      const winner = key && isUniqueViolation(thrown, 'idempotency_keys_pkey') ? await this.remembered(key) : null;
      if (winner) return winner;
      throw thrown;
    }
  }

  private async remembered({ scope, payloadHash }: KeyedStart): Promise<MethodResult<'start'> | null> {
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

/** A start that may be sent again. */
interface KeyedStart {
  readonly scope: IdempotencyScope;
  readonly payloadHash: string;
}

function keyedStart({ tenantId, subject }: Principal, key: string, payload: object): KeyedStart {
  return {
    scope: { tenantId, subject, method: 'start', key },
    payloadHash: contentHashOf(JSON.stringify(payload, sortKeys)),
  };
}

function onlyThroughGateway({ subject }: Principal): AssentError {
  return new AssentError(
    'forbidden',
    `The key of "${subject}" is restricted to tools of the MCP gateway, so it cannot start runs itself: use another credential.`,
  );
}

function revertAudit({ subject }: Principal, { diffId, hash }: RevertedDiff): RunPart {
  return recordAudit({
    action: 'diff.revert',
    actor: subject,
    subjectType: 'diff',
    subjectId: diffId,
    hash,
    detail: {},
  });
}

/** Replacer for `JSON.stringify` that sorts keys, so that payloads that differ only in key order are equal. */
function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
