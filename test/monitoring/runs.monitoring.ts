import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AlertScene } from '../support/alert-scene';
import { eventually } from '../support/eventually';
import { framesPath, readEvents } from '../support/event-stream';
import { framesUntil } from '../support/frames';
import { BOUND_COMMAND, LOCKED_PATCH } from '../support/locked-folder';
import { startModelEndpoint, type ModelEndpoint } from '../support/model-endpoint';
import { says } from '../support/model-replies';
import { FINISHES, MODEL_GOAL, MODEL_KEY } from '../support/model-scene';
import { decide, startPending, startUntilAsked } from '../support/pending';
import { callPlan } from '../support/plans';
import { QUICK } from '../support/replicas';
import type { Replica } from '../support/stage';

const FULL = 2;
/** More than the alert tolerates in a quarter of an hour. */
const TAKEN_OVER = 8;

describe('alerts on runs', () => {
  let scene: AlertScene;
  let endpoint: ModelEndpoint;
  let full: Replica;
  let other: Replica;
  let answer: () => void;

  beforeAll(async () => {
    const answered = new Promise<void>((resolve) => (answer = resolve));
    endpoint = await startModelEndpoint(() => async (exchange) => {
      await answered;
      await says(FINISHES)(exchange);
    });
    scene = await AlertScene.open();
    await Promise.all(['open', 'locked'].map((name) => mkdir(join(scene.stage.folder, name))));
    const env = {
      ...QUICK,
      LLM_BASE_URL: endpoint.url,
      LLM_MODEL: 'scripted-model',
      LLM_API_KEY: MODEL_KEY,
      LLM_HEADERS_TIMEOUT_MS: '300000',
    };
    [full, other] = await Promise.all([
      scene.start({ ...env, MAX_ACTIVE_RUNS: String(FULL) }, BOUND_COMMAND),
      scene.start(env),
    ]);
    await scene.watch(full, other);
    await scene.runOnce();
  });
  afterAll(async () => {
    await scene.close();
    await endpoint.close();
  });

  const thinking = ({ developer }: Replica) =>
    developer.call('start', { goal: MODEL_GOAL, workspace: 'example', memory: false });

  it('fire when a replica dies and the other has no free capacity', () =>
    scene.prove({
      provoke: async () => {
        for (let run = 0; run < FULL; run += 1) await thinking(full);
        for (let run = 0; run < TAKEN_OVER; run += 1) await thinking(other);
        await eventually('every run asks the model', () => endpoint.calls.length === FULL + TAKEN_OVER);
        await other.process.kill();
        await scene.watch(full);
        await thinking(full);
        // What only time would do.
        await scene.stage.rows(`update runs set updated_at = now() - interval '2 minutes' where state = 'queued'`);
      },
      alerts: [
        { alert: 'AssentRunOrphaned', shows: /assent_run_lease_overdue_seconds [3-9]\d/ },
        { alert: 'AssentQueueOld', shows: /assent_run_oldest_seconds\{state="queued"\} \d{2,}/ },
      ],
      fix: async () => {
        answer();
        await eventually('every run has ended', async () => {
          const left = await scene.stage.rows(`select from runs where state in ('queued', 'running')`);
          return left.length === 0;
        });
      },
    }));

  it('fire when the runs of a dead replica were taken over late', () =>
    scene.prove({
      provoke: () => Promise.resolve(),
      alerts: [
        { alert: 'AssentRunRecoverySlow', shows: /\{\} => (?:3\d|4\d|[5-9]\d|\d{3})/ },
        { alert: 'AssentRunTakeovers', shows: new RegExp(`assent_run_recovery_seconds_count ${TAKEN_OVER}`) },
      ],
      fix: () => Promise.resolve(),
    }));

  it('fire when frames wait for a replica that gets no time', async () => {
    const reader = await scene.start(QUICK);
    await scene.watch(full, reader);
    await scene.prove({
      provoke: async () => {
        const pending = [
          await startPending(full.developer, 'lag-1.txt', 'x'),
          await startPending(full.developer, 'lag-2.txt', 'x'),
        ];
        const opened = pending.map(
          ({ runId }) =>
            new Promise<void>((resolve, reject) => {
              readEvents(reader.developer, framesPath(runId), { opened: resolve }).catch(reject);
            }),
        );
        await Promise.all(opened);
        reader.process.signal('SIGSTOP');
        for (const one of pending) await decide(full.reviewer, one, 'approve');
        await eventually('the frames are old', async () => {
          const [row] = await scene.stage.rows<{ old: boolean }>(
            `select now() - max(at) > interval '4 s' as old from frames`,
          );
          return row?.old;
        });
        reader.process.signal('SIGCONT');
      },
      alerts: [{ alert: 'AssentStreamLag', shows: /=> (?:[2-9]|\d{2})[\d.]* @[\s\S]*assent-listen-/ }],
      fix: () => Promise.resolve(),
    });
    await reader.process.stop();
    await scene.watch(full);
  });

  it('fire when a run fails inside the server, at the first one', () => {
    const failed = { runId: '' };
    return scene.prove({
      provoke: async () => {
        const pending = await startPending(full.developer, 'inside.txt', 'x');
        failed.runId = pending.runId;
        // As if the row of the call had been lost: nothing can be applied without it.
        await scene.stage.rows('delete from tool_calls where run_id = $1', [pending.runId]);
        await decide(full.reviewer, pending, 'approve');
        await framesUntil(full.developer, pending.runId, 'run.failed');
      },
      alerts: [
        {
          alert: 'AssentRunsFailInside',
          shows: /assent_runs_given_up_total\{reason="internal"\} 1[\s\S]*the run failed inside the server/,
        },
      ],
      variables: () => ({ RUN_ID: failed.runId }),
      fix: () => Promise.resolve(),
    });
  });

  it('fire when an approved change cannot be finished', () => {
    const retrying = { runId: '' };
    const locked = join(scene.stage.folder, 'locked');
    return scene.prove({
      provoke: async () => {
        await scene.stage.write('open/a.txt', 'before\n');
        await scene.stage.write('locked/gone.txt', 'gone\n');
        await chmod(locked, 0o555);
        const pending = await startUntilAsked(full.developer, callPlan('file.patch_many', { patch: LOCKED_PATCH }));
        retrying.runId = pending.runId;
        await decide(full.reviewer, pending, 'approve');
        await eventually('the run is put off', async () => {
          return (await full.developer.call('run/get', { runId: pending.runId })).retrying;
        });
        await scene.stage.rows(
          `update runs set troubled_at = now() - interval '2 minutes' where troubled_at is not null`,
        );
      },
      alerts: [
        { alert: 'AssentRunRetrying', shows: /assent_run_put_off_total\{reason="conflict"\} [1-9][\s\S]*gone\.txt/ },
      ],
      variables: () => (retrying.runId === '' ? {} : { RUN_ID: retrying.runId }),
      fix: async () => {
        await chmod(locked, 0o755);
        await framesUntil(full.developer, retrying.runId, 'run.completed');
      },
    });
  });
});
