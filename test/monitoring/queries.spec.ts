import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { parse } from 'yaml';
import { generatedFiles } from '../../monitoring/source/files';
import { framesPath, readEvents } from '../support/event-stream';
import { eventually } from '../support/eventually';
import { exposedBy, type Family } from '../support/exposition';
import { framesUntil } from '../support/frames';
import { decide, startPending } from '../support/pending';
import { selectorsOf, type Selector } from '../support/promql';
import { Stage, type Replica } from '../support/stage';

const FOLDER = join(__dirname, '../../monitoring');
/** Series that Prometheus itself adds to a scrape. */
const OF_PROMETHEUS = new Set(['up', 'ALERTS']);
const LABELS_OF_PROMETHEUS = new Set(['job', 'instance', 'namespace', 'pod', 'alertname', 'alertstate', 'severity']);

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string }[];
  readonly panels?: readonly Panel[];
}

interface Board {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly query?: unknown }[];
  };
}

const text = (path: string) => readFileSync(join(FOLDER, path), 'utf8');
const rulesIn = (path: string) =>
  (parse(text(path)) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules);
const alerts = rulesIn('alerts.yml');
const recordings = rulesIn('recording-rules.yml');
const boards = readdirSync(join(FOLDER, 'grafana/dashboards')).map(
  (file) => JSON.parse(text(`grafana/dashboards/${file}`)) as Board,
);
const panelsOf = ({ panels }: Board) =>
  panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]).filter(({ type }) => type !== 'row');

