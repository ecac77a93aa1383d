import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { RunHint, RunState } from '@assent/contract';
import { Database, LOG, forAllTenants, sql, type Log } from '@assent/platform';
import { RunNotifier } from './run.notifier';

type HintListener = (hint: RunHint) => void;

interface HintRow {
  readonly tenantId: string;
  readonly runId: string;
  readonly state: RunState;
  readonly step: number;
  readonly waitingFor: RunHint['waitingFor'];
  readonly at: Date;
}

/** Interval at which a run that writes frames at full speed is read. */
const COALESCE_MS = 50;
/** Maximum number of runs whose last hint is remembered, so that frames without a state change cause no hint. */
const KNOWN_MAX = 10_000;

/**
 * Notifies the followers of a tenant of the states of its runs. Best effort and not stored: hints are read from the
 * rows of runs, and only while there are followers, so that they cost a run no write.
 */
@Injectable()
export class RunHints implements OnModuleInit, OnApplicationShutdown {
  private readonly followers = new Map<string, Set<HintListener>>();
  private readonly changed = new Set<string>();
  private readonly known = new LRUCache<string, string>({ max: KNOWN_MAX });
  private timer: NodeJS.Timeout | undefined;
  private reading = false;

  constructor(
    private readonly database: Database,
    private readonly notifier: RunNotifier,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.notifier.onChange((runIds) => {
      if (this.followers.size === 0) return;
      for (const runId of runIds) this.changed.add(runId);
      this.schedule();
    });
  }

  onApplicationShutdown(): void {
    clearTimeout(this.timer);
  }

  /** @returns a function that stops following */
  follow(tenantId: string, listener: HintListener): () => void {
    const listeners = this.followers.get(tenantId) ?? new Set();
    this.followers.set(tenantId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.followers.get(tenantId) === listeners) this.followers.delete(tenantId);
    };
  }

  private schedule(): void {
    // The timer serves all tenants, not the tenant whose request triggered it.
    this.timer ??= forAllTenants(() => setTimeout(() => void this.flush(), COALESCE_MS));
  }

  /** One read at a time, so that the newest state of a run is published last. */
  private async flush(): Promise<void> {
    this.timer = undefined;
    if (this.reading) return;
    this.reading = true;
    const runIds = [...this.changed];
    this.changed.clear();
    try {
      for (const row of await this.read(runIds)) this.tell(row);
    } catch (err) {
      this.log.debug({ err }, 'could not read changed runs; followers read the list when they return');
    }
    this.reading = false;
    if (this.changed.size > 0) this.schedule();
  }

  private read(runIds: readonly string[]): Promise<HintRow[]> {
    const tenants = [...this.followers.keys()];
    return this.database.query<HintRow>(sql`select tenant_id as "tenantId", id as "runId", state, step,
      waiting_for as "waitingFor", updated_at as at from runs
      where id = any(${runIds}::uuid[]) and tenant_id = any(${tenants}::text[]) order by updated_at, id`);
  }

  private tell({ tenantId, at, ...run }: HintRow): void {
    const place = JSON.stringify([run.state, run.step, run.waitingFor]);
    if (this.known.get(run.runId) === place) return;
    this.known.set(run.runId, place);
    const hint = { topic: 'run', ...run, at: at.toISOString() } as const;
    for (const listener of this.followers.get(tenantId) ?? []) listener(hint);
  }
}
