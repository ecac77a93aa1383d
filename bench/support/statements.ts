import { setTimeout as delay } from 'node:timers/promises';
import { Child } from './child';
import type { SentStatement } from './frontend.reader';
import { Meter } from './meter';
import { withClient } from './place';
import type { StatementCommands } from '../statements.process';

/** Long enough for several of each poll of an idle server. */
const IDLE_MS = 6_000;

/** Runs that one transaction of the floor writes. */
const GROUP = 16;
/** The role of a tenant's statements. */
const TENANT_ROLE = 'assent_tenant';

/** The statements of some work, by text, without those that an idle server sends in the same time. */
export interface StatementCounts {
  readonly total: number;
  readonly byLabel: ReadonlyMap<string, number>;
}

/** Stands between a server and its Postgres and records what the server sends. */
export class StatementRecorder {
  private constructor(
    private readonly child: Child<StatementCommands>,
    readonly databaseUrl: string,
  ) {}

  static async open(databaseUrl: string): Promise<StatementRecorder> {
    const child = Child.start<StatementCommands>(require.resolve('../statements.process'));
    return new StatementRecorder(child, await child.ask('listen', { databaseUrl }));
  }

  async around<T>(work: () => Promise<T>): Promise<{ result: T; sent: SentStatement[]; counts: StatementCounts }> {
    await this.child.ask('take', undefined);
    await delay(IDLE_MS);
    const idle = await this.child.ask('take', undefined);
    const startedAt = performance.now();
    const result = await work();
    const elapsed = performance.now() - startedAt;
    const sent = await this.child.ask('take', undefined);
    return { result, sent, counts: countsOf(sent, idle, elapsed / IDLE_MS) };
  }

  async close(): Promise<void> {
    await this.child.stop();
  }
}

function countsOf(sent: readonly SentStatement[], idle: readonly SentStatement[], share: number): StatementCounts {
  const byLabel = new Map<string, number>();
  const add = (statements: readonly SentStatement[], each: number): void => {
    for (const { text } of statements) byLabel.set(labelOf(text), (byLabel.get(labelOf(text)) ?? 0) + each);
  };
  add(sent, 1);
  add(idle, -share);
  return { total: sent.length - idle.length * share, byLabel };
}

const WRITTEN = /\b(?:insert into|update|delete from) ([a-z_]+)(?= set| \()/g;
const READ = /\b(?:from|join) ([a-z_]+)/g;

/** The tables that a statement writes, or those that it reads, or its first words. */
function labelOf(text: string): string {
  const written = tables(text, WRITTEN);
  if (written !== '') return `write ${written}`;
  const read = tables(text, READ);
  return read === '' ? text.slice(0, 60) : `read ${read}`;
}

function tables(text: string, pattern: RegExp): string {
  return [...new Set([...text.matchAll(pattern)].map(([, table]) => table))].join(', ');
}

/**
 * The floor: the recorded writes of the runs and nothing else, replayed on a copy of the database from before the
 * recording. A transaction has one write of each of 16 runs.
 * @returns CPU milliseconds of Postgres and its client for each run
 */
export async function replayWrites(
  databaseUrl: string,
  sent: readonly SentStatement[],
  runIds: readonly string[],
): Promise<number> {
  const groups = groupsOf(writesByRun(sent, runIds));
  const enterTenant = sent.find(({ text, values }) => text.includes('set_config') && values.includes(TENANT_ROLE));
  const before = enterTenant ? [enterTenant] : [];
  const warmUp = groups.splice(0, Math.ceil(groups.length / 4));
  const child = Child.start<StatementCommands>(require.resolve('../statements.process'));
  const meter = await Meter.open(databaseUrl, process.pid);
  try {
    await child.ask('replay', { databaseUrl, before, groups: warmUp });
    const { result: clientCpuMs, postgresCpuMs } = await meter.cpuAround(() =>
      child.ask('replay', { databaseUrl, before, groups }),
    );
    await requireCompleted(databaseUrl, runIds.slice(0, (warmUp.length + groups.length) * GROUP));
    return (clientCpuMs + postgresCpuMs) / (groups.length * GROUP);
  } finally {
    await meter.close();
    await child.stop();
  }
}

/** A replayed write that matches no row would be cheap. */
async function requireCompleted(databaseUrl: string, runIds: readonly string[]): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    const { rowCount } = await client.query(`select from runs where id = any($1::uuid[]) and state = 'completed'`, [
      runIds,
    ]);
    if (rowCount !== runIds.length) throw new Error(`${rowCount} of ${runIds.length} replayed runs completed.`);
  });
}

/** The writes of each run in their order, by the run's id among the values. */
function writesByRun(sent: readonly SentStatement[], runIds: readonly string[]): SentStatement[][] {
  const byRun = new Map(runIds.map((id) => [id, [] as SentStatement[]]));
  for (const statement of sent) {
    if (tables(statement.text, WRITTEN) === '') continue;
    const runId = statement.values.find((value) => typeof value === 'string' && byRun.has(value));
    if (typeof runId === 'string') byRun.get(runId)?.push(statement);
  }
  return [...byRun.values()];
}

/** The transactions of 16 runs at a time: the first write of each, then the second of each. */
function groupsOf(runs: readonly (readonly SentStatement[])[]): SentStatement[][][] {
  const groups: SentStatement[][][] = [];
  for (let first = 0; first + GROUP <= runs.length; first += GROUP) {
    const group = runs.slice(first, first + GROUP);
    const length = Math.max(...group.map((writes) => writes.length));
    groups.push(
      Array.from({ length }, (_, place) =>
        group.flatMap((writes) => {
          const write = writes[place];
          return write ? [write] : [];
        }),
      ),
    );
  }
  return groups;
}
