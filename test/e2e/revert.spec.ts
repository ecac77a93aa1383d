import { frameOf, framesUntil } from '../support/frames';
import { decide, startPending, startUntilAsked, type Pending } from '../support/pending';
import { callPlan, writePlan } from '../support/plans';
import { Stage, type Replica } from '../support/stage';

const PATCH = `diff --git a/old.txt b/new.txt
similarity index 50%
rename from old.txt
rename to new.txt
--- a/old.txt
+++ b/new.txt
@@ -1,2 +1,2 @@
 one
-two
+2
diff --git a/made.txt b/made.txt
new file mode 100644
--- /dev/null
+++ b/made.txt
@@ -0,0 +1 @@
+made
diff --git a/gone.txt b/gone.txt
deleted file mode 100644
--- a/gone.txt
+++ /dev/null
@@ -1 +0,0 @@
-gone
`;

describe('reverting an applied change', () => {
  let stage: Stage;
  let first: Replica;
  let second: Replica;

  beforeAll(async () => {
    stage = await Stage.open();
    [first, second] = await Promise.all([stage.start(), stage.start()]);
  });
  afterAll(() => stage.close());

  const apply = async (pending: Pending): Promise<Pending> => {
    expect((await decide(first.reviewer, pending, 'approve')).status).toBe(200);
    await framesUntil(first.developer, pending.runId, 'run.completed');
    return pending;
  };
  const revert = (diffId: string, { developer }: Replica = first) => developer.post(`/diffs/${diffId}/revert`, {});
  const askedOf = async (runId: string) => {
    const asked = frameOf(await framesUntil(first.developer, runId, 'run.waiting'), 'approval.requested');
    return { approvalId: String(asked['approvalId']), hash: String(asked['hash']) };
  };
  const runs = () => stage.rows<{ id: string }>('select id from runs order by id');

  it('is a run that proposes the files from before, which somebody else approves', async () => {
    await Promise.all([stage.write('old.txt', 'one\ntwo\n'), stage.write('gone.txt', 'gone\n')]);
    const { diffId } = await apply(
      await startUntilAsked(first.developer, callPlan('file.patch_many', { patch: PATCH })),
    );
    expect(await stage.read('new.txt')).toBe('one\n2\n');

    const answer = await revert(diffId);
    const { runId } = (await answer.json()) as { runId: string };
    expect(answer.status).toBe(201);
    const asked = await askedOf(runId);
    const again = (await (await revert(diffId, second)).json()) as { runId: string };
    expect(again.runId).toBe(runId);
    expect(await first.developer.call('run/get', { runId })).toMatchObject({
      reverts: diffId,
      goal: expect.stringContaining('Undo the change of run') as unknown,
    });
    const approval = await second.reviewer.call('approval/get', { approvalId: asked.approvalId });
    expect(approval).toMatchObject({ reverts: diffId, requester: 'developer', tool: 'file.patch_many' });
    expect((await decide(first.developer, asked, 'approve')).status).toBe(403);
    expect((await decide(second.reviewer, asked, 'approve')).status).toBe(200);
    await framesUntil(first.developer, runId, 'run.completed');

    expect(await Promise.all(['old.txt', 'gone.txt'].map((path) => stage.read(path)))).toEqual([
      'one\ntwo\n',
      'gone\n',
    ]);
    for (const path of ['new.txt', 'made.txt']) await expect(stage.read(path)).rejects.toThrow('ENOENT');
    expect(
      await stage.rows('select actor, subject_id, run_id from audit_log where action = $1', ['diff.revert']),
    ).toEqual([{ actor: 'developer', subject_id: diffId, run_id: runId }]);
    // There is nothing left to undo, and the undoing can be undone.
    expect((await revert(diffId)).status).toBe(409);
    const undone = await stage.rows<{ id: string }>('select id from diffs where run_id = $1', [runId]);
    expect((await revert(undone[0]?.id ?? '')).status).toBe(201);
  });

  it('starts one run when two ask at once', async () => {
    const { diffId } = await apply(await startPending(first.developer, 'raced.txt', 'x'));
    const answers = await Promise.all([first, second, first, second].map((replica) => revert(diffId, replica)));
    const ids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as { runId: string }).runId));
    expect([answers.map(({ status }) => status), new Set(ids).size]).toEqual([[201, 201, 201, 201], 1]);
    await askedOf(ids[0] ?? '');
  });

  it('can be asked for again after it was rejected', async () => {
    const { diffId } = await apply(await startPending(first.developer, 'rejected.txt', 'x'));
    const { runId } = await first.developer.call('diff/revert', { diffId });
    await decide(first.reviewer, await askedOf(runId), 'reject');
    await framesUntil(first.developer, runId, 'run.completed');
    expect((await first.developer.call('diff/revert', { diffId })).runId).not.toBe(runId);
  });

  it('is refused for what was not applied, has no such id, or has changed since; nothing is stored', async () => {
    const pending = await startPending(first.developer, 'pending.txt', 'x');
    const changed = await apply(await startPending(first.developer, 'changed.txt', 'x'));
    await stage.write('changed.txt', 'later');
    const before = await runs();
    const refusals = await Promise.all(
      [pending.diffId, changed.diffId, '00000000-0000-7000-8000-000000000000'].map(async (diffId) => {
        const refused = await revert(diffId);
        return [refused.status, ((await refused.json()) as { detail: string }).detail];
      }),
    );
    expect(refusals).toEqual([
      [409, expect.stringContaining('only an applied change can be undone')],
      [409, expect.stringContaining('"changed.txt" is no longer as the change left it')],
      [404, expect.any(String)],
    ]);
    expect(await runs()).toEqual(before);
  });

  it('obeys the policy of now', async () => {
    const { diffId } = await apply(await startUntilAsked(first.developer, writePlan('denied.txt', 'x')));
    const rules = [{ id: 'no-patches', tools: ['file.patch_many'], verdict: 'deny' as const }];
    await first.developer.call('tool/policy/set', { version: 0, rules });
    const { runId } = await first.developer.call('diff/revert', { diffId });
    const frames = await framesUntil(first.developer, runId, 'run.failed');
    expect(frameOf(frames, 'tool.guarded')).toMatchObject({ verdict: 'deny' });
    expect(await stage.read('denied.txt')).toBe('x');
  });
});
