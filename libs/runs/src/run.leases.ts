import { Injectable } from '@nestjs/common';
import { Config, Database, sql, type Sql } from '@assent/platform';
import { RunMetrics } from './run.metrics';
import { IS_PAUSED } from './pause.sql';
import { HEAD_COLUMNS, type RunHead } from './run.record';

/** A run claimed from a lost replica or from the queue. */
export interface ClaimedRun extends RunHead {
  /** A replica was executing it, and sent no heartbeat for the length of a lease. */
  readonly takenOver: boolean;
  /** It was queued because its tenant was paused. */
  readonly wasParked: boolean;
  /** Seconds since its lease expired or since it was queued, on the database's clock. */
  readonly leftForSeconds: number;
}

/** The leases of runs, on the database's clock. */
@Injectable()
export class RunLeases {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
    private readonly metrics: RunMetrics,
  ) {}

  /**
   * Claims up to `limit` unclaimed runs, oldest first. Queued runs of a paused tenant stay queued. Its running runs are
   * claimed from a lost replica, and the worker queues them.
   */
  async claim(limit: number): Promise<ClaimedRun[]> {
    const claimed = await this.database.query<ClaimedRun>(sql`
      with free as (
        select id, state = 'running' and lease_owner is not null as taken_over, waiting_for is not distinct from 'pause' as was_parked,
          coalesce(lease_until, updated_at) as left_at
        from runs where state in ('queued', 'running') and (lease_until is null or lease_until < now()) and (state = 'running' or not ${IS_PAUSED})
        order by id limit ${limit} for update skip locked
      )
      update runs set state = 'running', fence = runs.fence + 1, takeovers = runs.takeovers + free.taken_over::integer, waiting_for = null, lease_owner = ${this.config.replicaId},
        lease_until = now() + make_interval(secs => ${this.config.env.LEASE_SECONDS}), updated_at = date_trunc('milliseconds', now())
      from free where runs.id = free.id
      returning ${HEAD_COLUMNS}, free.taken_over as "takenOver", free.was_parked as "wasParked",
        extract(epoch from now() - free.left_at)::float8 as "leftForSeconds"`);
    for (const { takenOver, wasParked, leftForSeconds } of claimed) {
      // The previous owner's last heartbeat was one lease duration before the expiry.
      if (takenOver) this.metrics.recoverySeconds.observe(leftForSeconds + this.config.env.LEASE_SECONDS);
      else if (!wasParked) this.metrics.queueSeconds.observe(leftForSeconds);
    }
    return claimed;
  }

  /** Extends this replica's leases. @returns the ids it still owns; the execution of any other run must stop. */
  async heartbeat(runIds: readonly string[]): Promise<Set<string>> {
    const rows = await this.database.query<{ id: string }>(sql`
      with own as (${this.lockOwn(runIds)})
      update runs set lease_until = now() + make_interval(secs => ${this.config.env.LEASE_SECONDS})
      from own where runs.id = own.id returning runs.id`);
    return new Set(rows.map((row) => row.id));
  }

  /** Releases leases at once, so that other replicas need not wait until they expire. */
  async release(runIds: readonly string[]): Promise<void> {
    await this.database.query(sql`
      with own as (${this.lockOwn(runIds)})
      update runs set state = 'queued', lease_owner = null, lease_until = null, fence = fence + 1
      from own where runs.id = own.id`);
  }

  /** Locks in the same order as groups of commits. */
  private lockOwn(runIds: readonly string[]): Sql {
    return sql`select id from runs where id = any(${runIds}::uuid[]) and lease_owner = ${this.config.replicaId} and state = 'running'
      order by id for update`;
  }
}
