import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import createSubscriber, { type Subscriber } from 'pg-listen';
import { DataSource } from 'typeorm';
import { Config, Database, LOG, sql, type Log } from '@assent/platform';

const CHANNEL = 'assent_runs';
const WORK_CHANNEL = 'assent_work';
const LISTENER_PREFIX = 'assent-listen-';
/** As often as followers look at the table by themselves: a replica that is not known yet is late by no more than that. */
const LOOK_AROUND_MS = 1_000;
/** Hints that come together go out together. One NOTIFY a commit would make every commit wait for a global lock. */
const COALESCE_MS = 5;
/** Postgres takes at most 8,000 bytes a NOTIFY; a UUID with its quotes and comma is 39. */
const IDS_PER_HINT = 190;

interface Hint {
  readonly from: string;
  readonly runIds: readonly string[];
}

interface Channels {
  readonly [CHANNEL]: Hint;
  readonly [WORK_CHANNEL]: { readonly from: string };
}

/** Tells other replicas which runs have new frames, and that runs wait to be taken: hints only, best effort, after the commit. */
@Injectable()
export class RunNotifier implements OnModuleInit, OnApplicationShutdown {
  private readonly pending = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private wakeTimer: NodeJS.Timeout | undefined;
  private lookAround: NodeJS.Timeout | undefined;
  /** No other replica listens: a hint would cost a commit and reach nobody. */
  private alone = false;
  private listener: ((runIds: readonly string[]) => void) | null = null;
  private workListener: (() => void) | null = null;
  private subscriber: Subscriber<Channels> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly database: Database,
    private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
  ) {}

  async onModuleInit(): Promise<void> {
    const { url } = this.dataSource.options as { url: string };
    const subscriber = createSubscriber<Channels>(
      { connectionString: url, application_name: `${LISTENER_PREFIX}${this.config.replicaId}` },
      { retryTimeout: Infinity, paranoidChecking: 10_000 },
    );
    this.subscriber = subscriber;
    subscriber.events.on('error', (error) => {
      this.log.warn({ err: error }, 'the notification connection failed; frames arrive by polling until it is back');
    });
    subscriber.notifications.on(CHANNEL, (hint) => {
      if (hint.from !== this.config.replicaId) this.listener?.(hint.runIds);
    });
    subscriber.notifications.on(WORK_CHANNEL, ({ from }) => {
      if (from !== this.config.replicaId) this.workListener?.();
    });
    await subscriber.connect();
    await subscriber.listenTo(CHANNEL);
    await subscriber.listenTo(WORK_CHANNEL);
    this.lookAround = setInterval(() => void this.countReplicas(), LOOK_AROUND_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    clearTimeout(this.wakeTimer);
    clearInterval(this.lookAround);
    await this.subscriber?.close();
  }

  onHint(listener: (runIds: readonly string[]) => void): void {
    this.listener = listener;
  }

  /** Called when another replica has left runs for whoever has room. */
  onWork(listener: () => void): void {
    this.workListener = listener;
  }

  /** Runs wait to be taken: without the hint they would wait for the next sweep. */
  wake(): void {
    this.wakeTimer ??= setTimeout(() => void this.wakeNow(), COALESCE_MS);
  }

  /** As `wake`, sent when it resolves. */
  async wakeNow(): Promise<void> {
    clearTimeout(this.wakeTimer);
    this.wakeTimer = undefined;
    try {
      await this.database.query(
        sql`select pg_notify(${WORK_CHANNEL}, ${JSON.stringify({ from: this.config.replicaId })})`,
      );
    } catch (error) {
      this.log.warn({ err: error }, 'telling other replicas of waiting runs failed; their sweep finds them');
    }
  }

  notify(runId: string): void {
    if (this.alone) return;
    this.pending.add(runId);
    this.timer ??= setTimeout(() => void this.flush(), COALESCE_MS);
  }

  private async countReplicas(): Promise<void> {
    try {
      const [row] = await this.database.query<{ replicas: number }>(sql`
        select count(*)::integer as replicas from pg_stat_activity where datname = current_database()
        and starts_with(application_name, ${LISTENER_PREFIX}) and application_name <> ${`${LISTENER_PREFIX}${this.config.replicaId}`}`);
      this.alone = row?.replicas === 0;
    } catch {
      // Hints are then sent whether or not somebody listens.
      this.alone = false;
    }
  }

  private async flush(): Promise<void> {
    this.timer = undefined;
    const runIds = [...this.pending];
    this.pending.clear();
    const payloads: string[] = [];
    for (let at = 0; at < runIds.length; at += IDS_PER_HINT) {
      payloads.push(JSON.stringify({ from: this.config.replicaId, runIds: runIds.slice(at, at + IDS_PER_HINT) }));
    }
    try {
      await this.database.query(sql`select pg_notify(${CHANNEL}, payload) from unnest(${payloads}::text[]) as payload`);
    } catch (error) {
      this.log.warn({ err: error }, 'telling other replicas of new frames failed; they find them by polling');
    }
  }
}
