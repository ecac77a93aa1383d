import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Config, Database, LOG, Listener, sql, type Log } from '@assent/platform';
import { PAUSE_CHANNEL } from './pause.sql';

const CHANNEL = 'assent_runs';
const WORK_CHANNEL = 'assent_work';
const APPROVAL_CHANNEL = 'assent_approvals';
const SIGNAL_CHANNEL = 'assent_signals';
const LISTENER_PREFIX = 'assent-listen-';
/** Equals the poll interval of followers: a replica that is not known yet is late by no more than that. */
const REPLICA_COUNT_MS = 1_000;
/** Hints are coalesced. One NOTIFY per commit would make every commit wait for a global lock. */
const COALESCE_MS = 5;
/** Postgres accepts at most 8,000 bytes per NOTIFY; a UUID with its quotes and comma takes 39. */
const IDS_PER_HINT = 190;

interface Hint {
  readonly from?: string;
  /** On CHANNEL. */
  readonly runIds?: readonly string[];
  /** On APPROVAL_CHANNEL. */
  readonly approvalIds?: readonly string[];
  /** On SIGNAL_CHANNEL. */
  readonly signal?: Signal;
}

/**
 * A change that other replicas act on: the policy or the flags of a tenant have changed, or a client has cancelled an
 * MCP request.
 */
export interface Signal {
  readonly topic: 'tool_policy' | 'flags' | 'mcp_cancel';
  /** The tenant, or the request. */
  readonly key: string;
}

/**
 * Notifies other replicas of runs with new frames, of runs that wait to be claimed, of changed approvals, of pauses and
 * of signals. These are best-effort hints.
 */
@Injectable()
export class RunNotifier implements OnModuleInit, OnApplicationShutdown {
  private readonly pending = new Set<string>();
  private readonly pendingApprovals = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private wakeTimer: NodeJS.Timeout | undefined;
  private replicaTimer: NodeJS.Timeout | undefined;
  /** No other replica listens, so a hint would be a useless commit. */
  private isOnlyReplica = false;
  private listener: ((runIds: readonly string[]) => void) | null = null;
  private readonly changeListeners = new Set<(runIds: readonly string[]) => void>();
  private readonly approvalListeners = new Set<(approvalIds: readonly string[]) => void>();
  private workListener: (() => void) | null = null;
  private pauseListener: ((tenantId: string) => void) | null = null;
  private readonly signalListeners = new Set<(signal: Signal) => void>();
  private readonly gapListeners = new Set<() => void>();
  private connection: Listener | undefined;

  constructor(
    private readonly database: Database,
    private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
  ) {}

