import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { AlertScene } from '../support/alert-scene';
import { lintMetrics } from '../support/monitoring';
import { startPending } from '../support/pending';
import type { Replica } from '../support/stage';
import { TcpProxy } from '../support/tcp-proxy';

const FOR_EVER_MS = 3_600_000;
/** Longer than what counts as slow, shorter than a scrape may take. */
const LOCK_AND_UNLOCK = 'begin; lock table runs; select pg_sleep(0.4); commit';
const CALLERS = 12;
const STOPPED_MS = 400;

describe('alerts on the database and the process', () => {
  let scene: AlertScene;
  let proxy: TcpProxy;
  let server: Replica;
  let runId: string;

  beforeAll(async () => {
    scene = await AlertScene.open();
    proxy = await TcpProxy.open(scene.stage.databaseUrl);
    server = await scene.start({ DATABASE_URL: proxy.url });
    await scene.watch(server);
    await scene.runOnce();
    ({ runId } = await startPending(server.developer, 'waiting.txt', 'x'));
  });
  afterAll(async () => {
    await scene.close();
    await proxy.close();
  });

  it('have rules that Prometheus can evaluate', async () => {
    expect(await scene.monitoring.brokenRules()).toEqual([]);
  });

  it('read metrics with names that promtool accepts, but for those that keep their names', async () => {
    const page = await readFile(join(__dirname, '../../docs/operations.md'), 'utf8');
    const documented = Array.from(page.matchAll(/^\| `(\w+)` +\| a gauge ends in/gm), ([, name]) => name ?? '');
    const findings = await lintMetrics(server.process.url);
    expect(findings).toEqual(documented.map((name) => `${name} non-counter metrics should not have "_total" suffix`));
  });

  it('fire when a lock makes every statement slow', () =>
    scene.prove({
      provoke: () => {
        scene.repeat(() => scene.stage.sql.query(LOCK_AND_UNLOCK), 1);
        for (let caller = 0; caller < CALLERS; caller += 1) {
          scene.repeat(() => server.developer.ask('run/get', { runId }), 1);
        }
        return Promise.resolve();
      },
      alerts: [
        { alert: 'AssentRpcSlow', shows: /\| Lock +\|/ },
        { alert: 'AssentDatabaseSlow', shows: /\| Lock +\| relation/ },
      ],
      fix: () => scene.calm(),
    }));

  it('fire when the connection to the database breaks', () =>
    scene.prove({
      provoke: () => {
        proxy.cutFor(FOR_EVER_MS);
        scene.repeat(() => server.developer.ask('run/list', { limit: 1 }), 50);
        scene.repeat(() => server.developer.fetch('/approvals?state=pending'), 50);
        return Promise.resolve();
      },
      alerts: [
        { alert: 'AssentRpcErrors', shows: /assent_rpc_requests_total\{[^}]*code="-32000"\} [1-9]/ },
        { alert: 'AssentRestErrors', shows: /assent_http_requests_total\{[^}]*status="503"\} [1-9]/ },
        { alert: 'AssentDatabaseErrors', shows: /assent_database_errors_total\{kind="transient"\} [1-9]/ },
        {
          alert: 'AssentSweepFailing',
          shows: /assent_sweep_failing_items\{sweep="\w+"\} [1-9][\s\S]*a pass of a sweep failed/,
        },
      ],
      fix: () => {
        proxy.cutFor(0);
        return scene.calm();
      },
    }));

  it('fire when the process gets no time', () =>
    scene.prove({
      provoke: () => {
        scene.repeat(async () => {
          server.process.signal('SIGSTOP');
          await pause(STOPPED_MS);
          server.process.signal('SIGCONT');
        }, STOPPED_MS);
        return Promise.resolve();
      },
      alerts: [{ alert: 'AssentEventLoopLag', shows: /nodejs_eventloop_lag_p99_seconds\{.*\} => (?:0\.[3-9]|[1-9])/ }],
      fix: () => scene.calm(),
    }));

  it('fire when a replica is gone', () =>
    scene.prove({
      provoke: () => server.process.kill(),
      alerts: [{ alert: 'AssentDown', shows: /^000$/m }],
      fix: async () => {
        server = await scene.start();
        await scene.watch(server);
      },
    }));
});
