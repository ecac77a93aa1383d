import { randomUUID } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Run } from '@assent/contract';
import { eventually } from '../support/eventually';
import { frameOf, framesOf, framesUntil } from '../support/frames';
import { BOUND_COMMAND, LOCKED_PATCH } from '../support/locked-folder';
import { decide } from '../support/pending';
import { writePlan } from '../support/plans';
import { SERVER_COMMAND } from '../support/server-process';
import { inLittleSpace, NO_SPACE } from '../support/small-disk';
import { Stage, type Replica } from '../support/stage';

const QUICK = { LEASE_SECONDS: '2', SWEEP_SECONDS: '1' };
const SPACE_KILOBYTES = 64;
const TOO_LARGE_CHARS = 200_000;
const ENOUGH_TAKEOVERS = 9;

describe('a disk that fails while an approved change is applied', () => {
  let stage: Stage;

  beforeEach(async () => {
    stage = await Stage.open();
  });
  afterEach(() => stage.close());

  const get = ({ developer }: Replica, runId: string): Promise<Run> => developer.call('run/get', { runId });

  async function approved({ developer, reviewer }: Replica, tool: string, args: Record<string, unknown>) {
    const action = { id: 'write', kind: 'tool' as const, tool, args };
    const plan = { ...writePlan('x', 'y'), actions: [action, { id: 'finish', kind: 'finish' as const }] };
    const { runId } = await developer.call('start', plan);
    const asked = frameOf(await framesUntil(developer, runId, 'run.waiting'), 'approval.requested');
    const answer = await decide(
      reviewer,
      { approvalId: String(asked['approvalId']), hash: String(asked['hash']) },
      'approve',
    );
    expect(answer.status).toBe(200);
    return runId;
  }

  it('full before the first file is written: the run ends with the reason, and its approval is voided', async () => {
    const replica = await stage.start(QUICK, inLittleSpace(stage.folder, SPACE_KILOBYTES, SERVER_COMMAND));
    const content = 'x'.repeat(TOO_LARGE_CHARS);
    const runId = await approved(replica, 'file.write', { path: 'large.txt', content });
    const frames = await framesUntil(replica.developer, runId, 'run.failed');
    const error = {
      reason: 'disk_unavailable',
      message: `Could not write "large.txt": the disk of the workspace is full (${NO_SPACE}). Free space, then retry.`,
    };
    expect(frameOf(frames, 'run.failed')).toMatchObject({ error });
    expect(frameOf(frames, 'tool.failed')).toMatchObject({ error });
    expect(frameOf(frames, 'approval.voided')).toMatchObject({ reason: error.message });
    expect(await get(replica, runId)).toMatchObject({ state: 'failed', error, retrying: null });
    expect(await stage.rows('select state from diffs union all select state from approvals')).toEqual([
      { state: 'voided' },
      { state: 'voided' },
    ]);
  });

  it('failing once a file is written: the run says why in one frame, counts its attempts, and ends when it can', async () => {
    await Promise.all(['open', 'locked'].map((name) => mkdir(join(stage.folder, name))));
    await stage.write('open/a.txt', 'before\n');
    await stage.write('locked/gone.txt', 'gone\n');
    await chmod(join(stage.folder, 'locked'), 0o555);
    const replica = await stage.start(QUICK, BOUND_COMMAND);
    const runId = await approved(replica, 'file.patch_many', { patch: LOCKED_PATCH });

    const first = await eventually('the run is put off', async () => (await get(replica, runId)).retrying);
    const why = {
      reason: 'conflict',
      message:
        `Could not delete "locked/gone.txt": the server's account has no permission (EACCES). Change the file's permissions. ` +
        'Other files of the change may be written already, so it is attempted again.',
    };
    expect(first).toMatchObject({ ...why, attempts: 5 });
    expect(await get(replica, runId)).toMatchObject({ state: 'running', phase: 'apply', error: null });
    const second = await eventually('it is put off again', async () => {
      const { retrying } = await get(replica, runId);
      return retrying && retrying.attempts > first.attempts && retrying.nextAt !== null ? retrying : null;
    });
    expect(second).toMatchObject({ ...why, attempts: 6, since: first.since });
    const metrics = await (await fetch(`${replica.process.url}/metrics`)).text();
    expect(metrics).toMatch(/^assent_run_put_off_total\{reason="conflict"\} 2$/m);
    expect(metrics).toMatch(/^assent_run_retrying_seconds [1-9]/m);
    expect(await stage.read('open/a.txt')).toBe('after\n');

    await chmod(join(stage.folder, 'locked'), 0o755);
    const frames = await eventually('the run ends', async () => {
      const all = await framesOf(replica.developer, runId);
      return all.some(({ type }) => type === 'run.completed') ? all : null;
    });
    expect(frames.slice(-5).map(({ type }) => type)).toEqual([
      'tool.started',
      'run.retrying',
      'diff.applied',
      'tool.completed',
      'run.completed',
    ]);
    expect(frameOf(frames, 'run.retrying')).toMatchObject({ error: why, attempts: 5 });
    expect(await get(replica, runId)).toMatchObject({ state: 'completed', retrying: null });
    expect(await stage.rows('select attempts, takeovers, trouble, troubled_at from runs')).toEqual([
      { attempts: 0, takeovers: 0, trouble: null, troubled_at: null },
    ]);
  });
});

describe('a run that ends every process which works on it', () => {
  it('fails when ten in a row have stopped', async () => {
    const stage = await Stage.open();
    try {
      const replica = await stage.start(QUICK);
      const { runId } = await replica.developer.call('start', writePlan('a.txt', 'x'));
      await framesUntil(replica.developer, runId, 'run.waiting');
      // As nine processes leave it that were killed while they worked on it, and a tenth that is being killed now.
      await stage.rows(
        `update runs set state = 'running', phase = 'plan', waiting_for = null, lease_owner = $1, lease_until = now() - interval '1 s', takeovers = $2`,
        [randomUUID(), ENOUGH_TAKEOVERS],
      );
      const failed = frameOf(await framesUntil(replica.developer, runId, 'run.failed'), 'run.failed');
      expect(failed['error']).toEqual({
        reason: 'internal',
        message: `10 replicas in a row stopped while they executed run ${runId}, and it made no progress. Look for its runId in their logs.`,
      });
      expect(await replica.developer.call('run/get', { runId })).toMatchObject({ state: 'failed' });
    } finally {
      await stage.close();
    }
  });
});
