import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Caller } from '../support/caller';
import { frameOf, framesOf, framesUntil } from '../support/frames';
import { decide, offerOf, startPending } from '../support/pending';
import { Stage, type Replica } from '../support/stage';

const PATH = 'config/payments.yaml';
const OTHER_HASH = `sha256:${'0'.repeat(64)}`;
const NO_ONE = '00000000-0000-7000-8000-000000000000';

describe('approvals', () => {
  let stage: Stage;
  let server: Replica;
  let developer: Caller;
  let reviewer: Caller;

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start({ SWEEP_SECONDS: '1' });
    ({ developer, reviewer } = server);
  });
  afterAll(() => stage.close());

  const answer = (requestId: string, result: object, caller = reviewer) =>
    caller.post('/rpc', { jsonrpc: '2.0', id: requestId, result });
  const problemOf = async (response: Response) => (await response.json()) as Record<string, unknown>;

  describe('to look at', () => {
    it('are listed, filtered and paged, oldest first', async () => {
      const ours = [];
      for (const index of [1, 2, 3]) ours.push((await startPending(developer, `list-${index}.txt`, 'x')).approvalId);
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page = `/approvals?state=pending&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`;
        const { items, cursor: next } = (await (await reviewer.fetch(page)).json()) as {
          items: { approvalId: string }[];
          cursor: string | null;
        };
        seen.push(...items.map(({ approvalId }) => approvalId));
        cursor = next;
      }
      expect(seen).toEqual(ours);
      const { items } = await reviewer.call('approval/list', { state: 'pending', limit: 100 });
      expect(items.map(({ approvalId }) => approvalId)).toEqual(ours);
      expect(await reviewer.call('approval/list', { tool: 'no.such' })).toEqual({ items: [], cursor: null });
    });

    it.each(['state=asleep', 'limit=0', 'limit=101', 'limit=x', 'runId=1', 'cursor=x', 'unknown=1'])(
      'refuse the query %s with 400',
      async (query) => {
        const response = await reviewer.fetch(`/approvals?${query}`);
        expect([response.status, (await problemOf(response))['type']]).toEqual([400, 'urn:assent:error:invalid']);
      },
    );

    it('carry the hash as ETag, the same by REST and RPC, and are 404 when unknown', async () => {
      const { approvalId, hash, runId, diffId } = await startPending(developer, PATH, 'timeout: 3000\n');
      const response = await reviewer.fetch(`/approvals/${approvalId}`);
      expect(response.headers.get('etag')).toBe(`"${hash}"`);
      const approval = await response.json();
      expect(approval).toMatchObject({
        approvalId,
        runId,
        diffId,
        hash,
        state: 'pending',
        requester: 'developer',
        decision: null,
      });
      expect(await reviewer.call('approval/get', { approvalId })).toEqual(approval);
      for (const id of [NO_ONE, 'nonsense']) expect((await reviewer.fetch(`/approvals/${id}`)).status).toBe(404);
      expect(await reviewer.fail('approval/get', { approvalId: NO_ONE })).toMatchObject({ code: -32001 });
    });

    it('show a patch that git applies to exactly the content that is applied later', async () => {
      const pending = await startPending(developer, PATH, 'gateway:\n  timeout_ms: 3000\n  note: "ü – no newline"');
      const base = await stage.read(PATH);
      const response = await reviewer.fetch(`/approvals/${pending.approvalId}/diff`, {
        headers: { accept: 'text/x-diff' },
      });
      expect([response.headers.get('content-type'), response.headers.get('etag')]).toEqual([
        'text/x-diff; charset=utf-8',
        `"${pending.hash}"`,
      ]);
      const patch = await response.text();
      const scratch = await mkdtemp(join(tmpdir(), 'assent-scratch-'));
      try {
        await mkdir(dirname(join(scratch, PATH)), { recursive: true });
        await writeFile(join(scratch, PATH), base);
        execFileSync('git', ['init', '-q'], { cwd: scratch });
        execFileSync('git', ['apply', '--whitespace=nowarn', '-'], { cwd: scratch, input: patch });
        const json = await (await reviewer.fetch(`/approvals/${pending.approvalId}/diff`)).json();
        expect(json).toMatchObject({ patch, state: 'pending', lineage: { actionId: 'write' }, hash: pending.hash });
        expect(await developer.call('diff/get', { diffId: pending.diffId })).toEqual(json);
        expect(await stage.read(PATH)).toBe(base);
        expect((await decide(reviewer, pending, 'approve')).status).toBe(200);
        await framesUntil(developer, pending.runId, 'run.completed');
        expect(await stage.read(PATH)).toBe(await readFile(join(scratch, PATH), 'utf8'));
      } finally {
        await rm(scratch, { recursive: true, force: true });
      }
    });
  });

  describe('to decide', () => {
    it('need If-Match: 428 without or with *, 412 with another hash, and nothing is decided', async () => {
      const { approvalId, hash } = await startPending(developer, 'if-match.txt', 'x');
      const path = `/approvals/${approvalId}/approve`;
      expect((await reviewer.post(path, {})).status).toBe(428);
      expect((await reviewer.post(path, {}, { 'if-match': '*' })).status).toBe(428);
      for (const tag of [`"${OTHER_HASH}"`, `W/"${hash}"`, hash]) {
        expect((await reviewer.post(path, {}, { 'if-match': tag })).status).toBe(412);
      }
      const params = { approvalId, decision: 'approve', hash: OTHER_HASH };
      expect(await reviewer.fail('approval/decide', params)).toMatchObject({ code: -32005, data: { hash } });
      expect(await reviewer.call('approval/get', { approvalId })).toMatchObject({ state: 'pending' });
    });

    it('apply the file once approved; the same decision again is 200 with the same body, another is 409 with the winner', async () => {
      const pending = await startPending(developer, 'approved.txt', 'approved\n');
      const first = await decide(reviewer, pending, 'approve', { comment: 'looks right' });
      const body = await first.text();
      expect(JSON.parse(body)).toMatchObject({
        state: 'approved',
        decision: { decision: 'approve', actor: 'reviewer', hash: pending.hash, comment: 'looks right' },
      });
      const again = await decide(reviewer, pending, 'approve', { comment: 'looks right' });
      expect([again.status, await again.text()]).toEqual([200, body]);
      const other = await decide(reviewer, pending, 'reject');
      expect(other.status).toBe(409);
      expect(await problemOf(other)).toMatchObject({
        winner: { decision: 'approve', actor: 'reviewer' },
        state: 'approved',
      });
      const params = { approvalId: pending.approvalId, decision: 'reject', hash: pending.hash };
      expect(await reviewer.fail('approval/decide', params)).toMatchObject({
        code: -32002,
        data: { winner: { decision: 'approve' } },
      });
      const frames = await framesUntil(developer, pending.runId, 'run.completed');
      expect(frameOf(frames, 'diff.applied')).toMatchObject({
        hash: pending.hash,
        files: ['approved.txt'],
        written: true,
      });
      expect(frameOf(frames, 'request.resolved')).toMatchObject({
        id: pending.requestId,
        outcome: 'approve',
        actor: 'reviewer',
      });
      expect(await stage.read('approved.txt')).toBe('approved\n');
      expect(await developer.call('diff/get', { diffId: pending.diffId })).toMatchObject({ state: 'applied' });
    });

    it('tell another actor who has won', async () => {
      const pending = await startPending(developer, 'winner.txt', 'x');
      await decide(reviewer, pending, 'reject');
      for (const table of ['decisions', 'approval_votes']) {
        await stage.sql.query(`update ${table} set actor = 'somebody-else' where approval_id = $1`, [
          pending.approvalId,
        ]);
      }
      const response = await decide(reviewer, pending, 'reject');
      expect([response.status, await problemOf(response)]).toMatchObject([409, { winner: { actor: 'somebody-else' } }]);
    });

    it('leave the file alone once rejected', async () => {
      const pending = await startPending(developer, 'rejected.txt', 'x');
      const params = { approvalId: pending.approvalId, decision: 'reject' as const, hash: pending.hash };
      const approval = await reviewer.call('approval/decide', params);
      expect(approval).toMatchObject({ state: 'rejected' });
      expect(await reviewer.call('approval/decide', params)).toEqual(approval);
      const frames = await framesUntil(developer, pending.runId, 'run.completed');
      expect(frameOf(frames, 'run.completed')).toMatchObject({ result: { kind: 'rejected', diffId: pending.diffId } });
      await expect(stage.read('rejected.txt')).rejects.toThrow('ENOENT');
    });

    it('are forbidden without the scope, on every transport', async () => {
      const pending = await startPending(developer, 'forbidden.txt', 'x');
      expect((await decide(developer, pending, 'approve')).status).toBe(403);
      const params = { approvalId: pending.approvalId, decision: 'approve', hash: pending.hash };
      expect(await developer.fail('approval/decide', params)).toMatchObject({
        code: -32003,
        data: { scope: 'approval:decide' },
      });
      expect((await answer(pending.requestId, { decision: 'approve', hash: pending.hash }, developer)).status).toBe(
        403,
      );
      expect(await reviewer.call('approval/get', { approvalId: pending.approvalId })).toMatchObject({
        state: 'pending',
      });
    });

    it('are forbidden for the requester', async () => {
      const pending = await startPending(developer, 'own.txt', 'x');
      await stage.sql.query(`update approvals set requester = 'reviewer' where id = $1`, [pending.approvalId]);
      const response = await decide(reviewer, pending, 'approve');
      expect([response.status, await problemOf(response)]).toMatchObject([403, { type: 'urn:assent:error:forbidden' }]);
      expect(await reviewer.call('approval/get', { approvalId: pending.approvalId })).toMatchObject({
        state: 'pending',
      });
    });

    it('take an answer to the request in the stream: 202, the same again 202, another 409, an unknown one 404', async () => {
      const pending = await startPending(developer, 'answered.txt', 'answered');
      const asked = frameOf(pending.frames, 'request');
      expect(asked).toMatchObject({
        id: pending.requestId,
        method: 'approval/request',
        params: { hash: pending.hash },
      });
      expect((await developer.call('run/get', { runId: pending.runId })).pending).toEqual([
        { jsonrpc: '2.0', id: asked['id'], method: asked['method'], params: asked['params'] },
      ]);
      const approve = { decision: 'approve', hash: pending.hash };
      expect((await answer(pending.requestId, { decision: 'perhaps' })).status).toBe(400);
      expect((await answer(pending.requestId, { ...approve, hash: OTHER_HASH })).status).toBe(412);
      const done = await answer(pending.requestId, approve);
      expect([done.status, await done.text()]).toEqual([202, '']);
      expect((await answer(pending.requestId, approve)).status).toBe(202);
      const late = await answer(pending.requestId, { ...approve, decision: 'reject' });
      expect([late.status, await problemOf(late)]).toMatchObject([
        409,
        { winner: { decision: 'approve', actor: 'reviewer' } },
      ]);
      expect((await answer(`req_${NO_ONE}`, approve)).status).toBe(404);
      await framesUntil(developer, pending.runId, 'run.completed');
      expect(await stage.read('answered.txt')).toBe('answered');
      expect((await developer.call('run/get', { runId: pending.runId })).pending).toEqual([]);
    });

    it('are no longer to be had of a cancelled run', async () => {
      const pending = await startPending(developer, 'cancelled.txt', 'x');
      const cancel = { runId: pending.runId, reason: 'changed my mind' };
      expect(await developer.call('run/cancel', cancel)).toMatchObject({ state: 'cancelled' });
      expect(await developer.call('run/cancel', cancel)).toMatchObject({ state: 'cancelled' });
      const response = await decide(reviewer, pending, 'approve');
      expect([response.status, await problemOf(response)]).toMatchObject([409, { state: 'cancelled' }]);
      await expect(stage.read('cancelled.txt')).rejects.toThrow('ENOENT');
    });

    it('write nothing when the file has changed underneath', async () => {
      await stage.write('stale.txt', 'base\n');
      const pending = await startPending(developer, 'stale.txt', 'mine\n');
      await stage.write('stale.txt', 'theirs\n');
      expect((await decide(reviewer, pending, 'approve')).status).toBe(200);
      const offered = await offerOf(developer, pending);
      const frames = await framesOf(developer, pending.runId);
      expect(frameOf(frames, 'diff.stale')).toMatchObject({
        diffId: pending.diffId,
        hash: pending.hash,
        offer: { diffId: offered.diffId, revision: 2, origin: 'redraft' },
      });
      expect(await stage.read('stale.txt')).toBe('theirs\n');
      expect(await reviewer.call('approval/get', { approvalId: pending.approvalId })).toMatchObject({
        state: 'voided',
      });
      expect((await decide(reviewer, offered, 'approve')).status).toBe(200);
      await framesUntil(developer, pending.runId, 'run.completed');
      expect(await stage.read('stale.txt')).toBe('mine\n');
    });

    it('outlive the server they were asked of', async () => {
      const first = await stage.start();
      const pending = await startPending(first.developer, 'restarted.txt', 'restarted');
      expect(await first.process.stop()).toBe(0);
      const second = await stage.start();
      expect((await second.developer.call('run/get', { runId: pending.runId })).pending).toMatchObject([
        { id: pending.requestId },
      ]);
      expect((await decide(second.reviewer, pending, 'approve')).status).toBe(200);
      await framesUntil(second.developer, pending.runId, 'run.completed');
      expect(await stage.read('restarted.txt')).toBe('restarted');
    });
  });
});
