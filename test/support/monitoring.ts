import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { alertRules, recordingRules } from '../../monitoring/source/rules';
import { eventually } from './eventually';
import { freePort } from './free-port';
import { Receiver } from './receiver';

/** An hour of a window is a minute here; scrapes come every second. */
const WINDOW_SCALE = 60;
/** The time for which a condition must hold, which only costs the test time, is shorter still. */
const FOR_SCALE = 300;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };
/** Prometheus writes its lock and log before it serves. */
const READY_WITHIN_MS = 60_000;

export interface Notification {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly fingerprint: string;
}

function shortened(duration: string, scale: number): string {
  const [, count = '', unit = ''] = /^(\d+)([smhd])$/.exec(duration) ?? [];
  return `${Math.max(1, Math.round((Number(count) * (SECONDS[unit] ?? 0)) / scale))}s`;
}

function shortenedExpr(expr: string): string {
  return expr.replaceAll(/\[(\w+)\]/g, (_, window: string) => `[${shortened(window, WINDOW_SCALE)}]`);
}

/** The rule files of the source with shorter windows: expressions, names and labels are those that are shipped. */
function shortenedRules(): Record<string, string> {
  const alerts = alertRules().groups.map((group) => ({
    ...group,
    rules: group.rules.map((rule) => ({
      ...rule,
      expr: shortenedExpr(rule.expr),
      ...(rule.for === undefined ? {} : { for: shortened(rule.for, FOR_SCALE) }),
    })),
  }));
  const recordings = recordingRules().groups.map((group) => ({
    ...group,
    interval: '1s',
    rules: group.rules.map((rule) => ({ ...rule, expr: shortenedExpr(rule.expr) })),
  }));
  return { 'alerts.yml': stringify({ groups: alerts }), 'recording-rules.yml': stringify({ groups: recordings }) };
}

/** A Prometheus that scrapes servers, and an Alertmanager that notifies a webhook receiver, all on loopback. */
export class Monitoring {
  private readonly processes: ChildProcess[] = [];
  private readonly output: string[] = [];

  private constructor(
    private readonly folder: string,
    private readonly receiver: Receiver,
    readonly prometheusUrl: string,
    private readonly alertmanagerUrl: string,
  ) {}

  static async open(): Promise<Monitoring> {
    const [folder, receiver] = await Promise.all([mkdtemp(join(tmpdir(), 'assent-monitoring-')), Receiver.open()]);
    const [prometheus, alertmanager] = [await freePort(), await freePort()];
    const monitoring = new Monitoring(
      folder,
      receiver,
      `http://127.0.0.1:${prometheus}`,
      `http://127.0.0.1:${alertmanager}`,
    );
    try {
      await monitoring.start(prometheus, alertmanager);
    } catch (error) {
      await monitoring.close();
      throw error;
    }
    return monitoring;
  }

  /** The servers to scrape from now on, in place of those before. */
  async watch(...urls: readonly string[]): Promise<void> {
    const targets = urls.map((url) => new URL(url).host);
    await writeFile(join(this.folder, 'targets.json'), JSON.stringify([{ targets }]));
    await eventually('Prometheus scrapes the servers', async () => {
      const scraped = await this.query('up{job="assent"} == 1');
      return targets.every((target) => scraped.some(({ metric }) => metric['instance'] === target));
    });
  }

  async query(expr: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
    const response = await fetch(`${this.prometheusUrl}/api/v1/query?query=${encodeURIComponent(expr)}`);
    const { data } = (await response.json()) as {
      data: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    return data.result;
  }

  /** Rules that could not be evaluated, with the reason. */
  async brokenRules(): Promise<string[]> {
    const response = await fetch(`${this.prometheusUrl}/api/v1/rules`);
    const { data } = (await response.json()) as {
      data: { groups: { rules: { name: string; health: string; lastError?: string }[] }[] };
    };
    return data.groups
      .flatMap(({ rules }) => rules)
      .filter(({ health }) => health === 'err')
      .map(({ name, lastError }) => `${name}: ${lastError ?? ''}`);
  }

  /** All notifications so far, in order. */
  get notifications(): Notification[] {
    return this.receiver.requests.flatMap(({ body }) => (JSON.parse(body) as { alerts: Notification[] }).alerts);
  }

  /** The current notification of each series of an alert: a later one replaces an earlier one. */
  stateOf(alert: string): Notification[] {
    const latest = new Map(this.notifications.map((notification) => [notification.fingerprint, notification]));
    return [...latest.values()].filter(({ labels }) => labels['alertname'] === alert);
  }

  async close(): Promise<void> {
    for (const process of this.processes) {
      const gone = once(process, 'exit');
      if (process.kill('SIGTERM')) await gone;
    }
    await this.receiver.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async start(prometheus: number, alertmanager: number): Promise<void> {
    const files: Record<string, string> = {
      ...shortenedRules(),
      'targets.json': '[]',
      'prometheus.yml': stringify({
        global: { scrape_interval: '1s', evaluation_interval: '1s' },
        rule_files: ['alerts.yml', 'recording-rules.yml'],
        alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanager}`] }] }] },
        scrape_configs: [
          {
            job_name: 'assent',
            metrics_path: '/metrics',
            file_sd_configs: [{ files: ['targets.json'], refresh_interval: '1s' }],
          },
        ],
      }),
      'alertmanager.yml': stringify({
        route: {
          receiver: 'loopback',
          group_by: ['...'],
          group_wait: '0s',
          group_interval: '1s',
          repeat_interval: '1h',
        },
        receivers: [
          {
            name: 'loopback',
            webhook_configs: [{ url: `${this.receiver.origin}/alerts`, send_resolved: true }],
          },
        ],
      }),
    };
    for (const [name, content] of Object.entries(files)) await writeFile(join(this.folder, name), content);
    const at = (name: string): string => join(this.folder, name);
    this.spawn('prometheus-alertmanager', [
      `--config.file=${at('alertmanager.yml')}`,
      `--storage.path=${at('alertmanager')}`,
      `--web.listen-address=127.0.0.1:${alertmanager}`,
      '--cluster.listen-address=',
    ]);
    this.spawn('prometheus', [
      `--config.file=${at('prometheus.yml')}`,
      `--storage.tsdb.path=${at('prometheus')}`,
      `--web.listen-address=127.0.0.1:${prometheus}`,
    ]);
    for (const url of [this.alertmanagerUrl, this.prometheusUrl]) {
      const ready = async (): Promise<boolean> => (await fetch(`${url}/-/ready`)).ok;
      await eventually(`${url} is ready`, ready, READY_WITHIN_MS).catch((cause: unknown) => {
        throw new Error(this.output.join(''), { cause });
      });
    }
  }

  private spawn(program: string, args: readonly string[]): void {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => this.output.push(text));
    }
    this.processes.push(child);
  }
}

/** `promtool check metrics` on what a server exposes. @returns its findings, a line each */
export async function lintMetrics(url: string): Promise<string[]> {
  const page = await (await fetch(`${url}/metrics`)).text();
  const promtool = spawn('promtool', ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
  const chunks: string[] = [];
  for (const stream of [promtool.stdout, promtool.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => chunks.push(text));
  }
  promtool.stdin.end(page);
  await once(promtool, 'close');
  return chunks
    .join('')
    .split('\n')
    .filter((line) => line !== '');
}
