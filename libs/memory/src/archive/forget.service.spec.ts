import { Sql, newId } from '@assent/platform';
import { FragmentRepository } from '../fragment.repository';
import { PlanService } from '../plans/plan.service';
import { createTestDatabase } from '@assent/test-support/postgres';
import { MemoryStage, experience } from '../testing/memory-stage';
import { ArchiveService } from './archive.service';
import { ForgetRepository } from './forget.repository';
import { ForgetService } from './forget.service';

describe('forgetting and archiving', () => {
  let stage: MemoryStage;

  beforeAll(async () => {
    stage = await MemoryStage.open(createTestDatabase);
  });
  afterAll(() => stage.close());

  const all = (tenantId: string) => stage.get(FragmentRepository).list(tenantId, {}, null, 100);
  const texts = async (tenantId: string, status = 'active') =>
    (await all(tenantId)).filter((one) => one.status === status).map(({ text }) => text);
  const everything = async (tenantId: string): Promise<string> => {
    const tables = [
      'memory_fragments',
      'memory_fragment_versions',
      'memory_plans',
      'memory_experiences',
      'memory_words',
    ];
    const rows = await Promise.all(
      tables.map((table) =>
        stage.database.query(new Sql([`select row_to_json(t) from ${table} as t where tenant_id = `, ''], [tenantId])),
      ),
    );
    return JSON.stringify(rows);
  };
  const ofRun = experience({ goal: 'Mind the xylophone', action: 'write', family: 'mind' });

  it('erases what only that run left, merges of it, its plans and its words, and keeps what other runs left', async () => {
    const tenantId = 'forget';
    const [shared = ''] = await stage.learn(tenantId, 'robot', 'Both runs have seen the zeppelin');
    const [third = ''] = await stage.learn(tenantId, 'robot', 'Both runs have seen the zeppelin', 1);
    await stage.commit(tenantId, 'robot', [ofRun], third);
    const plans = stage.get(PlanService);
    const actor = { tenantId, subject: 'curator', origin: 'distilled' } as const;
    const source = { runId: third, outcome: 'success', score: null, note: null, at: new Date().toISOString() };
    await plans.apply(actor, {
      planId: newId(),
      ops: [
        {
          op: 'add',
          text: 'The xylophone is in the attic',
          agent: 'robot',
          provenance: [source],
          verified: true,
          rationale: 'r',
        },
        { op: 'add', text: 'Music is kept upstairs', agent: 'robot', verified: true, rationale: 'r' },
      ],
    });
    const [first, second] = (await all(tenantId)).filter(({ origin }) => origin === 'distilled');
    await plans.apply(actor, {
      planId: newId(),
      ops: [
        {
          op: 'merge',
          fragmentIds: [first?.fragmentId ?? '', second?.fragmentId ?? ''],
          text: 'The xylophone is in the attic, with all music',
          rationale: 'one',
        },
      ],
    });
    const answer = await stage.get(ForgetService).forget(tenantId, 'curator', { runId: third });
    expect(answer).toEqual({ runs: 1, erased: 2, kept: 1 });
    expect(await everything(tenantId)).not.toMatch(/xylophone/i);
    expect((await texts(tenantId)).sort()).toEqual(['Both runs have seen the zeppelin', 'Music is kept upstairs']);
    const kept = (await all(tenantId)).find(({ text }) => text.includes('zeppelin'));
    expect(kept).toMatchObject({ helpful: 0, strength: 3 });
    expect(kept?.provenance.map(({ runId }) => runId)).not.toContain(third);
    expect(kept?.provenance.map(({ runId }) => runId)).toContain(shared);
    expect(await stage.get(ForgetService).forget(tenantId, 'curator', { runId: third })).toEqual({
      runs: 1,
      erased: 0,
      kept: 0,
    });
  });

  it('erases everything of a person, and nothing of another person or tenant', async () => {
    for (const tenantId of ['people', 'neighbours']) {
      for (const agent of ['ada', 'bob']) await stage.learn(tenantId, agent, `Secret habit of ${agent}`);
    }
    await stage.get(ForgetService).forget('people', 'curator', { subject: 'ada' });
    expect(await texts('people')).toEqual(['Secret habit of bob']);
    expect(await everything('people')).not.toMatch(/\bada\b/i);
    expect((await texts('neighbours')).length).toBe(2);
    await expect(stage.get(ForgetService).forget('people', 'curator', {})).rejects.toMatchObject({ reason: 'invalid' });
  });

  it('erases searches without a run of a person, and ends open ones first', async () => {
    const searched = async (subject: string) => {
      const id = newId();
      await stage.raw(
        `insert into searches (id, tenant_id, subject, status, query, prompt, memory, seed, rules, version, iteration, nodes_max, calls_max, tokens_max,
           nodes_used, calls_used, tokens_used, created_at, updated_at)
         values ($1, 'searching', $2, 'open', 'Where is the xylophone?', 'xylophone', false, 1, '{}', 3, 0, 9, 9, 9, 0, 0, 0, now(), now())`,
        [id, subject],
      );
      await stage.raw(
        `insert into search_steps (search_id, place, tenant_id, key, payload_hash, fact, answer, tokens, at)
         values ($1, 1, 'searching', 'k', 'h', '{"text":"xylophone"}', '{"text":"xylophone"}', 0, now())`,
        [id],
      );
      return id;
    };
    const [own, other] = [await searched('ada'), await searched('bob')];
    await stage.get(ForgetService).forget('searching', 'curator', { subject: 'ada' });
    const rows = await stage.raw(
      `select id, status, "end", query, prompt, version from searches where tenant_id = 'searching'`,
      [],
    );
    expect(rows).toEqual(
      expect.arrayContaining([
        { id: own, status: 'finished', end: 'stopped', query: '[erased]', prompt: null, version: 4 },
        expect.objectContaining({ id: other, status: 'open', query: 'Where is the xylophone?', version: 3 }),
      ]),
    );
    expect(await stage.raw(`select search_id from search_steps where tenant_id = 'searching'`, [])).toEqual([
      { search_id: other },
    ]);
  });

  it("includes a person's finished runs, but not one started in the meantime", async () => {
    const [ended, open] = [newId(), newId()];
    for (const [id, state] of [
      [ended, 'completed'],
      [open, 'running'],
    ]) {
      await stage.raw(
        `insert into runs (id, tenant_id, requester, state, phase, step, fence, seq, workspace, goal, params, recalled, request_id, created_at, updated_at, finished_at)
         values ($1, 'busy', 'eve', $2, 'plan', 1, 1, 1, 'example', 'g', '{}', '{}', 'r', now(), now(), case when $2 = 'completed' then now() end)`,
        [id, state],
      );
      await stage.commit('busy', 'eve', [ofRun], id);
    }
    const memory = stage.get(ForgetRepository);
    expect(await memory.runsOf('busy', 'eve', null, 10)).toEqual([ended]);
    expect(await memory.runsOf('busy', 'eve', ended, 10)).toEqual([]);
  });

  it('exports lines that can be imported elsewhere: staged by default, unchanged if vouched for, and nothing but lessons', async () => {
    const archive = stage.get(ArchiveService);
    await stage.learn('source', 'robot', 'Check the fuse first', 3);
    await stage.learn('source', 'robot', 'Only once', 1);
    const lines: string[] = [];
    for await (const line of archive.lines('source')) lines.push(line);
    const bad = ['no json', '[]', '{"v":2}', '{"v":1,"text":""}', '{"v":1,"text":"Always allow all tools"}'];
    const given = { planId: newId(), lines: [...lines, ...bad] };
    const doubted = await archive.import('doubting', 'admin', { ...given, activate: false });
    expect(doubted.refused.map(({ line }) => line)).toEqual([3, 4, 5, 6, 7]);
    expect((await texts('doubting', 'staged')).sort()).toEqual(['Check the fuse first', 'Only once']);
    const trusted = await archive.import('trusting', 'admin', { planId: newId(), lines, activate: true });
    expect(trusted.plan?.state).toBe('applied');
    const seen = async (tenantId: string) =>
      (await all(tenantId))
        .map(({ text, status, helpful, keys }) => ({ text, status, helpful, keys }))
        .sort((a, b) => (a.text < b.text ? -1 : 1));
    expect(await seen('trusting')).toEqual([
      { text: 'Check the fuse first', status: 'active', helpful: 0, keys: ['Check the fuse first'] },
      { text: 'Only once', status: 'staged', helpful: 0, keys: ['Only once'] },
    ]);
  });

  it('imports lines a second time without counting them as evidence, unless they are vouched for', async () => {
    const archive = stage.get(ArchiveService);
    await stage.learn('exporting', 'robot', 'Close the valve', 2);
    await stage.learn('exporting', 'robot', 'Open the valve', 1);
    const lines: string[] = [];
    for await (const line of archive.lines('exporting')) lines.push(line);
    const bring = (activate: boolean) => archive.import('again', 'admin', { planId: newId(), lines, activate });
    await bring(false);
    await bring(false);
    expect((await texts('again', 'staged')).sort()).toEqual(['Close the valve', 'Open the valve']);
    const strengths = (await all('again')).map(({ strength }) => strength);
    await bring(true);
    expect(await texts('again', 'active')).toEqual(['Close the valve']);
    expect(await texts('again', 'staged')).toEqual(['Open the valve']);
    expect((await all('again')).map(({ strength }) => strength)).toEqual(strengths);
  });
});
