import type { Approval, JsonObject } from '@assent/contract';
import { eventually } from '../support/eventually';
import { frameOf, framesOf, framesUntil, seen } from '../support/frames';
import { FINISHES, MODEL_FILE, ModelScene, WRITES } from '../support/model-scene';
import { playing } from '../support/model-script';
import { decide, startPending, type Pending } from '../support/pending';

describe('what a reviewer makes of a call', () => {
  let scene: ModelScene;

  beforeAll(async () => {
    scene = await ModelScene.open();
  });
  afterAll(() => scene.close());

  const revise = (pending: Pick<Pending, 'approvalId' | 'hash'>, body: object) =>
    scene.replica.reviewer.post(`/approvals/${pending.approvalId}/revisions`, body, {
      'if-match': `"${pending.hash}"`,
    });

  /** A write to one place that a reviewer has moved to another. */
  async function moved(from: string, to: string): Promise<Pending> {
    const pending = await startPending(scene.replica.developer, from, 'proposed\n');
    const answer = await revise(pending, { args: { path: to, content: 'mine\n' } });
    expect(answer.status).toBe(201);
    const { hash, revision } = (await answer.json()) as Approval;
    expect({ revision, isNew: hash !== pending.hash }).toEqual({ revision: 2, isNew: true });
    return { ...pending, hash };
  }

  async function deny(paths: readonly string[]): Promise<void> {
    const { developer } = scene.replica;
    const { version } = await developer.call('tool/policy/get', {});
    const rules = paths.map((path, index) => ({
      id: `frozen-${index}`,
      tools: ['file.write'],
      paths: [path],
      verdict: 'deny' as const,
      reason: 'Frozen.',
    }));
    await developer.call('tool/policy/set', { version, rules });
  }

  it('with other arguments is tried dry, has a hash of its own, and is what is done', async () => {
    const pending = await moved('args/a.txt', 'args/b.txt');
    const { developer, reviewer } = scene.replica;
    expect(await (await reviewer.fetch(`/approvals/${pending.approvalId}/diff`)).json()).toMatchObject({
      origin: 'args',
      author: 'reviewer',
      revision: 2,
      hash: pending.hash,
      files: [{ path: 'args/b.txt' }],
    });
    expect((await decide(reviewer, pending, 'approve')).status).toBe(200);
    const frames = await framesUntil(developer, pending.runId, 'run.completed');
    expect(frameOf(frames, 'approval.revised')).toMatchObject({ origin: 'args', author: 'reviewer' });
    expect(frameOf(frames, 'diff.applied')).toMatchObject({ hash: pending.hash, files: ['args/b.txt'] });
    expect(await scene.stage.read('args/b.txt')).toBe('mine\n');
    await expect(scene.stage.read('args/a.txt')).rejects.toThrow('ENOENT');
  });

  it.each<[string, JsonObject, number]>([
    ['that the tool does not take', { path: 'args/c.txt', text: 'x' }, 400],
    ['that lead out of the workspace', { path: '../c.txt', content: 'x' }, 400],
    ['that a rule denies', { path: 'args/frozen.txt', content: 'x' }, 403],
  ])('is refused with arguments %s, and nothing is changed', async (_, args, status) => {
    await deny(['args/frozen.txt']);
    const pending = await startPending(scene.replica.developer, 'args/c.txt', 'proposed\n');
    expect((await revise(pending, { args })).status).toBe(status);
    expect(await scene.replica.reviewer.call('approval/get', { approvalId: pending.approvalId })).toMatchObject({
      hash: pending.hash,
      revision: 1,
      state: 'pending',
    });
    await deny([]);
  });

  it('is what the rules are asked about right before the effect: the new place, not the proposed one', async () => {
    const { developer, reviewer } = scene.replica;
    const forbidden = await moved('late/a.txt', 'late/b.txt');
    const allowed = await moved('late/c.txt', 'late/d.txt');
    await deny(['late/b.txt', 'late/c.txt']);
    for (const pending of [forbidden, allowed]) expect((await decide(reviewer, pending, 'approve')).status).toBe(200);
    const frames = await framesUntil(developer, forbidden.runId, 'run.failed');
    expect(frameOf(frames, 'run.failed')).toMatchObject({
      error: { reason: 'forbidden', message: expect.stringContaining('(rule tenant.frozen-0)') },
    });
    await framesUntil(developer, allowed.runId, 'run.completed');
    expect(await scene.stage.read('late/d.txt')).toBe('mine\n');
    for (const path of ['late/a.txt', 'late/b.txt', 'late/c.txt']) {
      await expect(scene.stage.read(path)).rejects.toThrow('ENOENT');
    }
    await deny([]);
  });

  it('stays so when its base has moved and it is offered afresh', async () => {
    const { developer, reviewer } = scene.replica;
    await scene.stage.write('moved-base.txt', 'before\n');
    const pending = await moved('late/e.txt', 'moved-base.txt');
    await scene.stage.write('moved-base.txt', 'meanwhile\n');
    await decide(reviewer, pending, 'approve');
    const offered = await eventually('the fresh change is asked for', async () => {
      const asked = (await framesOf(developer, pending.runId)).findLast(({ type }) => type === 'approval.requested');
      return asked?.['approvalId'] === pending.approvalId ? null : asked;
    });
    expect(await scene.stage.read('moved-base.txt')).toBe('meanwhile\n');
    await deny(['moved-base.txt']);
    await decide(reviewer, { approvalId: String(offered['approvalId']), hash: String(offered['hash']) }, 'approve');
    await framesUntil(developer, pending.runId, 'run.failed');
    expect(await scene.stage.read('moved-base.txt')).toBe('meanwhile\n');
    await deny([]);
  });

  it('is told to the model that plans on, line by line, with who did it', async () => {
    scene.endpoint.script(playing([{ plan: WRITES }, { plan: FINISHES }]));
    const runId = await scene.start();
    const pending = await scene.pendingOf(runId);
    const answer = await revise(pending, { files: [{ path: MODEL_FILE, content: 'timeout_ms: 2500\n' }] });
    const { hash } = (await answer.json()) as Approval;
    await decide(scene.replica.reviewer, { ...pending, hash }, 'approve', { comment: 'Not that long.' });
    await seen(scene.replica.developer, runId, 'run.completed');
    const [, reported = ''] = scene.promptsOf(null);
    for (const part of ['-timeout_ms: 3000', '+timeout_ms: 2500', 'reviewer', 'Not that long.']) {
      expect(reported).toContain(part);
    }
    expect(await scene.stage.read(MODEL_FILE)).toBe('timeout_ms: 2500\n');
  });

  it('where nobody decides in time is nothing, and the model plans on without it if the policy says so', async () => {
    const { developer } = scene.replica;
    const rules = [{ id: 'goes-on', paths: [MODEL_FILE], expiresSeconds: 1, onExpiry: 'continue' as const }];
    await developer.call('approval/policy/set', { version: 0, rules });
    await scene.stage.write(MODEL_FILE, 'timeout_ms: 3\n');
    scene.endpoint.script(playing([{ plan: WRITES }, { plan: FINISHES }]));
    const runId = await scene.start();
    const frames = await framesUntil(developer, runId, 'run.completed');
    expect(frames.filter(({ type }) => type === 'approval.expired')).toMatchObject([{ step: 1 }]);
    expect(frameOf(frames, 'run.completed')).toMatchObject({ step: 2, result: { kind: 'finished' } });
    expect(scene.promptsOf(null)[1]).toContain('do without it');
    expect(await scene.stage.read(MODEL_FILE)).toBe('timeout_ms: 3\n');
  });
});
