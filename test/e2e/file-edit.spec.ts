import type { Caller } from '../support/caller';
import { frameOf, framesOf, framesUntil, seen } from '../support/frames';
import { decide, startUntilAsked } from '../support/pending';
import { callPlan } from '../support/plans';
import { Stage } from '../support/stage';

const PATH = 'config/payments.ini';
const CRLF = '[payments]\r\ntimeout = 3\r\nretries = 2\r\n';
const EDITS = [
  { old: 'timeout = 3\r\n', new: 'timeout = 30\r\n' },
  { old: 'retries = 2\r\n', new: 'retries = 5' },
];

describe('an edit of a file that the caller of start gave', () => {
  let stage: Stage;
  let developer: Caller;
  let reviewer: Caller;

  beforeAll(async () => {
    stage = await Stage.open();
    ({ developer, reviewer } = await stage.start());
  });
  afterAll(() => stage.close());

  const edit = (edits: { old: string; new: string }[]) => callPlan('file.edit', { path: PATH, edits });

  it('waits as a diff that names what changes in the form of the file, and is applied once when it is approved', async () => {
    await stage.write(PATH, CRLF);
    const pending = await startUntilAsked(developer, edit(EDITS));
    expect(await stage.read(PATH)).toBe(CRLF);
    const changes = [{ kind: 'final_newline', before: true, after: false }];
    const { files, patch } = await developer.call('diff/get', { diffId: pending.diffId });
    expect(files).toMatchObject([{ path: PATH, kind: 'modify', added: 2, removed: 2, changes }]);
    expect(patch).toContain('-timeout = 3\r\n');
    expect(await reviewer.call('approval/get', { approvalId: pending.approvalId })).toMatchObject({
      tool: 'file.edit',
      files: [{ changes }],
    });
    expect((await decide(reviewer, pending, 'approve')).status).toBe(200);
    expect((await decide(reviewer, pending, 'approve')).status).toBe(200);
    await seen(developer, pending.runId, 'run.completed');
    expect(await stage.read(PATH)).toBe('[payments]\r\ntimeout = 30\r\nretries = 5');
    const applied = (await framesOf(developer, pending.runId)).filter(({ type }) => type === 'diff.applied');
    expect(applied).toHaveLength(1);
  });

  it('leaves the bytes as they are when it is rejected', async () => {
    await stage.write(PATH, CRLF);
    const pending = await startUntilAsked(developer, edit(EDITS));
    await decide(reviewer, pending, 'reject');
    await framesUntil(developer, pending.runId, 'run.completed');
    expect(await stage.read(PATH)).toBe(CRLF);
  });

  it('asks nobody when one of the edits does not fit, and the run says which and why', async () => {
    await stage.write(PATH, CRLF);
    const [first] = EDITS;
    const edits = [...(first ? [first] : []), { old: 'retries  = 2', new: 'retries = 5' }];
    const { runId } = await developer.call('start', edit(edits));
    const frames = await framesUntil(developer, runId, 'run.failed');
    expect(frames.map(({ type }) => type)).not.toContain('approval.requested');
    expect(JSON.stringify(frameOf(frames, 'tool.failed'))).toContain('they differ in white space only');
    expect(await stage.read(PATH)).toBe(CRLF);
  });
});
