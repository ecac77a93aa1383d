import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { frameOf, framesUntil } from '../support/frames';
import { decide, startPending, type Pending } from '../support/pending';
import { readPlan, writePlan } from '../support/plans';
import { Stage, type Replica } from '../support/stage';

const FREEZE = { id: 'freeze', tools: ['file.write'], paths: ['notes/**'], verdict: 'deny', reason: 'Frozen.' };

describe('a call that was approved before the rules changed', () => {
  let stage: Stage;
  let folder: string;

  beforeAll(async () => {
    stage = await Stage.open();
    folder = await mkdtemp(join(tmpdir(), 'assent-approved-'));
  });
  afterAll(async () => {
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function startWith(rules: object[]): Promise<Replica> {
    const file = join(folder, 'policy.json');
    await writeFile(file, JSON.stringify({ version: 1, rules }));
    return stage.start({ POLICY_FILE: file });
  }

  /** Nothing was written, and the run, the approval and the audit say why. */
  async function expectRefused({ developer }: Replica, { runId, diffId, hash }: Pending, path: string, rule: string) {
    const frames = await framesUntil(developer, runId, 'run.failed');
    const decided = frames.slice(frames.findIndex(({ type }) => type === 'approval.decided'));
    expect(decided.map(({ type }) => type)).toEqual([
      'approval.decided',
      'request.resolved',
      'run.resumed',
      'tool.guarded',
      'approval.voided',
      'tool.failed',
      'run.failed',
    ]);
    expect(frameOf(decided, 'tool.guarded')).toMatchObject({ rule, breaker: 'closed' });
    expect(frameOf(decided, 'run.failed')).toMatchObject({
      error: { reason: 'forbidden', message: expect.stringContaining(`(rule ${rule})`) },
    });
    await expect(stage.read(path)).rejects.toThrow('ENOENT');
    const [row] = await stage.rows(
      `select (select state from diffs where run_id = $1) as diff, (select state from approvals where run_id = $1) as approval,
        (select state from tool_calls where run_id = $1) as call`,
      [runId],
    );
    expect(row).toEqual({ diff: 'voided', approval: 'voided', call: 'failed' });
    const audit = await stage.rows(
      `select action, actor, subject_id as subject, hash, detail ->> 'rule' as rule from audit_log where run_id = $1 order by id`,
      [runId],
    );
    expect(audit).toMatchObject([
      { action: 'approval.approve', actor: 'reviewer' },
      { action: 'diff.refuse', actor: 'system:apply', subject: diffId, hash, rule },
    ]);
  }

  it('is not applied when a rule of the tenant denies it now', async () => {
    const replica = await startWith([]);
    const asked = await startPending(replica.developer, 'notes/tenant.md', 'x');
    const { version } = await replica.developer.call('tool/policy/set', { version: 0, rules: [FREEZE] });
    expect((await decide(replica.reviewer, asked, 'approve')).status).toBe(200);
    await expectRefused(replica, asked, 'notes/tenant.md', 'tenant.freeze');
    await replica.developer.call('tool/policy/set', { version, rules: [] });
    await replica.process.kill();
  });

  it("is not applied when a rule of the server's file denies it now", async () => {
    const before = await startWith([]);
    const asked = await startPending(before.developer, 'notes/server.md', 'x');
    await before.process.kill();
    const after = await startWith([FREEZE]);
    expect((await decide(after.reviewer, asked, 'approve')).status).toBe(200);
    await expectRefused(after, asked, 'notes/server.md', 'freeze');
    await after.process.kill();
  });

  it('is not applied when its tool is gone, and is when the change of the rules does not concern it', async () => {
    const file = join(folder, 'tools.json');
    await writeFile(file, JSON.stringify({ http: { hosts: ['127.0.0.1'] } }));
    const before = await stage.start({ TOOLS_FILE: file, EGRESS_ALLOW: '127.0.0.0/8' });
    const args = { method: 'POST', url: 'http://127.0.0.1:9/x', body: '1' };
    const action = { id: 'write', kind: 'tool' as const, tool: 'http.request', args };
    const params = { actions: [action, { id: 'finish', kind: 'finish' as const }] };
    const posting = await startPending(before.developer, 'x', 'y', params);
    const writing = await startPending(before.developer, 'src-notes.md', 'fine');
    await before.process.kill();
    const after = await startWith([FREEZE]);
    for (const asked of [posting, writing]) expect((await decide(after.reviewer, asked, 'approve')).status).toBe(200);
    await expectRefused(after, posting, 'x', 'default.changed');
    await framesUntil(after.developer, writing.runId, 'run.completed');
    expect(await stage.read('src-notes.md')).toBe('fine');
    await after.process.kill();
  });

  it('is decided by the same rules as before: what the run has used of its budget does not count twice', async () => {
    const replica = await startWith([{ id: 'free', tools: ['file.write'], verdict: 'allow' }]);
    const current = await replica.developer.call('tool/policy/get', {});
    await replica.developer.call('tool/policy/set', { version: current.version, rules: [], maxCalls: 1 });
    const { runId } = await replica.developer.call('start', writePlan('notes/only.md', 'once'));
    await framesUntil(replica.developer, runId, 'run.completed');
    expect(await stage.read('notes/only.md')).toBe('once');
    const read = await replica.developer.call('start', readPlan('notes/only.md'));
    const guarded = frameOf(await framesUntil(replica.developer, read.runId, 'run.completed'), 'tool.guarded');
    expect(guarded).toMatchObject({ verdict: 'allow', breaker: 'closed' });
    await replica.process.kill();
  });
});