describe('what watches the server', () => {
  let stage: Stage;
  let server: Replica;
  let exposed: Map<string, Family>;

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start();
    const pending = await startPending(server.developer, 'watched.txt', 'x');
    await decide(server.reviewer, pending, 'approve');
    await framesUntil(server.developer, pending.runId, 'run.completed');
    await readEvents(server.developer, framesPath(pending.runId));
    exposed = await exposedBy(server.process.url);
  });
  afterAll(() => stage.close());

  /** Why a selector would never find anything; null: it finds something. */
  function dead({ metric, labels }: Selector): string | null {
    const recorded = recordings.some(({ record }) => record === metric);
    if (recorded || OF_PROMETHEUS.has(metric)) return null;
    const family = exposed.get(metric);
    if (!family) return `${metric} is not exposed`;
    const unknown = family.samples > 0 ? labels.filter((label) => !knows(family, label)) : [];
    return unknown.length === 0 ? null : `${metric} has no label ${unknown.join(', ')}`;
  }

  const knows = ({ labels }: Family, label: string) => labels.has(label) || LABELS_OF_PROMETHEUS.has(label);
  const deadIn = (exprs: readonly string[]) =>
    exprs.flatMap((expr) => selectorsOf(expr).map(dead)).filter((why) => why !== null);

  it('names its series as Prometheus wants them', () => {
    const ours = [...exposed].filter(([name]) => name.startsWith('assent_'));
    expect(ours.length).toBeGreaterThan(40);
    for (const [name, { type }] of ours) {
      if (type === 'counter') expect(name).toMatch(/_total$/);
      if (type === 'histogram') expect(name).toMatch(/_seconds_(?:bucket|sum|count)$/);
      if (type === 'gauge') expect(name).not.toMatch(/_total$|_ms$|_millis/);
    }
  });

  it('has no label that grows with use: ids, paths, texts', () => {
    const labels = new Set([...exposed.values()].flatMap((family) => [...family.labels]));
    for (const unbounded of [
      'run_id',
      'runId',
      'tenant',
      'tenant_id',
      'subject',
      'path',
      'url',
      'goal',
      'request_id',
    ]) {
      expect([...labels]).not.toContain(unbounded);
    }
  });

  it('has the series of failures before the first one, which would be no increase otherwise', async () => {
    const page = await (await fetch(`${server.process.url}/metrics`)).text();
    expect(page.split('\n')).toEqual(
      expect.arrayContaining([
        'assent_runs_given_up_total{reason="internal"} 0',
        'assent_approval_decisions_total{decision="expire"} 0',
        'assent_webhook_attempts_total{outcome="dead"} 0',
        'assent_webhook_attempts_total{outcome="retry"} 0',
      ]),
    );
  });

  it('documents every series of its own, and no other', () => {
    const page = readFileSync(join(__dirname, '../../docs/operations.md'), 'utf8');
    const section = page.slice(page.indexOf('## Metrics'), page.indexOf('## Logs'));
    const documented = Array.from(section.matchAll(/^\| `(assent_\w+)`/gm), ([, name]) => name ?? '').sort();
    const bases = [...exposed].map(([name, { type }]) =>
      type === 'histogram' ? name.replace(/_(?:bucket|sum|count)$/, '') : name,
    );
    const ours = [...new Set(bases)].filter((name) => name.startsWith('assent_')).sort();
    expect(documented).toEqual(ours);
  });

  it('has rules that ask only for what it exposes', () => {
    expect(deadIn(recordings.map(({ expr }) => expr))).toEqual([]);
    expect(deadIn(alerts.map(({ expr }) => expr))).toEqual([]);
  });

  it('has an alert, or a line in a dashboard, for every recorded series', () => {
    const asked = new Set(
      [...alerts.map(({ expr }) => expr), ...boards.flatMap(exprsOf)].flatMap(selectorsOf).map(({ metric }) => metric),
    );
    expect(recordings.map(({ record = '' }) => record).filter((record) => !asked.has(record))).toEqual([]);
  });

  it('tells of each alert how bad it is, what it is, what it does to users, and what to do', () => {
    for (const { alert, labels, annotations } of alerts) {
      expect({ alert, labels, annotations }).toMatchObject({
        alert: expect.stringMatching(/^Assent[A-Z]\w+$/),
        labels: { severity: expect.stringMatching(/^(?:page|ticket)$/) },
        annotations: {
          summary: expect.stringMatching(/\S/),
          description: expect.stringMatching(/\S/),
          runbook_url: expect.stringMatching(/^docs\/runbooks\/[a-z-]+\.md$/),
        },
      });
    }
  });

  it('has a unit test of every alert', () => {
    const files = readdirSync(join(FOLDER, 'tests')).map((file) => text(`tests/${file}`));
    const tested = new Set(
      files.flatMap((file) => Array.from(file.matchAll(/alertname="(\w+)"/g), ([, name]) => name)),
    );
    expect(alerts.map(({ alert }) => alert).filter((alert) => !tested.has(alert))).toEqual([]);
  });

  it('has a scene in which a real Prometheus fires it, for every alert', () => {
    const scenes = readdirSync(__dirname).filter((file) => file.endsWith('.monitoring.ts'));
    const fired = new Set(
      scenes.flatMap((file) =>
        Array.from(readFileSync(join(__dirname, file), 'utf8').matchAll(/alert: '(\w+)'/g), ([, name]) => name),
      ),
    );
    expect([...fired].sort()).toEqual([...new Set(alerts.map(({ alert }) => alert))].sort());
  });

  const exprsOf = (board: Board) => panelsOf(board).flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

  it('has no dead panel', () => {
    expect(boards.map(({ uid }) => uid).sort()).toEqual(['assent-agent', 'assent-server', 'assent-slo']);
    for (const board of boards) {
      for (const { title, targets = [], datasource } of panelsOf(board)) {
        expect([title, targets.length > 0, datasource?.uid]).toEqual([title, true, '${datasource}']);
        expect([title, deadIn(targets.map(({ expr }) => expr))]).toEqual([title, []]);
      }
    }
  });

  it('has no variable in a dashboard that is not there, and none that nothing uses', () => {
    for (const board of boards) {
      const declared = board.templating.list.map(({ name }) => name);
      const whole = JSON.stringify({ ...board, templating: null });
      const used = new Set(Array.from(whole.matchAll(/\$\{?(?!__)(\w+)/g), ([, name]) => name ?? ''));
      expect([board.uid, [...used].filter((name) => !declared.includes(name))]).toEqual([board.uid, []]);
      expect(declared).toContain('datasource');
      const queries = board.templating.list.filter(({ type }) => type === 'query').map(({ query }) => query);
      for (const query of queries) {
        const [, selector = ''] = /^label_values\((.+), \w+\)$/.exec((query as { query: string }).query) ?? [];
        expect(deadIn([selector])).toEqual([]);
      }
    }
  });

  it('is written from its sources: `npm run dashboards` would change nothing', () => {
    const files = generatedFiles();
    for (const [path, content] of Object.entries(files)) expect([path, text(path)]).toEqual([path, content]);
    expect(readdirSync(join(FOLDER, 'grafana/dashboards'))).toHaveLength(Object.keys(files).length - 2);
  });

  it('is scraped under the name that rules and dashboards expect, in both configurations', () => {
    for (const file of ['prometheus.yml', 'prometheus.kubernetes.yml']) {
      const { scrape_configs, rule_files } = parse(text(file)) as {
        scrape_configs: { job_name: string; metrics_path?: string }[];
        rule_files: string[];
      };
      expect(scrape_configs[0]).toMatchObject({ job_name: 'assent', metrics_path: '/metrics' });
      for (const rules of rule_files) expect(rulesIn(rules).length).toBeGreaterThan(0);
    }
  });

  it('answers the scrape with the last known values while its database cannot be reached', async () => {
    const { pathname } = new URL(stage.databaseUrl);
    const name = pathname.slice(1);
    const elsewhere = new Client({
      connectionString: Object.assign(new URL(stage.databaseUrl), { pathname: '/postgres' }).href,
    });
    await elsewhere.connect();
    await elsewhere.query(`alter database "${name}" with allow_connections false`);
    await stage.rows(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    await elsewhere.end();
    const failed = await eventually('a statement fails', async () => {
      const page = await (await fetch(`${server.process.url}/metrics`)).text();
      return /^assent_database_errors_total\{kind="\w+"\} [1-9]/m.test(page) && page;
    });
    expect(failed).toMatch(/^assent_runs\{state="waiting"\} 0$/m);
    expect((await fetch(`${server.process.url}/readyz`)).status).toBe(503);
  });
});
