import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AssentError, type MethodResult, type Principal } from '@assent/contract';
import { auditChange, type AuditEntry } from '@assent/audit';
import { Database, withCtes, type Cte } from '@assent/platform';
import { Pauses, deletePause, insertPause, notifyPause } from '@assent/runs';

/** How long the response to a pause waits for effects in progress, and how often it counts them. */
const WAIT_MS = 10_000;
const COUNT_EVERY_MS = 50;

/** Pauses and resumes all runs of a tenant. */
@Injectable()
export class PauseService {
  constructor(
    private readonly database: Database,
    private readonly pauses: Pauses,
  ) {}

  /**
   * After the response, no effect of the tenant begins. Idempotent: a paused tenant keeps its pause. Waits a while for
   * effects in progress, so that the response can usually report no effects.
   * @throws AssentError conflict: it was resumed at the same time
   */
  async pause(principal: Principal, reason: string): Promise<MethodResult<'pause/set'>> {
    const { tenantId, subject: actor } = principal;
    await this.change(principal, 'pause.set', { reason }, insertPause(tenantId, { reason, actor }));
    const until = performance.now() + WAIT_MS;
    let effectsInProgress = await this.pauses.effectsInProgress(tenantId);
    while (effectsInProgress > 0 && performance.now() < until) {
      await wait(COUNT_EVERY_MS);
      effectsInProgress = await this.pauses.effectsInProgress(tenantId);
    }
    const pause = await this.pauses.of(tenantId);
    if (!pause) throw new AssentError('conflict', 'The tenant was resumed at the same time. Pause it again.');
    return { ...pause, effectsInProgress };
  }

  /** Idempotent. The runs of the tenant continue by themselves, on any replica. */
  async resume(principal: Principal): Promise<void> {
    await this.change(principal, 'pause.clear', {}, deletePause(principal.tenantId));
  }

  private async change(
    { tenantId, subject: actor }: Principal,
    action: AuditEntry['action'],
    detail: AuditEntry['detail'],
    changed: Cte,
  ): Promise<void> {
    const entry = { action, actor, subjectType: 'tenant', subjectId: tenantId, hash: null, detail };
    await this.database.query(withCtes([changed, auditChange(tenantId, entry, changed)], notifyPause(changed)));
  }
}
