import { contentHashOf } from '@assent/platform';
import { frameOf, framesUntil } from '../support/frames';
import { decide, startPending, type Pending } from '../support/pending';
import { Stage, type Replica } from '../support/stage';

describe('content that is not what was approved', () => {
  let stage: Stage;
  let replica: Replica;

  beforeAll(async () => {
    stage = await Stage.open();
    replica = await stage.start();
  });
  afterAll(() => stage.close());

  /** As an attacker with write access to the database would. */
  async function forge({ diffId }: Pending, withHash: boolean): Promise<void> {
    const [row] = await stage.rows<{ content: Buffer; hash: string }>('select content, hash from diffs where id = $1', [
      diffId,
    ]);
    if (!row) throw new Error('there is no diff');
    const content = Buffer.from(row.content.toString('utf8').replaceAll('agreed', 'forged'));
    expect(content.equals(row.content)).toBe(false);
    const hash = withHash ? contentHashOf(content) : row.hash;
    await stage.rows('update diffs set content = $2, hash = $3 where id = $1', [diffId, content, hash]);
  }

  async function expectNothing({ runId }: Pending, path: string, reason: string, action: string): Promise<string> {
    const frames = await framesUntil(replica.developer, runId, 'run.failed');
    const failed = frameOf(frames, 'run.failed');
    expect(failed).toMatchObject({ error: { reason } });
    expect(frames.filter(({ type }) => type === 'diff.applied')).toEqual([]);
    expect(frames.filter(({ type }) => type === 'approval.voided')).toHaveLength(1);
    await expect(stage.read(path)).rejects.toThrow('ENOENT');
    const audit = await stage.rows<{ action: string }>('select action from audit_log where run_id = $1 order by id', [
      runId,
    ]);
    expect(audit.at(-1)?.action).toBe(action);
    return (failed['error'] as { message: string }).message;
  }

  it('is not applied: other bytes under the hash that was approved', async () => {
    const pending = await startPending(replica.developer, 'forged/bytes.txt', 'agreed\n');
    await forge(pending, false);
    expect((await decide(replica.reviewer, pending, 'approve')).status).toBe(200);
    await expectNothing(pending, 'forged/bytes.txt', 'precondition_failed', 'diff.fail');
  });

  it('is not applied: other bytes with a hash that is right for them', async () => {
    const pending = await startPending(replica.developer, 'forged/hash.txt', 'agreed\n');
    await forge(pending, true);
    expect((await decide(replica.reviewer, pending, 'approve')).status).toBe(200);
    const message = await expectNothing(pending, 'forged/hash.txt', 'forbidden', 'diff.refuse');
    expect(message).toContain(`approval ${pending.approvalId} is about the content ${pending.hash}`);
  });

  it('is not applied: an approval that was pointed to other content', async () => {
    const pending = await startPending(replica.developer, 'forged/other.txt', 'agreed\n');
    const decoy = await startPending(replica.developer, 'forged/decoy.txt', 'harmless\n');
    await stage.rows('update approvals set diff_id = $2, hash = $3 where id = $1', [
      pending.approvalId,
      decoy.diffId,
      decoy.hash,
    ]);
    expect((await decide(replica.reviewer, { ...pending, hash: decoy.hash }, 'approve')).status).toBe(200);
    await expectNothing(pending, 'forged/other.txt', 'forbidden', 'diff.refuse');
    await expect(stage.read('forged/decoy.txt')).rejects.toThrow('ENOENT');
  });
});
