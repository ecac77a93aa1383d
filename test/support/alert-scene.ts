import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { alertRules, type AlertRule } from '../../monitoring/source/rules';
import { eventually } from './eventually';
import { Monitoring, type Notification } from './monitoring';
import { startPending, decide, type Pending } from './pending';
import type { ServerProcess } from './server-process';
import { Stage, type Replica } from './stage';

const RUNBOOKS = join(__dirname, '../../docs/runbooks');
const RULES = alertRules().groups.flatMap(({ rules }) => rules);
/** Windows of minutes, plus the time for which a condition must hold. */
const FIRES_WITHIN_MS = 60_000;
/** The longest window of a threshold is an hour, a minute here; that of a fast budget six hours. */
const RESOLVES_WITHIN_MS = 150_000;
const CLIENT_TRACE_ID = 'alert-scene-1';
/** Without a cluster, `logs` is grep over the output of the servers, as the page says, and kubectl has nothing to ask. */
const WITHOUT_CLUSTER = `
logs() { grep -F -- "$1" "$LOG"; }
kubectl() { echo "no cluster: kubectl $*"; }
`;
const MISTAKES = /command not found|syntax error|psql: error|ERROR: {2}|parse error|query error|No such file/;

/** An alert, and what the checks of its runbook must show. */
export interface Expected {
  readonly alert: string;
  readonly shows: RegExp;
}

export interface AlertCase {
  /** Brings the cause about. */
  readonly provoke: () => Promise<unknown>;
  readonly alerts: readonly Expected[];
  /** What the runbook says to do. */
  readonly fix: () => Promise<unknown>;
  readonly variables?: () => Readonly<Record<string, string>>;
}

/** Servers, a Prometheus that scrapes them, and an Alertmanager that notifies a receiver. */
export class AlertScene {
  private readonly servers: ServerProcess[] = [];
  private readonly stops: (() => Promise<void>)[] = [];

  private constructor(
    readonly stage: Stage,
    readonly monitoring: Monitoring,
    private readonly ended: { pending?: Pending; replica?: Replica },
  ) {}

  static async open(): Promise<AlertScene> {
    const [stage, monitoring] = await Promise.all([Stage.open(), Monitoring.open()]);
    return new AlertScene(stage, monitoring, {});
  }

  /** Starts a server; scraped only when `watch` names it. */
  async start(...how: Parameters<Stage['start']>): Promise<Replica> {
    const replica = await this.stage.start(...how);
    this.servers.push(replica.process);
    return replica;
  }

  /** Scrapes these servers from now on. The first answers the commands of the runbooks. */
  async watch(first: Replica, ...others: readonly Replica[]): Promise<void> {
    this.ended.replica = first;
    await this.monitoring.watch(...[first, ...others].map(({ process }) => process.url));
  }

  /** A run of the ordinary kind to its end, whose ids the commands of the runbooks use. */
  async runOnce(): Promise<void> {
    const replica = this.replica();
    const pending = await startPending(replica.developer, 'ordinary.txt', 'x', { clientTraceId: CLIENT_TRACE_ID });
    await decide(replica.reviewer, pending, 'approve');
    this.ended.pending = pending;
  }

  /** Provokes the cause, waits for the notifications, carries out the checks and the fix of the runbooks. */
  async prove({ provoke, alerts, fix, variables }: AlertCase): Promise<readonly Notification[]> {
    await provoke();
    const fired: Notification[] = [];
    for (const { alert } of alerts) fired.push(...(await this.firing(alert)));
    for (const expected of alerts) await this.shown(expected, variables?.() ?? {});
    await fix();
    for (const { alert } of alerts) await this.resolved(alert);
    return fired;
  }

  /** Repeats a request until `calm`. A request that fails is part of the fault. */
  repeat(work: () => Promise<unknown>, everyMs: number): void {
    const state = { isStopped: false };
    const loop = async (): Promise<void> => {
      while (!state.isStopped) {
        await work().catch(() => undefined);
        await pause(everyMs);
      }
    };
    const running = loop();
    this.stops.push(async () => {
      state.isStopped = true;
      await running;
    });
  }

