import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Pause, PauseHint } from '@assent/contract';
import { CachedByKey, Database, LOG, forTenant, sql, type Log } from '@assent/platform';
import { pauseLock } from './pause.sql';
import { RunNotifier } from './run.notifier';

type PauseListener = (hint: PauseHint) => void;

/** How long a replica that lost its notification connection may use a cached result of `holds`, in milliseconds. */
const CACHE_MS = 2_000;
/** Maximum number of tenants in the cache. */
const TENANTS_MAX = 1_000;

interface PauseRow {
  readonly reason: string | null;
  readonly actor: string | null;
  readonly since: Date | null;
  readonly now: Date;
}

/** Reads whether a tenant is paused, and notifies its followers. */
@Injectable()
export class Pauses implements OnModuleInit {
  private readonly followers = new Map<string, Set<PauseListener>>();
  private readonly known: CachedByKey<boolean>;

  constructor(
    private readonly database: Database,
    private readonly notifier: RunNotifier,
    @Inject(LOG) private readonly log: Log,
  ) {
    const limits = { maxAgeMs: CACHE_MS, maxKeys: TENANTS_MAX };
    this.known = new CachedByKey(async (tenantId) => (await this.of(tenantId)) !== null, limits);
  }

  onModuleInit(): void {
    this.notifier.onPause((tenantId) => {
      this.known.delete(tenantId);
      const listeners = this.followers.get(tenantId);
      if (listeners) void this.tell(tenantId, [...listeners]);
    });
  }

  /** The pause of the tenant; null: it is not paused. */
  async of(tenantId: string): Promise<Pause | null> {
    return (await this.hintOf(tenantId)).pause;
  }

  /** Whether the tenant is paused, at most CACHE_MS old: for responses, never for the decision to begin an effect. */
  holds(tenantId: string): Promise<boolean> {
    return this.known.get(tenantId);
  }

  /** Number of effects that have begun and not ended, of all replicas. After a pause has been stored, no other effect begins. */
  async effectsInProgress(tenantId: string): Promise<number> {
    const rows = await this.database.query<{ effects: number }>(sql`select count(*)::integer as effects from pg_locks
      where locktype = 'advisory' and granted and objsubid = 1
        and database = (select oid from pg_database where datname = current_database())
        and ((classid::bigint << 32) | objid::bigint) = ${pauseLock(tenantId)}`);
    return rows[0]?.effects ?? 0;
  }

  /**
   * Notifies the listener whether the tenant is paused, now and after each change.
   * @returns a function that stops following
   */
  follow(tenantId: string, listener: PauseListener): () => void {
    const listeners = this.followers.get(tenantId) ?? new Set();
    this.followers.set(tenantId, listeners.add(listener));
    void this.tell(tenantId, [listener]);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.followers.get(tenantId) === listeners) this.followers.delete(tenantId);
    };
  }

  private async tell(tenantId: string, listeners: readonly PauseListener[]): Promise<void> {
    try {
      const hint = await forTenant(tenantId, () => this.hintOf(tenantId));
      for (const listener of listeners) listener(hint);
    } catch (err) {
      this.log.warn({ err, tenantId }, 'could not read whether the tenant is paused; followers read GET /info');
    }
  }

  private async hintOf(tenantId: string): Promise<PauseHint> {
    const [row] = await this.database.query<PauseRow>(sql`select pause.reason, pause.actor, pause.since, now() as now
      from (values (${tenantId}::text)) as tenant (id) left join tenant_pauses pause on pause.tenant_id = tenant.id`);
    if (!row) throw new Error('reading a pause gave no row');
    const { reason, actor, since } = row;
    const pause =
      reason === null || actor === null || since === null ? null : { reason, actor, since: since.toISOString() };
    return { topic: 'pause', pause, at: row.now.toISOString() };
  }
}
