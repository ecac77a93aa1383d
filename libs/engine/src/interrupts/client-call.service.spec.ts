import type { Principal } from '@assent/contract';
import type { ClientCallRecord } from '@assent/tools';
import { FakeCommits } from '../testing/fakes';
import { ClientAnswers } from './client.answers';
import { reasonOf } from './client-call.outcome';
import { ClientCallService } from './client-call.service';

const ANN = { tenantId: 'tenant', subject: 'ann' } as Principal;
const NOW = new Date('2026-01-01T00:00:00.000Z');

function recordOf(changes: Partial<ClientCallRecord> = {}): ClientCallRecord {
  return {
    requestId: 'req_1',
    tenantId: 'tenant',
    runId: 'run',
    step: 1,
    callId: 'call',
    actionId: 'fix',
    diffId: null,
    state: 'pending',
    request: { tool: 'client.look', deadline: NOW.toISOString() } as ClientCallRecord['request'],
    output: null,
    error: null,
    actor: null,
    createdAt: NOW,
    expiresAt: NOW,
    overdue: false,
    ...changes,
  };
}

/** The service over one call. Its fake redacts a secret in the client's texts. */
class Scene {
  readonly store = new FakeCommits();
  /** The call returned by each read; the last entry repeats. */
  rows: (ClientCallRecord | undefined)[] = [recordOf()];
  /** Whether the step waits for another call too. */
  othersPending = false;
  readonly service: ClientCallService;

  constructor() {
    const outputs = {
      check: () => undefined,
      redactForDisplay: (output: object) => ({ ...output, redacted: true }),
      text: (text: string) => text.replaceAll('ghp_secret', '[redacted]'),
    };
    const runs = { goalAndParams: () => Promise.resolve({ goal: 'fix it', params: { goal: 'fix it' } }) };
    this.service = new ClientCallService(
      { findHead: () => Promise.resolve({ phase: 'observe' }) } as never,
      {
        find: () => Promise.resolve(this.rows.length > 1 ? this.rows.shift() : this.rows[0]),
        hasOthersPending: () => Promise.resolve(this.othersPending),
      } as never,
      new ClientAnswers(runs as never, outputs as never),
      { find: () => Promise.resolve({ id: 'diff', hash: 'sha256:1' }) } as never,
      this.store.commits as never,
      this.store.dispatcher as never,
      { approved: () => Promise.resolve({ frames: [{ type: 'approval.voided', body: {} }], writes: [] }) } as never,
    );
  }
}

describe('calls of tools that a client hosts', () => {
  it('end with the redacted output, and let the run observe it', async () => {
    const { service, store } = new Scene();
    await service.answer(ANN, 'req_1', { text: 'seen' });
    expect(store.frames).toMatchObject([
      ['tool.output', { callId: 'call', output: { text: 'seen', redacted: true } }],
      ['tool.completed', { callId: 'call', tool: 'client.look' }],
      ['request.resolved', { id: 'req_1', outcome: 'answered', actor: 'ann' }],
      ['run.resumed', { reason: 'answer' }],
    ]);
    expect(store.only.run.values).toContain('observe');
  });

  it('let the run wait until the last of several has ended', async () => {
    const scene = new Scene();
    const { service, store } = scene;
    scene.othersPending = true;
    await service.answer(ANN, 'req_1', {});
    expect(store.frames.map(([type]) => type)).toEqual(['tool.output', 'tool.completed', 'request.resolved']);
    scene.othersPending = false;
    await service.answer(ANN, 'req_1', {});
    expect(store.made[1]?.frames.at(-1)?.type).toBe('run.resumed');
  });

  it('redact the description of a failure before they cut it', async () => {
    const { service, store } = new Scene();
    await service.fail(ANN, 'req_1', `${'x'.repeat(1_995)} ghp_secret`);
    expect(store.frames[0]).toEqual([
      'tool.failed',
      expect.objectContaining({ error: { reason: 'tool_failed', message: `${'x'.repeat(1_995)} [red` } }),
    ]);
  });

  it('record an approved effect as applied when it is answered', async () => {
    const scene = new Scene();
    scene.rows = [recordOf({ diffId: 'diff' })];
    await scene.service.answer(ANN, 'req_1', {});
    expect(scene.store.frames[0]).toMatchObject(['diff.applied', { diffId: 'diff', written: true }]);
    expect(scene.store.writes).toEqual(['update_tool_calls', 'update_diffs_applied', 'insert_audit_log_diff_apply']);
  });

  it('void the approval of an effect that failed', async () => {
    const scene = new Scene();
    scene.rows = [recordOf({ diffId: 'diff' })];
    await scene.service.fail(ANN, 'req_1', 'no network');
    expect(scene.store.frames[0]?.[0]).toBe('approval.voided');
    expect(scene.store.writes).toEqual(['update_tool_calls', 'update_diffs_voided', 'insert_audit_log_diff_fail']);
  });

  it('leave the outcome of an approved effect open when they expire', async () => {
    const { service, store } = new Scene();
    expect(await service.expire(recordOf({ diffId: 'diff' }))).toBe(true);
    expect(store.frames).toContainEqual([
      'tool.failed',
      expect.objectContaining({ error: expect.objectContaining({ reason: 'outcome_unknown' }) as unknown }),
    ]);
    expect(store.writes).toEqual(['update_tool_calls', 'insert_audit_log_diff_unknown']);
    expect([reasonOf('expired', null), reasonOf('expired', 'diff')]).toEqual(['timeout', 'outcome_unknown']);
  });

  it('accept the same answer of the same actor again, and change nothing', async () => {
    const scene = new Scene();
    scene.rows = [recordOf({ state: 'answered', actor: 'ann', output: { n: 0, redacted: true } })];
    await scene.service.answer(ANN, 'req_1', { n: -0 });
    expect(scene.store.made).toEqual([]);
  });

  it.each([
    ['that was answered otherwise', recordOf({ state: 'answered', actor: 'bob', output: {} }), 'conflict'],
    ['that expired', recordOf({ state: 'expired' }), 'gone'],
    ['that is overdue and not yet expired', recordOf({ overdue: true }), 'gone'],
    ['that does not exist for this principal', undefined, 'not_found'],
  ])('refuse an answer to a call %s', async (_, row, reason) => {
    const scene = new Scene();
    scene.rows = [row];
    await expect(scene.service.answer(ANN, 'req_1', {})).rejects.toMatchObject({ reason });
    expect(scene.store.made).toEqual([]);
  });

  it('report a lost race by what the winner recorded', async () => {
    const scene = new Scene();
    scene.store.wins = false;
    scene.rows = [recordOf(), recordOf({ state: 'answered', actor: 'ann', output: { redacted: true } })];
    await scene.service.answer(ANN, 'req_1', {});
    scene.rows = [recordOf(), recordOf({ state: 'failed', actor: 'ann', error: 'no' })];
    await expect(scene.service.answer(ANN, 'req_1', {})).rejects.toMatchObject({ reason: 'conflict' });
    scene.rows = [recordOf()];
    await expect(scene.service.answer(ANN, 'req_1', {})).rejects.toMatchObject({ reason: 'in_flight' });
  });
});