  /** Ends what `repeat` has begun. */
  async calm(): Promise<void> {
    await Promise.all(this.stops.splice(0).map((stop) => stop()));
  }

  async close(): Promise<void> {
    await this.calm();
    await this.stage.close();
    await this.monitoring.close();
  }

  /** Resolves when every rule of this name has notified the receiver. */
  private firing(alert: string): Promise<Notification[]> {
    const rules = RULES.filter((rule) => rule.alert === alert);
    return eventually(
      `${alert} reaches the receiver`,
      () => {
        const seen = this.monitoring.notifications.filter(({ status }) => status === 'firing');
        const found = rules.map((rule) => seen.find((notification) => isOf(rule, notification)));
        return found.every((notification) => notification !== undefined) && found;
      },
      FIRES_WITHIN_MS,
    ).catch(async (cause: unknown) => {
      const values = await Promise.all(
        rules.map(async ({ expr }) => JSON.stringify(await this.monitoring.query(expr))),
      );
      throw new Error(`${alert} did not fire: ${values.join(' ')}`, { cause });
    });
  }

  /** The slow budgets look back days: they stay. */
  private async resolved(alert: string): Promise<void> {
    await eventually(
      `${alert} is resolved`,
      () =>
        this.monitoring
          .stateOf(alert)
          .filter(({ labels }) => labels['budget'] !== 'slow')
          .every(({ status }) => status === 'resolved'),
      RESOLVES_WITHIN_MS,
    );
  }

  /** A person who sees nothing at one moment repeats the checks. */
  private async shown({ alert, shows }: Expected, variables: Readonly<Record<string, string>>): Promise<void> {
    const last = { output: '' };
    await eventually(`the checks for ${alert} show ${String(shows)}`, async () => {
      last.output = await this.check(alert, variables);
      return shows.test(last.output);
    }).catch((cause: unknown) => {
      throw new Error(last.output, { cause });
    });
  }

  /** The commands under "Check" as a person pastes them. @returns what they print */
  private async check(alert: string, variables: Readonly<Record<string, string>>): Promise<string> {
    const page = join(RUNBOOKS, `${pageOf(alert)}.md`);
    const log = join(this.stage.folder, '..', `assent-alert-${process.pid}.log`);
    await writeFile(log, this.servers.flatMap(({ lines }) => lines).join('\n'));
    const { pending } = this.ended;
    const replica = this.replica();
    const script = `${await blockIn(join(RUNBOOKS, 'README.md'))}${WITHOUT_CLUSTER}${await blockIn(page)}\ntrue`;
    const env = {
      PATH: process.env['PATH'],
      LOG: log,
      URL: replica.process.url,
      KEY: replica.developer.key,
      DATABASE_URL: this.stage.databaseUrl,
      PROMETHEUS_URL: this.monitoring.prometheusUrl,
      NAMESPACE: 'assent',
      RUN_ID: pending?.runId,
      APPROVAL_ID: pending?.approvalId,
      REQUEST_ID: pending?.requestId,
      CLIENT_TRACE_ID,
      ...variables,
    };
    const shell = promisify(execFile)('bash', ['--norc', '-c', script], { env });
    const { stdout, stderr } = await shell.finally(() => rm(log));
    const output = stdout + stderr;
    if (MISTAKES.test(output)) throw new Error(`The checks for ${alert} have a mistake:\n${output}`);
    return output;
  }

  private replica(): Replica {
    if (!this.ended.replica) throw new Error('no server is scraped');
    return this.ended.replica;
  }
}

function isOf(rule: AlertRule, { labels }: Notification): boolean {
  return (
    labels['alertname'] === rule.alert && Object.entries(rule.labels).every(([name, value]) => labels[name] === value)
  );
}

function pageOf(alert: string): string {
  const rule = RULES.find((one) => one.alert === alert);
  return /runbooks\/(.+)\.md$/.exec(rule?.annotations.runbook_url ?? '')?.[1] ?? '';
}

async function blockIn(page: string): Promise<string> {
  return /^```sh\n([\s\S]*?)^```/m.exec(await readFile(page, 'utf8'))?.[1] ?? '';
}
