import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { FRAME_TYPES, METHODS, WEBHOOK_EVENTS } from '@assent/contract';
import { Environment } from '@assent/platform';
import { exposedBy, type Family } from '../support/exposition';
import { startPending } from '../support/pending';
import { selectorsOf } from '../support/promql';
import { Stage, type Replica } from '../support/stage';

const ROOT = join(__dirname, '../..');
const FOLDER = join(ROOT, 'docs/runbooks');
const INDEX = 'README.md';
const PAGES = readdirSync(FOLDER).filter((file) => file !== INDEX);
const CLIENT_TRACE_ID = 'runbook-client-1';
/** Variables of the commands themselves. */
const OF_COMMANDS = new Set([
  'RUN_ID',
  'APPROVAL_ID',
  'REQUEST_ID',
  'CLIENT_TRACE_ID',
  'PROMETHEUS_URL',
  'DATABASE_URL',
]);
/** Commands that need what a test has not got are written down instead of run. */
const WRITTEN_DOWN = `
note() { printf '%s\\0' "$@" >> "$NOTES"; }
sql() { note sql "$1"; }
query() { note query "$1"; }
logs() { note logs "$1"; }
kubectl() { note kubectl "$*"; }
command -v curl > /dev/null || curl() { note curl "$*"; }
`;

interface Alert {
  readonly alert: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly runbook_url: string };
}

const text = (page: string) => readFileSync(join(FOLDER, page), 'utf8');
const alerts = (
  parse(readFileSync(join(ROOT, 'monitoring/alerts.yml'), 'utf8')) as { groups: { rules: Alert[] }[] }
).groups.flatMap(({ rules }) => rules);
const blockOf = (page: string) => /^```sh\n([\s\S]*?)^```/m.exec(text(page))?.[1] ?? '';
const inCode = (page: string, what: RegExp) => Array.from(text(page).matchAll(what), ([, name]) => name ?? '');

describe('the runbooks', () => {
  let stage: Stage;
  let server: Replica;
  let exposed: Map<string, Family>;
  let sources: string;
  let variables: Record<string, string>;

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start();
    const pending = await startPending(server.developer, 'runbook.txt', 'x', { clientTraceId: CLIENT_TRACE_ID });
    exposed = await exposedBy(server.process.url);
    sources = ['libs', 'apps'].flatMap((folder) => sourcesIn(join(ROOT, folder))).join('\n');
    variables = {
      URL: server.process.url,
      KEY: server.developer.key,
      RUN_ID: pending.runId,
      APPROVAL_ID: pending.approvalId,
      REQUEST_ID: 'request-1',
      CLIENT_TRACE_ID,
      NAMESPACE: 'assent',
    };
  });
  afterAll(() => stage.close());

  it('are one for each alert, named by it, and there is no other', () => {
    const linked = new Map(alerts.map(({ alert, annotations }) => [annotations.runbook_url, alert]));
    expect([...linked.keys()].sort()).toEqual(PAGES.map((page) => `docs/runbooks/${page}`).sort());
    expect(new Set(linked.values()).size).toBe(linked.size);
    for (const page of PAGES) {
      const alert = linked.get(`docs/runbooks/${page}`);
      const severities = new Set(alerts.filter((rule) => rule.alert === alert).map(({ labels }) => labels.severity));
      expect(text(page)).toContain(`\nAlert: \`${alert ?? ''}\` (${[...severities].join(', ')}).`);
    }
  });

  it('are all in the index, with their alerts', () => {
    const rows = Array.from(text(INDEX).matchAll(/^\| \[(.+?)\]\((.+?)\)\s+\| `(\w+)`/gm), (row) => row.slice(1, 4));
    const titles = PAGES.map((page) => [
      /^# (.+)$/m.exec(text(page))?.[1],
      page,
      alerts.find(({ annotations }) => annotations.runbook_url === `docs/runbooks/${page}`)?.alert,
    ]);
    expect(rows.sort(byPage)).toEqual(titles.sort(byPage));
  });

  describe.each(PAGES)('%s', (page) => {
    it('says what is seen, how to look, what to do, and why', () => {
      expect(inCode(page, /^## (.+)$/gm)).toEqual(['Symptom', 'Check', 'Fix', 'Why']);
    });

    it('names only methods, frames, settings and series that exist', () => {
      const known = new Set<string>([...Object.keys(METHODS), ...FRAME_TYPES, ...WEBHOOK_EVENTS]);
      const methods = [...inCode(page, /\brpc ([a-z]+(?:\/[a-z]+)*)/g), ...inCode(page, /`([a-z]+(?:\/[a-z]+)+)`/g)];
      const frames = inCode(page, /`([a-z]+\.[a-z]+)`/g);
      expect([...methods, ...frames].filter((name) => !known.has(name))).toEqual([]);
      const settings = new Set([...Object.keys(new Environment()), ...OF_COMMANDS]);
      expect(inCode(page, /`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`/g).filter((name) => !settings.has(name))).toEqual([]);
      expect(inCode(page, /\b((?:assent|nodejs|process)_\w+)/g).filter((name) => !isExposed(name))).toEqual([]);
    });

    it('has commands that work', async () => {
      const { output, notes } = await run(page);
      expect(output).not.toMatch(/"error":\{"code"|"status":[45]\d\d|command not found|syntax error|curl: \(/);
      for (const [kind, what] of notes) {
        if (kind === 'sql') await readOnly(what);
        if (kind === 'query') for (const { metric } of selectorsOf(what)) expect(exposed.has(metric)).toBe(true);
        if (kind === 'kubectl') expect(what).toMatch(/^-n assent (?:get|describe|top|logs|rollout) \w/);
        // What it looks for in the log is what the code writes there.
        if (kind === 'logs' && /^[\w ]+$/.test(what)) expect(sources).toContain(what);
      }
    });
  });

  const isExposed = (name: string) => [...exposed.keys()].some((series) => series.startsWith(name));

  async function run(page: string): Promise<{ output: string; notes: [string, string][] }> {
    const folder = mkdtempSync(join(tmpdir(), 'assent-runbook-'));
    const file = join(folder, 'notes');
    try {
      const script = `: > "$NOTES"\n${blockOf(INDEX)}${WRITTEN_DOWN}${blockOf(page)}`;
      const env = { PATH: process.env['PATH'], NOTES: file, ...variables };
      const shell = promisify(execFile)('bash', ['--norc', '-c', `${script}\ntrue`], { env, cwd: ROOT });
      const { stdout, stderr } = await shell;
      const parts = readFileSync(file, 'utf8').split('\0');
      const notes = parts.flatMap((kind, index): [string, string][] =>
        index % 2 === 0 && index + 1 < parts.length ? [[kind, parts[index + 1] ?? '']] : [],
      );
      return { output: stdout + stderr, notes };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  async function readOnly(statement: string): Promise<void> {
    await stage.rows('begin read only');
    try {
      await stage.rows(statement);
    } catch (cause) {
      throw new Error(`the statement does not work: ${statement}`, { cause });
    } finally {
      await stage.rows('rollback');
    }
  }
});

function byPage(left: readonly unknown[], right: readonly unknown[]): number {
  return String(left[1]).localeCompare(String(right[1]));
}

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.spec.ts'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}
