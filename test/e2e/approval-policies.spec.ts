import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Approval } from '@assent/contract';
import type { Caller } from '../support/caller';
import { eventually } from '../support/eventually';
import { frameOf, framesOf, framesUntil } from '../support/frames';
import { decide, startPending } from '../support/pending';
import { person } from '../support/people';
import { writePlan } from '../support/plans';
import { Stage, type Replica } from '../support/stage';

const RULES = [
  { id: 'two', paths: ['two/**'], quorum: 2, roles: ['security'], deciders: ['dev', 'security'] },
  { id: 'authors', paths: ['authors/**'], authors: 'deny' },
  { id: 'auto', paths: ['auto/**'], auto: true },
  {
    id: 'soon',
    paths: ['soon/**'],
    remindSeconds: [1],
    escalate: [{ afterSeconds: 1, deciders: ['dev'], roles: [] }],
    deciders: ['lead'],
    roles: ['lead'],
  },
  { id: 'short', paths: ['short/**'], expiresSeconds: 1 },
];
const RACES = 40;

describe('approval policies', () => {
  let stage: Stage;
  let a: Replica;
  let b: Replica;
  let folder: string;
  let ann: Caller;
  let bob: Caller;
  let sam: Caller;
  let lea: Caller;

  beforeAll(async () => {
    stage = await Stage.open();
    folder = await mkdtemp(join(tmpdir(), 'assent-policy-'));
    const file = join(folder, 'approvals.json');
    await writeFile(file, JSON.stringify({ version: 1, rules: RULES }));
    const env = { APPROVAL_POLICY_FILE: file, SWEEP_SECONDS: '1' };
    [a, b] = await Promise.all([stage.start(env), stage.start(env)]);
    const at = (index: number): string => (index % 2 === 0 ? a : b).process.url;
    [ann, bob, sam, lea] = await Promise.all([
      person(stage.sql, at(0), 'ann', ['dev']),
      person(stage.sql, at(1), 'bob', ['dev']),
      person(stage.sql, at(0), 'sam', ['security']),
      person(stage.sql, at(1), 'lea', ['lead']),
    ]);
  });
  afterAll(async () => {
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  });

  const bodyOf = async (response: Response) => (await response.json()) as Approval & Record<string, unknown>;

  it('ask as many distinct people as they say, each role among them; the last one decides', async () => {
    const pending = await startPending(a.developer, 'two/a.txt', 'x');
    expect(await ann.call('approval/get', { approvalId: pending.approvalId })).toMatchObject({
      policy: [{ rule: 'two', quorum: 2, roles: ['security'] }],
      needed: { people: 2, roles: ['security'] },
    });
    const refused = await decide(lea, pending, 'approve');
    expect([refused.status, await bodyOf(refused)]).toMatchObject([403, { roles: ['dev', 'security'] }]);
    const first = await bodyOf(await decide(ann, pending, 'approve', { comment: 'fine' }));
    expect(first).toMatchObject({
      state: 'pending',
      needed: { people: 1, roles: ['security'] },
      votes: [{ actor: 'ann' }],
    });
    expect((await bodyOf(await decide(ann, pending, 'approve'))).votes).toHaveLength(1);
    expect(await bodyOf(await decide(bob, pending, 'approve'))).toMatchObject({
      state: 'pending',
      needed: { people: 1, roles: ['security'] },
    });
    expect(await bodyOf(await decide(sam, pending, 'approve'))).toMatchObject({
      state: 'approved',
      decision: { actor: 'sam' },
      votes: [{ actor: 'ann' }, { actor: 'bob' }, { actor: 'sam' }],
    });
    const frames = await framesUntil(a.developer, pending.runId, 'run.completed');
    expect(frames.filter(({ type }) => type === 'approval.voted')).toHaveLength(2);
    expect(await stage.read('two/a.txt')).toBe('x');
    expect((await decide(ann, pending, 'approve')).status).toBe(200);
    const { items } = (await (await ann.fetch(`/approvals/${pending.approvalId}/audit`)).json()) as {
      items: { action: string; actor: string; detail: { policy?: string[] } }[];
    };
    expect(items.map(({ action, actor }) => `${action} ${actor}`)).toEqual(
      expect.arrayContaining(['approval.vote ann', 'approval.vote bob', 'approval.approve sam']),
    );
    expect(items.find(({ action }) => action === 'approval.approve')?.detail.policy?.[0]).toMatch(/^two@sha256:/);
  });

  it('end with the first rejection, regardless of earlier approvals', async () => {
    const pending = await startPending(a.developer, 'two/b.txt', 'x');
    await decide(ann, pending, 'approve');
    expect(await bodyOf(await decide(bob, pending, 'reject'))).toMatchObject({
      state: 'rejected',
      decision: { actor: 'bob' },
    });
    expect((await decide(sam, pending, 'approve')).status).toBe(409);
    await framesUntil(a.developer, pending.runId, 'run.completed');
  });

  it('are held by the database too: one decision alone cannot approve what needs two', async () => {
    const { approvalId } = await startPending(a.developer, 'two/c.txt', 'x');
    await expect(
      stage.sql.query(`update approvals set state = 'approved' where id = $1`, [approvalId]),
    ).rejects.toThrow('approvals_quorum');
  });

  it(`count every vote once when people vote at once at two replicas, in ${RACES} trials`, async () => {
    const pendings = await Promise.all(
      Array.from({ length: RACES }, (_, index) => startPending(a.developer, `two/race-${index}.txt`, 'x')),
    );
    await Promise.all(
      pendings.map(async (pending) => {
        const answers = await Promise.all([ann, sam, bob, sam].map((caller) => decide(caller, pending, 'approve')));
        for (const { status } of answers) expect([200, 409]).toContain(status);
        const approval = await ann.call('approval/get', { approvalId: pending.approvalId });
        expect(approval.state).toBe('approved');
        expect(new Set(approval.votes.map(({ actor }) => actor)).size).toBe(approval.votes.length);
        const frames = await framesUntil(b.developer, pending.runId, 'run.completed');
        expect(frames.filter(({ type }) => type === 'approval.decided')).toHaveLength(1);
        expect(frames.filter(({ type }) => type === 'diff.applied')).toHaveLength(1);
      }),
    );
    const short = await stage.rows(`select id from approvals where state = 'approved' and votes < quorum`);
    expect(short).toEqual([]);
  });

  it('do not let the author of a revision approve it where they say so', async () => {
    const pending = await startPending(a.developer, 'authors/a.txt', 'one\n');
    const revise = { files: [{ path: 'authors/a.txt', content: 'two\n' }] };
    const answer = await ann.post(`/approvals/${pending.approvalId}/revisions`, revise, {
      'if-match': `"${pending.hash}"`,
    });
    const { hash } = await bodyOf(answer);
    expect((await decide(ann, { ...pending, hash }, 'approve')).status).toBe(403);
    expect((await decide(bob, { ...pending, hash }, 'approve')).status).toBe(200);
    await framesUntil(a.developer, pending.runId, 'run.completed');
    expect(await stage.read('authors/a.txt')).toBe('two\n');
  });

  it('approve by themselves under their own name, but never what hides characters', async () => {
    expect((await startPending(a.developer, 'auto/hidden.txt', 'a\u202eb')).approvalId).toBeTruthy();
    const { runId } = await a.developer.call('start', writePlan('auto/plain.txt', 'x'));
    const frames = await framesUntil(a.developer, runId, 'run.completed');
    expect(frameOf(frames, 'approval.decided')).toMatchObject({ actor: 'policy:auto', decision: 'approve' });
    expect(await stage.read('auto/plain.txt')).toBe('x');
    const rows = await stage.rows<{ actor: string }>(`select actor from audit_log where action = 'approval.auto'`);
    expect(rows).toEqual([{ actor: 'policy:auto' }]);
  });

  it('remind and escalate once each, and let further roles decide from then on', async () => {
    const pending = await startPending(a.developer, 'soon/a.txt', 'x');
    expect((await decide(ann, pending, 'approve')).status).toBe(403);
    const frames = await eventually('it is escalated', async () => {
      const all = await framesOf(a.developer, pending.runId);
      return all.some(({ type }) => type === 'approval.escalated') ? all : null;
    });
    expect(frames.filter(({ type }) => type === 'approval.reminded')).toHaveLength(1);
    expect(frameOf(frames, 'approval.escalated')).toMatchObject({ rule: 'soon', deciders: ['lead', 'dev'], roles: [] });
    expect(await bodyOf(await decide(ann, pending, 'approve'))).toMatchObject({
      state: 'approved',
      reminders: 1,
      escalations: 1,
    });
    await framesUntil(a.developer, pending.runId, 'run.completed');
  });

  it('expire by their own time, on the clock of the database', async () => {
    const pending = await startPending(a.developer, 'short/a.txt', 'x');
    await framesUntil(a.developer, pending.runId, 'run.failed');
    expect((await decide(ann, pending, 'approve')).status).toBe(410);
  });

  it('of a tenant ask for more, never for less, and only in the version that was read', async () => {
    const rules = [{ id: 'lead', paths: ['tenant/**'], roles: ['lead'] }];
    const none = await ann.call('approval/policy/get', {});
    expect(none).toMatchObject({ version: 0, rules: [] });
    for (const dryRun of [false, true]) {
      const auto = { version: 0, rules: [{ id: 'x', auto: true }], dryRun };
      expect(await ann.fail('approval/policy/set', auto)).toMatchObject({
        code: -32602,
        data: { pointer: '/rules/0/auto' },
      });
    }
    expect(await ann.call('approval/policy/set', { version: 0, rules, dryRun: true })).toEqual(none);
    expect(await ann.call('approval/policy/set', { version: 0, rules })).toMatchObject({ version: 1, actor: 'ann' });
    expect(await ann.fail('approval/policy/set', { version: 0, rules })).toMatchObject({ code: -32002 });
    const pending = await eventually('the policy holds at every replica', async () => {
      const asked = await startPending(a.developer, 'tenant/a.txt', 'x');
      const { policy } = await ann.call('approval/get', { approvalId: asked.approvalId });
      return policy[0]?.rule === 'tenant.lead' ? asked : null;
    });
    expect(await bodyOf(await decide(ann, pending, 'approve'))).toMatchObject({
      state: 'pending',
      needed: { roles: ['lead'] },
    });
    expect(await bodyOf(await decide(lea, pending, 'approve'))).toMatchObject({ state: 'approved' });
    const [row] = await stage.rows<{ actor: string }>(`select actor from audit_log where action = 'policy.change'`);
    expect(row?.actor).toBe('ann');
  });

  it('do not let the credential of a run decide it, even after its subject was renamed', async () => {
    const pending = await startPending(ann, 'plain/own.txt', 'x');
    await stage.sql.query(`update approvals set requester = 'somebody' where id = $1`, [pending.approvalId]);
    expect((await decide(ann, pending, 'approve')).status).toBe(403);
    expect((await decide(bob, pending, 'approve')).status).toBe(200);
  });
});
