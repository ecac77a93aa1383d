import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { cpuMsOf, cpuMsOfFamily, parentOf } from './cpu';

/** The cost of some work, without the background where it can be separated. */
export interface Usage {
  /** Transactions that wrote: each took a transaction id, and waited for the log at its end. */
  readonly commits: number;
  readonly backgroundCommitsPerSecond: number;
  /** Every transaction, a lone select too. */
  readonly transactions: number;
  readonly walSyncs: number;
  readonly walBytes: number;
  readonly serverCpuMs: number;
  readonly postgresCpuMs: number;
}

interface Counters {
  readonly at: number;
  readonly commits: number;
  readonly transactions: number;
  readonly walSyncs: number;
  readonly walBytes: number;
}

/** An idle session of Postgres reports its counts after 10 s (PGSTAT_IDLE_INTERVAL). */
const SETTLE_MS = 10_500;

/** Reads the resource usage of the server's processes and of its Postgres. */
export class Meter {
  private constructor(
    private readonly client: Client,
    private readonly serverPids: readonly number[],
    private readonly postgresPid: number,
  ) {}

  static async open(databaseUrl: string, ...serverPids: readonly number[]): Promise<Meter> {
    const client = new Client({ connectionString: databaseUrl, application_name: 'assent-bench-meter' });
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    return new Meter(client, serverPids, parentOf(rows[0]?.pid ?? Number.NaN));
  }

  /** Measures the idle server first, then the work. */
  async around<T>(work: () => Promise<T>): Promise<{ result: T; usage: Usage }> {
    await delay(SETTLE_MS);
    const idleFrom = await this.counters();
    await delay(SETTLE_MS);
    const idleTo = await this.counters();
    const { result, ...cpu } = await this.cpuAround(work);
    const busyTo = await this.counters();
    await delay(SETTLE_MS);
    const settled = await this.counters();
    const commitRate = rate(idleFrom, idleTo, 'commits');
    const readRate = rate(idleFrom, idleTo, 'transactions');
    return {
      result,
      usage: {
        // Transaction ids need no settling.
        commits: Math.round(busyTo.commits - idleTo.commits - commitRate * (busyTo.at - idleTo.at)),
        backgroundCommitsPerSecond: commitRate,
        transactions: settled.transactions - idleTo.transactions - readRate * (settled.at - idleTo.at),
        walSyncs: settled.walSyncs - idleTo.walSyncs - rate(idleFrom, idleTo, 'walSyncs') * (settled.at - idleTo.at),
        walBytes: busyTo.walBytes - idleTo.walBytes,
        ...cpu,
      },
    };
  }

  /** CPU time alone: it needs no settling. */
  async cpuAround<T>(work: () => Promise<T>): Promise<{ result: T; serverCpuMs: number; postgresCpuMs: number }> {
    const from = this.cpu();
    const result = await work();
    const to = this.cpu();
    return { result, serverCpuMs: to.server - from.server, postgresCpuMs: to.postgres - from.postgres };
  }

  /** CPU milliseconds of all processes so far. */
  cpuMs(): number {
    const { server, postgres } = this.cpu();
    return server + postgres;
  }

  async close(): Promise<void> {
    await this.client.end();
  }

  private cpu(): { server: number; postgres: number } {
    const server = this.serverPids.reduce((sum, pid) => sum + cpuMsOf(pid), 0);
    return { server, postgres: cpuMsOfFamily(this.postgresPid) };
  }

  private async counters(): Promise<Counters> {
    const { rows } = await this.client.query<Record<Exclude<keyof Counters, 'at'>, string>>(`
      select pg_snapshot_xmax(pg_current_snapshot())::text as commits,
        (select sum(xact_commit) from pg_stat_database)::text as transactions,
        (select coalesce(sum(fsyncs), 0) from pg_stat_io where object = 'wal')::text as "walSyncs",
        pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::text as "walBytes"`);
    const [row] = rows;
    return {
      at: performance.now() / 1_000,
      commits: Number(row?.commits),
      transactions: Number(row?.transactions),
      walSyncs: Number(row?.walSyncs),
      walBytes: Number(row?.walBytes),
    };
  }
}

/** Per second. */
function rate(from: Counters, to: Counters, counter: Exclude<keyof Counters, 'at'>): number {
  return (to[counter] - from[counter]) / (to.at - from.at);
}
