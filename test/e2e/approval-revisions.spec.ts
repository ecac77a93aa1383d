import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Approval, Diff } from '@assent/contract';
import type { Caller } from '../support/caller';
import { frameOf, framesOf, framesUntil } from '../support/frames';
import { decide, offerOf, startPending, type Pending } from '../support/pending';
import { writePlan } from '../support/plans';
import { Stage } from '../support/stage';

const LINES = Array.from({ length: 40 }, (_, index) => `line ${index + 1}\n`);
const BASE = LINES.join('');
/** Two changes far apart: two hunks. */
const CHANGED = LINES.with(1, 'LINE 2\n').with(35, 'LINE 36\n').join('');

describe('revisions', () => {
  let stage: Stage;
  let developer: Caller;
  let reviewer: Caller;

  beforeAll(async () => {
    stage = await Stage.open();
    ({ developer, reviewer } = await stage.start());
  });
  afterAll(() => stage.close());

  const revise = (pending: Pick<Pending, 'approvalId' | 'hash'>, body: object) =>
    reviewer.post(`/approvals/${pending.approvalId}/revisions`, body, { 'if-match': `"${pending.hash}"` });
  const approvalOf = async (response: Response) => (await response.json()) as Approval & Record<string, unknown>;
  const diffOf = async ({ approvalId }: Pick<Pending, 'approvalId'>) =>
    (await (await reviewer.fetch(`/approvals/${approvalId}/diff`)).json()) as Diff;

  it('have a hash, an author and a lineage of their own; the old hash is refused, and what is applied is the new content', async () => {
    await stage.write('edit.txt', BASE);
    const pending = await startPending(developer, 'edit.txt', CHANGED);
    const answer = await revise(pending, { files: [{ path: 'edit.txt', content: 'mine\n' }], comment: 'shorter' });
    const revised = await approvalOf(answer);
    expect([answer.status, answer.headers.get('etag')]).toEqual([201, `"${revised.hash}"`]);
    expect(revised).toMatchObject({
      state: 'pending',
      revision: 2,
      author: 'reviewer',
      votes: [],
      requestId: pending.requestId,
    });
    expect(revised.hash).not.toBe(pending.hash);
    expect((await decide(reviewer, pending, 'approve')).status).toBe(412);
    expect(await diffOf(pending)).toMatchObject({
      revision: 2,
      origin: 'content',
      supersedes: pending.diffId,
      hash: revised.hash,
    });
    expect(await developer.call('diff/get', { diffId: pending.diffId })).toMatchObject({ state: 'superseded' });
    expect((await developer.call('run/get', { runId: pending.runId })).pending).toMatchObject([
      { id: pending.requestId, params: { hash: revised.hash } },
    ]);
    expect((await decide(reviewer, { ...pending, hash: revised.hash }, 'approve')).status).toBe(200);
    const frames = await framesUntil(developer, pending.runId, 'run.completed');
    expect(frameOf(frames, 'approval.revised')).toMatchObject({
      revision: 2,
      hash: revised.hash,
      author: 'reviewer',
      origin: 'content',
      supersedes: pending.diffId,
      comment: 'shorter',
    });
    expect(frameOf(frames, 'diff.applied')).toMatchObject({ hash: revised.hash });
    expect(await stage.read('edit.txt')).toBe('mine\n');
  });

  it('are made by a patch on top of what is proposed; one that does not fit is refused', async () => {
    await stage.write('patched.txt', 'a\nb\nc\n');
    const pending = await startPending(developer, 'patched.txt', 'a\nB\nc\n');
    const patch = (from: string) => `--- a/patched.txt\n+++ b/patched.txt\n@@ -1,3 +1,3 @@\n a\n-${from}\n+bee\n c\n`;
    expect((await revise(pending, { patch: patch('b') })).status).toBe(409);
    const revised = await approvalOf(await revise(pending, { patch: patch('B') }));
    await decide(reviewer, { ...pending, hash: revised.hash }, 'approve');
    await framesUntil(developer, pending.runId, 'run.completed');
    expect(await stage.read('patched.txt')).toBe('a\nbee\nc\n');
  });

  it.each([
    ['nothing', {}, 400],
    ['two edits at once', { hunks: [1], files: [{ path: 'refused.txt', content: 'x' }] }, 400],
    ['another file', { files: [{ path: 'other.txt', content: 'x' }] }, 400],
    ['a hunk that is not there', { hunks: [9] }, 400],
    ['the same content', { files: [{ path: 'refused.txt', content: 'new\n' }] }, 409],
    ['what leaves nothing', { files: [{ path: 'refused.txt', content: null }] }, 400],
    ['an unknown property', { text: 'x' }, 400],
  ])('are refused for %s, and nothing is changed', async (_, body, status) => {
    const pending = await startPending(developer, 'refused.txt', 'new\n');
    expect((await revise(pending, body)).status).toBe(status);
    expect(await reviewer.call('approval/get', { approvalId: pending.approvalId })).toMatchObject({
      hash: pending.hash,
      revision: 1,
    });
  });

  it('that were decided refuse a decision and a revision on an earlier hash with the winner; another hash stays 412', async () => {
    await stage.write('tabs.txt', BASE);
    const pending = await startPending(developer, 'tabs.txt', CHANGED);
    expect((await decide(reviewer, pending, 'approve', { hunks: [2] })).status).toBe(200);
    const winner = { decision: 'approve', actor: 'reviewer' };
    const refused = [
      await decide(reviewer, pending, 'approve'),
      await decide(reviewer, pending, 'reject'),
      await revise(pending, { files: [{ path: 'tabs.txt', content: 'mine\n' }] }),
    ];
    for (const answer of refused) {
      expect(await answer.json()).toMatchObject({ status: 409, winner, state: 'approved' });
    }
    const { approvalId, hash } = pending;
    const rpc = await reviewer.fail('approval/decide', { approvalId, hash, decision: 'reject' });
    expect(rpc).toMatchObject({ code: -32002, data: { winner } });
    const other = { approvalId, hash: `sha256:${'0'.repeat(64)}` };
    expect((await decide(reviewer, other, 'approve')).status).toBe(412);
    await framesUntil(developer, pending.runId, 'run.completed');
  });

  it('of chosen hunks are decided in the same call; the answer says what was approved, again too', async () => {
    await stage.write('hunks.txt', BASE);
    const pending = await startPending(developer, 'hunks.txt', CHANGED);
    expect((await diffOf(pending)).hunks).toMatchObject([
      { number: 1, path: 'hunks.txt', added: 1, removed: 1 },
      { number: 2, path: 'hunks.txt', added: 1, removed: 1 },
    ]);
    const answer = await decide(reviewer, pending, 'approve', { hunks: [2] });
    const approved = await approvalOf(answer);
    expect(approved).toMatchObject({
      state: 'approved',
      revision: 2,
      author: 'reviewer',
      decision: { hash: approved.hash },
    });
    expect(answer.headers.get('etag')).toBe(`"${approved.hash}"`);
    const again = await decide(reviewer, pending, 'approve', { hunks: [2] });
    expect([again.status, await again.json()]).toEqual([200, approved]);
    expect((await decide(reviewer, pending, 'approve', { hunks: [1] })).status).toBe(409);
    await framesUntil(developer, pending.runId, 'run.completed');
    expect(await stage.read('hunks.txt')).toBe(LINES.with(35, 'LINE 36\n').join(''));
  });

  it('of a stale change are offered: merged where both fit, and applied only after a decision of their own', async () => {
    await stage.write('merge.txt', BASE);
    const pending = await startPending(developer, 'merge.txt', CHANGED);
    await stage.write('merge.txt', LINES.with(20, 'theirs\n').join(''));
    await decide(reviewer, pending, 'approve');
    const offered = await offerOf(developer, pending);
    const frames = await framesOf(developer, pending.runId);
    expect(frameOf(frames, 'diff.stale')).toMatchObject({
      offer: { diffId: offered.diffId, revision: 2, origin: 'rebase' },
    });
    expect(await stage.read('merge.txt')).toBe(LINES.with(20, 'theirs\n').join(''));
    expect((await decide(reviewer, offered, 'approve')).status).toBe(200);
    await framesUntil(developer, pending.runId, 'run.completed');
    expect(await stage.read('merge.txt')).toBe(
      LINES.with(1, 'LINE 2\n').with(20, 'theirs\n').with(35, 'LINE 36\n').join(''),
    );
  });

  it('show hidden characters with their place, from the stored bytes', async () => {
    const pending = await startPending(developer, 'hidden.txt', 'plain\nif (admin\u202e) \u200bx\n');
    const { flags, flagsTruncated, truncated } = await diffOf(pending);
    expect({ flags, flagsTruncated, truncated }).toEqual({
      flags: [
        { path: 'hidden.txt', line: 2, column: 10, codePoint: 'U+202E', kind: 'bidi', added: true },
        { path: 'hidden.txt', line: 2, column: 13, codePoint: 'U+200B', kind: 'zero_width', added: true },
      ],
      flagsTruncated: false,
      truncated: null,
    });
    expect((await reviewer.call('approval/get', { approvalId: pending.approvalId })).risks).toEqual(['hidden']);
  });

  it.each([
    ['creates', 'file.write', { path: 'näu/ü file.txt', content: 'no newline' }],
    ['deletes', 'file.delete', { path: 'gone.txt' }],
    ['renames', 'file.move', { path: 'from.txt', to: 'tö/to.txt' }],
    ['changes a file without a newline at its end', 'file.write', { path: 'gone.txt', content: 'other' }],
  ])('and first versions are patches that git applies, where one %s', async (_, tool, args) => {
    const files = { 'gone.txt': 'was here', 'from.txt': BASE };
    for (const [path, content] of Object.entries(files)) await stage.write(path, content);
    const plan = writePlan('x', 'x');
    const action = { id: 'write', kind: 'tool' as const, tool, args };
    const { runId } = await developer.call('start', { ...plan, actions: [action, { id: 'finish', kind: 'finish' }] });
    const asked = frameOf(await framesUntil(developer, runId, 'run.waiting'), 'approval.requested');
    const pending = { approvalId: String(asked['approvalId']), hash: String(asked['hash']) };
    const response = await reviewer.fetch(`/approvals/${pending.approvalId}/diff`, {
      headers: { accept: 'text/x-diff' },
    });
    const scratch = await mkdtemp(join(tmpdir(), 'assent-scratch-'));
    try {
      for (const [path, content] of Object.entries(files)) await writeFile(join(scratch, path), content);
      execFileSync('git', ['init', '-q'], { cwd: scratch });
      execFileSync('git', ['apply', '--whitespace=nowarn', '-'], { cwd: scratch, input: await response.text() });
      await decide(reviewer, pending, 'approve');
      await framesUntil(developer, runId, 'run.completed');
      for (const path of [...Object.keys(files), 'näu/ü file.txt', 'tö/to.txt'].filter(
        (name) => name in files || JSON.stringify(args).includes(name),
      )) {
        await mkdir(dirname(join(scratch, path)), { recursive: true });
        const here = await stage.read(path).catch(() => null);
        expect([path, here]).toEqual([path, await readFile(join(scratch, path), 'utf8').catch(() => null)]);
      }
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
});