  async onModuleInit(): Promise<void> {
    const { replicaId } = this.config;
    this.connection = new Listener({
      url: this.database.url,
      applicationName: `${LISTENER_PREFIX}${replicaId}`,
      channels: {
        [CHANNEL]: (payload) => {
          const { from = replicaId, runIds = [] } = readHint(payload);
          if (from === replicaId) return;
          this.listener?.(runIds);
          this.changed(runIds);
        },
        [WORK_CHANNEL]: (payload) => {
          const { from = replicaId } = readHint(payload);
          if (from !== replicaId) this.workListener?.();
        },
        [APPROVAL_CHANNEL]: (payload) => {
          const { from = replicaId, approvalIds = [] } = readHint(payload);
          if (from !== replicaId) this.approvalsChanged(approvalIds);
        },
        [SIGNAL_CHANNEL]: (payload) => {
          const { from = replicaId, signal } = readHint(payload);
          if (from !== replicaId && signal) for (const listener of this.signalListeners) listener(signal);
        },
        [PAUSE_CHANNEL]: (tenantId) => {
          this.pauseListener?.(tenantId);
          this.workListener?.();
        },
      },
      onLost: (failure) => {
        this.log.warn(
          { err: failure },
          'the notification connection failed; frames arrive by polling until it is back',
        );
      },
      onBack: () => {
        for (const listener of this.gapListeners) listener();
      },
    });
    await this.connection.open();
    this.replicaTimer = setInterval(() => void this.countReplicas(), REPLICA_COUNT_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    clearTimeout(this.wakeTimer);
    clearInterval(this.replicaTimer);
    await this.connection?.close();
  }

  onHint(listener: (runIds: readonly string[]) => void): void {
    this.listener = listener;
  }

  /** Called for runs with new frames, on this replica and on others. */
  onChange(listener: (runIds: readonly string[]) => void): void {
    this.changeListeners.add(listener);
  }

  /** Called for changed approvals, on this replica and on others. */
  onApproval(listener: (approvalIds: readonly string[]) => void): void {
    this.approvalListeners.add(listener);
  }

  /** Called when another replica has queued runs that it has no capacity for. */
  onWork(listener: () => void): void {
    this.workListener = listener;
  }

  /** Called when a tenant was paused or resumed, also on this replica. */
  onPause(listener: (tenantId: string) => void): void {
    this.pauseListener = listener;
  }

  /** Called for signals of other replicas. */
  onSignal(listener: (signal: Signal) => void): void {
    this.signalListeners.add(listener);
  }

  /** Called when signals of other replicas may have been lost. */
  onGap(listener: () => void): void {
    this.gapListeners.add(listener);
  }

  /**
   * Sends a signal to the other replicas, also to one that is not known yet, because no poll replaces a lost signal.
   */
  async signal(signal: Signal): Promise<void> {
    const payload = JSON.stringify({ from: this.config.replicaId, signal });
    try {
      await this.database.query(sql`select pg_notify(${SIGNAL_CHANNEL}, ${payload})`);
    } catch (error) {
      this.log.warn({ err: error, topic: signal.topic }, 'could not send a signal to other replicas');
    }
  }

  /** Notifies that runs wait to be claimed. Without the hint they would wait for the next sweep. */
  wake(): void {
    this.wakeTimer ??= setTimeout(() => void this.wakeNow(), COALESCE_MS);
  }

  /** Like `wake`; resolves when the hint is sent. */
  async wakeNow(): Promise<void> {
    clearTimeout(this.wakeTimer);
    this.wakeTimer = undefined;
    try {
      await this.database.query(
        sql`select pg_notify(${WORK_CHANNEL}, ${JSON.stringify({ from: this.config.replicaId })})`,
      );
    } catch (error) {
      this.log.warn({ err: error }, 'could not notify other replicas of waiting runs; their sweep finds them');
    }
  }

  notify(runId: string): void {
    this.changed([runId]);
    if (this.isOnlyReplica) return;
    this.pending.add(runId);
    this.timer ??= setTimeout(() => void this.flush(), COALESCE_MS);
  }

  /** MUST be called after a commit that changed an approval. */
  notifyApproval(approvalId: string): void {
    this.approvalsChanged([approvalId]);
    if (this.isOnlyReplica) return;
    this.pendingApprovals.add(approvalId);
    this.timer ??= setTimeout(() => void this.flush(), COALESCE_MS);
  }

  private changed(runIds: readonly string[]): void {
    for (const listener of this.changeListeners) listener(runIds);
  }

  private approvalsChanged(approvalIds: readonly string[]): void {
    for (const listener of this.approvalListeners) listener(approvalIds);
  }

  private async countReplicas(): Promise<void> {
    try {
      const [row] = await this.database.query<{ replicas: number }>(sql`
        select count(*)::integer as replicas from pg_stat_activity where datname = current_database()
        and starts_with(application_name, ${LISTENER_PREFIX}) and application_name <> ${`${LISTENER_PREFIX}${this.config.replicaId}`}`);
      this.isOnlyReplica = row?.replicas === 0;
    } catch {
      // Without the count, hints are sent even if no replica listens.
      this.isOnlyReplica = false;
    }
  }

  private async flush(): Promise<void> {
    this.timer = undefined;
    const payloads = [
      ...this.payloads(CHANNEL, 'runIds', this.pending),
      ...this.payloads(APPROVAL_CHANNEL, 'approvalIds', this.pendingApprovals),
    ];
    this.pending.clear();
    this.pendingApprovals.clear();
    const [channels, texts] = [payloads.map(({ channel }) => channel), payloads.map(({ text }) => text)];
    try {
      await this.database.query(
        sql`select pg_notify(channel, payload) from unnest(${channels}::text[], ${texts}::text[]) as hint (channel, payload)`,
      );
    } catch (error) {
      this.log.warn({ err: error }, 'could not notify other replicas of changes; they find them by polling');
    }
  }

  private payloads(channel: string, name: 'runIds' | 'approvalIds', ids: ReadonlySet<string>) {
    const all = [...ids];
    return Array.from({ length: Math.ceil(all.length / IDS_PER_HINT) }, (_, page) => {
      const some = all.slice(page * IDS_PER_HINT, (page + 1) * IDS_PER_HINT);
      return { channel, text: JSON.stringify({ from: this.config.replicaId, [name]: some }) };
    });
  }
}

/** @returns a hint without `from` if another program sent the notification */
function readHint(payload: string): Hint {
  try {
    return (JSON.parse(payload) ?? {}) as Hint;
  } catch {
    return {};
  }
}
