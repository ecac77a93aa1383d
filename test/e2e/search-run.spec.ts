import type { MethodResult } from '@assent/contract';
import { eventually } from '../support/eventually';
import { frameOf, framesOf, type WireFrame } from '../support/frames';
import { says, saysJson, silentAt } from '../support/model-replies';
import { MODEL_FILE, ModelScene } from '../support/model-scene';
import { numberIn, searching } from '../support/search-model';

describe('a run that searches for its plan', () => {
  let scene: ModelScene;

  beforeAll(async () => {
    scene = await ModelScene.open();
  });
  afterAll(() => scene.close());

  const QUICK = { deliberation: 'search', search: { rules: { maxIter: 2, judging: 'single' } } };
  const searchFrames = (frames: readonly WireFrame[]) => frames.filter(({ type }) => type.startsWith('search.'));
  const treeOf = (searchId: unknown): Promise<MethodResult<'search/get'>> =>
    scene.replica.developer.call('search/get', { searchId: String(searchId) });
  const planned = async (runId: string): Promise<WireFrame[]> => {
    await scene.pendingOf(runId);
    return framesOf(scene.replica.developer, runId);
  };

  it('writes plans, judges them in pairs, shows the growing tree, and goes on with the best', async () => {
    scene.endpoint.script(searching());
    const runId = await scene.start({ ...QUICK, budget: { tokens: 40_000 } });
    const frames = await planned(runId);
    const reported = searchFrames(frames);
    expect(reported.map(({ type }) => type.slice(7))).toEqual([
      'started',
      'expanded',
      'expanded',
      'compared',
      'expanded',
      'compared',
      'completed',
    ]);
    const { searchId } = frameOf(frames, 'search.started');
    const { search, nodes } = await treeOf(searchId);
    expect(search).toMatchObject({
      runId,
      status: 'finished',
      end: 'iterations',
      version: 6,
      budget: { tokens: 10_000 },
    });
    expect(reported.filter(({ type }) => type === 'search.expanded')).toMatchObject(
      nodes.map(({ nodeId, parentId }) => ({ nodeId, parentId, duplicate: false, verified: 'unknown' })),
    );
    const best = nodes[1]?.nodeId;
    expect(frameOf(frames, 'search.completed')).toMatchObject({
      bestId: best,
      worstId: nodes[2]?.nodeId,
      end: 'iterations',
      reason: null,
    });
    expect(frameOf(frames, 'search.compared')).toMatchObject({
      nodeId: best,
      scoreA: 3.7,
      scoreB: 2.8,
      critique: 'Mind the unit.',
    });
    expect(frameOf(frames, 'tree.built')).toMatchObject({ composer: 'model', degraded: false });
    expect(frameOf(frames, 'tool.proposed')).toMatchObject({ args: { content: 'timeout_ms: 3000\n' } });
    expect(frames.filter(({ type }) => type === 'trace.delta').map(({ text }) => text)).toEqual(['Plan 1.']);
    const [, second, third] = scene.promptsOf(null);
    expect(second).toContain('timeout_ms: 2000');
    // Below the second plan its judge's words count, and they are data.
    for (const words of ['timeout_ms: 3000', 'Mind the unit.', 'Say the unit.']) expect(third).toContain(words);
    expect(third).toMatch(/<data-[0-9a-f]{16} advice>\nSay the unit\./);
    const [ledger] = await scene.stage.rows<{ tokens: number; purposes: string }>(
      `select sum(input_tokens + output_tokens)::int as tokens, string_agg(distinct purpose, ' ' order by purpose) as purposes
       from model_calls where run_id = $1`,
      [runId],
    );
    expect(ledger).toEqual({ tokens: scene.endpoint.calls.length * 120, purposes: 'compose evaluate judge plan' });
    expect(search.used).toEqual({ nodes: 3, calls: 5, tokens: 5 * 120 });
    // Nobody else drives the search of a run.
    const stranger = { searchId: String(searchId), driver: 'x' };
    expect((await scene.replica.developer.fail('search/select', stranger)).data).toMatchObject({
      type: 'urn:assent:error:conflict',
      runId,
    });
  });

  it('tells how its advice did, and begins the next search with the best there is', async () => {
    let said = 0;
    scene.endpoint.script(
      searching(({ answer, prompt }) => {
        if (answer !== 'judgement') return null;
        said += 1;
        const score = (place: 'first' | 'second') => 1 + (9 * numberIn(prompt, place)) / 10_000;
        const criteria = [{ name: 'x', weight: 1, first: score('first'), second: score('second') }];
        return saysJson({ criteria, critique: '', lessons: [], evolvedPrompt: `Advice ${said}.` });
      }),
    );
    const { stage } = scene;
    await stage.rows(`insert into meta_prompts (id, tenant_id, family, text, text_hash, status, created_at, updated_at)
      values (gen_random_uuid(), 'local', 'plan', 'Look first.', 'sha256:' || encode(sha256(E'plan\\nLook first.'), 'hex'), 'active', now(), now())`);
    const runId = await scene.start({ ...QUICK, memory: true });
    await planned(runId);
    expect(scene.promptsOf(null)[0]).toMatch(/<data-[0-9a-f]{16} advice>\nLook first\./);
    const rows = await stage.rows(`select text, wins, losses from meta_prompts where agent is not null order by text`);
    // The third plan was written with what the judge of the second one advised, and lost against it.
    expect(rows).toEqual([
      { text: 'Advice 1.', wins: 0, losses: 1 },
      { text: 'Look first.', wins: 1, losses: 0 },
    ]);
    // What the run leaves names the advice that it began with: its agent's own, now that there is one.
    await scene.replica.developer.call('run/cancel', { runId });
    await scene.replica.developer.call('complete', { runId, outcome: 'failure' });
    const [left] = await stage.rows(`select prompt.text, prompt.agent is null as shared from memory_experiences
      join meta_prompts as prompt on prompt.id = meta_prompt_id where run_id = '${runId}'`);
    expect(left).toEqual({ text: 'Look first.', shared: false });
  });

  it('asks a judge once more that answers something else, then goes on without the judgement and says so', async () => {
    scene.endpoint.script(
      searching(({ answer }) => (answer === 'judgement' ? saysJson({ criteria: [], critique: '' }) : null)),
    );
    const frames = await planned(await scene.start(QUICK));
    const compared = frames.filter(({ type }) => type === 'search.compared');
    for (const frame of compared) expect(frame).toMatchObject({ scoreA: null, scoreB: null });
    expect(compared[0]?.['critique']).toContain('must have required property');
    expect(scene.promptsOf('judgement')).toHaveLength(2 * compared.length);
    expect(frameOf(frames, 'search.completed')).toMatchObject({ end: 'iterations' });
    expect(frameOf(frames, 'tool.proposed')).toMatchObject({ args: { content: 'timeout_ms: 2000\n' } });
  });

  it('counts a plan that proposes the same as a visit, and stops at a plan that the verifier passes', async () => {
    scene.endpoint.script(
      searching((call) =>
        call.answer === null
          ? says({
              text: [`Thought ${scene.endpoint.calls.length}.`],
              calls: [{ name: 'file_write', args: { path: MODEL_FILE, content: 'x' } }],
            })
          : null,
      ),
    );
    const same = await planned(await scene.start(QUICK));
    expect(same.filter(({ type }) => type === 'search.expanded').map(({ duplicate }) => duplicate)).toEqual([
      false,
      true,
      true,
    ]);
    scene.endpoint.script(searching());
    const verify = { tool: 'file.read', args: { path: 'README.md' } };
    const passed = await planned(await scene.start({ ...QUICK, search: { ...QUICK.search, verify } }));
    expect(frameOf(passed, 'search.expanded')).toMatchObject({ verified: 'pass' });
    expect(frameOf(passed, 'search.completed')).toMatchObject({ end: 'verified', worstId: null });
    scene.endpoint.script(searching());
    const missing = { tool: 'file.read', args: { path: 'none.md' } };
    const failed = await planned(await scene.start({ ...QUICK, search: { ...QUICK.search, verify: missing } }));
    expect(failed.filter(({ type }) => type === 'search.expanded').map(({ verified }) => verified)).toEqual([
      'fail',
      'fail',
      'fail',
    ]);
  });

  it('stops early when its tokens are used up, and weighs what it has', async () => {
    scene.endpoint.script(searching());
    const frames = await planned(
      await scene.start({ ...QUICK, search: { ...QUICK.search, budget: { tokens: 4_000 } } }),
    );
    const { searchId } = frameOf(frames, 'search.started');
    const { search } = await treeOf(searchId);
    expect(search.used.tokens).toBeLessThanOrEqual(4_000);
    expect(frameOf(frames, 'search.completed')).toBeDefined();
    expect(frameOf(frames, 'path.chosen')).toBeDefined();
  });

  it('survives the death of its replica: another goes on with the same tree, and tells of each step once', async () => {
    const doomed = await scene.another();
    let hangs = true;
    scene.endpoint.script(
      searching(({ answer }, plan) => (hangs && answer === null && plan === 2 ? silentAt('headers') : null)),
    );
    const runId = await scene.start(QUICK, doomed);
    await eventually('the third plan is being written', () => scene.promptsOf(null).length === 3);
    // It began where it was started; there it ends now.
    hangs = false;
    await doomed.process.kill();
    const frames = await planned(runId);
    expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, index) => index + 1));
    const reported = searchFrames(frames);
    expect(reported.map(({ type }) => type.slice(7))).toEqual([
      'started',
      'expanded',
      'expanded',
      'compared',
      'expanded',
      'compared',
      'completed',
    ]);
    expect(reported.flatMap(({ type, version }) => (type === 'search.completed' ? [] : [version ?? 0]))).toEqual([
      0, 1, 2, 3, 4, 5,
    ]);
    const searches = await scene.stage.rows('select id from searches where run_id = $1', [runId]);
    expect(searches).toHaveLength(1);
  });

  it('is refused without a model, beside a plan of the caller, with a verifier that writes, and where it is switched off', async () => {
    const goal = { goal: 'x', deliberation: 'search' };
    const bare = await scene.stage.start();
    const without = await bare.developer.fail('start', goal);
    expect([without.code, without.data['pointer']]).toEqual([-32602, '/deliberation']);
    expect(without.message).toContain('none is configured');
    const { developer } = scene.replica;
    const beside = await developer.fail('start', {
      ...goal,
      trace: 'Maybe.',
      actions: [{ id: 'a', kind: 'noop', label: 'n' }],
    });
    expect([beside.code, beside.data['pointer']]).toEqual([-32602, '/deliberation']);
    const verify = { tool: 'file.write', args: { path: 'x', content: 'y' } };
    const writes = await developer.fail('start', { ...goal, search: { verify } });
    expect([writes.code, writes.data['pointer']]).toEqual([-32602, '/search/verify/tool']);
    expect((await developer.fail('start', { goal: 'x', search: {} })).data['pointer']).toBe('/search');
    await scene.stage.rows("insert into feature_flags values ('local', 'search_deliberation', false, 'eve', now())");
    const off = await eventually('the flag is off', async () => {
      const { error } = await developer.ask('start', goal);
      return error ?? null;
    });
    expect([off.code, off.data['pointer']]).toEqual([-32602, '/deliberation']);
  });
});
