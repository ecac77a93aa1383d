import { frameOf, framesOf, framesUntil, seen, type WireFrame } from '../support/frames';
import type { ModelEndpoint } from '../support/model-endpoint';
import { says, saysJson, type Said } from '../support/model-replies';
import { FINISHES, ModelScene, decides } from '../support/model-scene';
import { believes, playing } from '../support/model-script';
import { decide } from '../support/pending';
import type { Replica, Stage } from '../support/stage';

const NEW = (path: string, content = 'new\n') => ({ name: 'file_write', args: { path, content } });
const toolOf = ({ name, args }: ReturnType<typeof NEW>) => ({ tool: name, args });
const x1 = (p: number) => ({ id: 'x1', text: 'The unit of the timeout is milliseconds', p });
const when = (value: boolean) => [{ assumptionId: 'x1', value }];

describe('a turn that decides', () => {
  let scene: ModelScene;
  let stage: Stage;
  let endpoint: ModelEndpoint;
  let replica: Replica;

  beforeAll(async () => {
    scene = await ModelScene.open();
    ({ stage, endpoint, replica } = scene);
  });

  afterAll(() => scene.close());

  const plays = (...plans: readonly Said[]) => endpoint.script(playing(plans.map((plan) => ({ plan }))));
  const framesOfType = async (runId: string, type: string): Promise<WireFrame[]> =>
    (await framesOf(replica.developer, runId)).filter((frame) => frame.type === type);
  const messagesOf = (call: number) => endpoint.calls[call]?.body.messages ?? [];

  /** The approval that a step of the run asks for. */
  async function askedIn(runId: string, step: number): Promise<{ approvalId: string; hash: string }> {
    const { approvalId, hash } = await seen(replica.developer, runId, 'approval.requested', step);
    return { approvalId: String(approvalId), hash: String(hash) };
  }

  it('by decide has its tree from one call, and the approval shows the reasons and the change', async () => {
    const candidates = [
      { when: when(true), call: toolOf(NEW('decided/ms.txt')) },
      { when: when(false), call: toolOf(NEW('decided/s.txt')) },
    ];
    plays(decides([x1(0.3)], ...candidates), FINISHES);
    const runId = await scene.start();
    const asked = await askedIn(runId, 1);
    expect(endpoint.calls).toHaveLength(1);
    const tree = await replica.developer.call('tree/get', { runId });
    expect(tree).toMatchObject({
      chosen: { actionId: 'c2' },
      rationale: { alternative: 'c1', for: [{ assumptionId: 's1.x1', value: false }] },
      actions: [
        { id: 'c1', change: { files: [{ path: 'decided/ms.txt', kind: 'create', added: 1, removed: 0 }] } },
        { id: 'c2', change: { files: [{ path: 'decided/s.txt' }], filesTotal: 1 } },
      ],
    });
    const approval = await replica.reviewer.call('approval/get', { approvalId: asked.approvalId });
    expect(approval).toMatchObject({ rationale: { actionId: 'c2' }, files: [{ path: 'decided/s.txt' }] });
    expect((await decide(replica.reviewer, asked, 'approve')).status).toBe(200);
    await framesUntil(replica.developer, runId, 'run.completed');
    expect(await stage.read('decided/s.txt')).toBe('new\n');
    expect(JSON.stringify(messagesOf(1))).toContain('Candidate c2 was chosen');
    expect(messagesOf(1).at(-1)?.content).toContain('Verify it before you finish');
    const calls = await stage.rows<{ purpose: string }>('select purpose from model_calls where run_id = $1', [runId]);
    expect(calls).toEqual([{ purpose: 'plan' }, { purpose: 'plan' }]);
  });

  it('by a decide that contradicts itself is corrected by pointer', async () => {
    const candidate = { when: when(true), call: toolOf(NEW('pointed.txt')) };
    plays(decides([x1(1)], candidate), decides([x1(0.9)], candidate));
    const runId = await scene.start();
    await askedIn(runId, 1);
    expect(messagesOf(1).at(-1)?.content).toContain('{"pointer":"/assumptions/0/p"');
    expect(
      messagesOf(1)
        .slice(-3)
        .map(({ role }) => role),
    ).toEqual(['assistant', 'tool', 'user']);
    expect(frameOf(await framesOf(replica.developer, runId), 'tree.built')).toMatchObject({ degraded: false });
  });

  it('by a direct call reads its assumptions from the words beside it', async () => {
    const words = 'The unit is probably seconds in spoken.txt. If it is, writing spoken.txt is right.';
    plays({ text: [words], calls: [NEW('spoken.txt')] });
    const runId = await scene.start();
    await askedIn(runId, 1);
    expect(endpoint.calls).toHaveLength(1);
    const frames = await framesOf(replica.developer, runId);
    expect(frameOf(frames, 'tree.built')).toMatchObject({ composer: 'lexical', degraded: false });
    expect(String(frameOf(frames, 'assumption.added')['text'])).toContain('spoken.txt');
  });

  it('by a direct call without words asks for its assumptions once', async () => {
    const beliefs = {
      assumptions: [believes('x1', 'The file silent.txt is missing', 0.8)],
      associations: [{ assumptionId: 'x1', value: true, actionId: 'a1' }],
      ranking: ['x1'],
    };
    endpoint.script(playing([{ plan: { calls: [NEW('silent.txt')] }, beliefs }]));
    const runId = await scene.start();
    await askedIn(runId, 1);
    expect(endpoint.calls.map(({ answer }) => answer)).toEqual([null, 'beliefs']);
    const frames = await framesOf(replica.developer, runId);
    expect(frameOf(frames, 'tree.built')).toMatchObject({ composer: 'model', assumptions: 1 });
  });

  it('with "always" is asked for an alternative before a change', async () => {
    const alternatives = [
      { when: when(true), call: toolOf(NEW('always/a.txt')) },
      { when: when(false), call: toolOf(NEW('always/b.txt')) },
    ];
    plays({ text: ['So.'], calls: [NEW('always/a.txt')] }, decides([x1(0.8)], ...alternatives));
    const runId = await scene.start({ deliberation: 'always' });
    await askedIn(runId, 1);
    expect(messagesOf(1).at(-1)?.content).toContain('Propose at least one alternative with `decide`');
    expect(frameOf(await framesOf(replica.developer, runId), 'path.chosen')).toMatchObject({ actionId: 'c1' });
  });

  it('with "off" goes straight to the guard, and to the reviewer as ever', async () => {
    plays({ calls: [NEW('off.txt')] });
    const runId = await scene.start({ deliberation: 'off' });
    await askedIn(runId, 1);
    expect(endpoint.calls).toHaveLength(1);
    expect(endpoint.calls[0]?.body.tools?.map((tool) => tool.function.name)).not.toContain('decide');
    const tree = await replica.developer.call('tree/get', { runId });
    expect(tree).toMatchObject({ assumptions: [], actions: [{ id: 'a1', tool: 'file.write' }] });
  });

  it('hears in the same turn that a change cannot be made', async () => {
    await stage.write('dry.txt', 'one\n');
    const edit = (old: string): Said => ({
      text: ['I edit.'],
      calls: [{ name: 'file_edit', args: { path: 'dry.txt', edits: [{ old, new: 'two' }] } }],
    });
    plays(edit('nowhere'), edit('one'));
    const runId = await scene.start();
    await askedIn(runId, 1);
    expect(messagesOf(1).at(-1)?.content).toContain('file_edit: The edit does not fit');
    const frames = await framesOf(replica.developer, runId);
    expect(frames.filter(({ type }) => type === 'tool.failed' || type === 'tool.proposed')).toHaveLength(1);
  });

  it('with several changes is a plan, which is made one by one, also by another replica', async () => {
    const [first, second] = [NEW('plan/1.txt'), NEW('plan/2.txt')];
    plays({ text: ['Two.'], calls: [first, second] }, { text: ['Next.'], calls: [second] }, FINISHES);
    const other = await scene.another();
    const runId = await scene.start({}, other);
    const asked = await askedIn(runId, 1);
    await other.process.stop();
    expect((await decide(replica.reviewer, asked, 'approve')).status).toBe(200);
    expect((await decide(replica.reviewer, await askedIn(runId, 2), 'approve')).status).toBe(200);
    await framesUntil(replica.developer, runId, 'run.completed');
    expect([await stage.read('plan/1.txt'), await stage.read('plan/2.txt')]).toEqual(['new\n', 'new\n']);
    const plans = await framesOfType(runId, 'plan.updated');
    const statesOf = (frame: WireFrame) => (frame['steps'] as { state: string }[]).map(({ state }) => state);
    expect(plans.map(statesOf)).toEqual([
      ['current', 'planned'],
      ['done', 'current'],
      ['done', 'done'],
    ]);
    const proposed = await framesOfType(runId, 'tool.proposed');
    expect(plans.at(-1)?.['steps']).toMatchObject([
      { tool: 'file.write', summary: 'file.write plan/1.txt', callId: proposed[0]?.['callId'] },
      { tool: 'file.write', summary: 'file.write plan/2.txt', callId: proposed[1]?.['callId'] },
    ]);
    expect(JSON.stringify(messagesOf(1))).toContain('Planned, not made yet; call it again when it is its turn.');
  });

  const answers = (id: unknown, result: object) => replica.developer.post('/rpc', { jsonrpc: '2.0', id, result });
  const asks = (args: object): Said => ({ text: ['Hm.'], calls: [{ name: 'ask_person', args }] });

  it('by a question with options takes one of them, word for word', async () => {
    const options = ['in "ms"', 'in seconds'];
    plays(asks({ question: 'Which unit?', options }), FINISHES);
    const runId = await scene.start();
    const request = await seen(replica.developer, runId, 'request');
    expect(request).toMatchObject({ method: 'input/request', params: { question: 'Which unit?', options } });
    const refused = await answers(request['id'], { option: 'in minutes' });
    expect(await refused.json()).toMatchObject({ status: 400, pointer: '/result/option' });
    expect((await answers(request['id'], { option: options[0] })).status).toBe(202);
    await framesUntil(replica.developer, runId, 'run.completed');
    expect(endpoint.calls[1]?.prompt).toContain('developer answered:\nin "ms"\n');
  });

  it('by a question in free text hears the words, and a plain yes resolves what it names', async () => {
    const words = 'It is "ms",\nas ever.';
    const look = { when: when(true), call: { tool: 'file_list', args: { path: '.' } } };
    const asksAbout = (question: string) => asks({ question, assumptionIds: ['x1'] });
    plays(decides([x1(0.6)], look), asksAbout('How is it?'), asksAbout('Is it milliseconds?'), FINISHES);
    const runId = await scene.start();
    const requestOf = (step: number) => seen(replica.developer, runId, 'request', step);
    expect((await answers((await requestOf(2))['id'], { text: words })).status).toBe(202);
    expect((await answers((await requestOf(3))['id'], { text: 'Yes.' })).status).toBe(202);
    await framesUntil(replica.developer, runId, 'run.completed');
    expect(endpoint.calls[2]?.prompt).toContain(`developer answered:\n${words}\n`);
    expect(await framesOfType(runId, 'assumption.resolved')).toMatchObject([
      { step: 3, assumptionId: 's3.x1', truth: true, source: 'answer' },
    ]);
  });

  it('goes on after a rejection, with the comment word for word', async () => {
    const comment = 'Not "now":\n  ask\tBob first.';
    plays({ text: ['So.'], calls: [NEW('rejected.txt')] }, { text: ['Then so.'], calls: [NEW('other.txt')] }, FINISHES);
    const runId = await scene.start();
    expect((await decide(replica.reviewer, await askedIn(runId, 1), 'reject', { comment })).status).toBe(200);
    expect((await decide(replica.reviewer, await askedIn(runId, 2), 'approve')).status).toBe(200);
    await framesUntil(replica.developer, runId, 'run.completed');
    expect(endpoint.calls[1]?.prompt).toContain(`reviewer rejected it. Comment:\n${comment}`);
    await expect(stage.read('rejected.txt')).rejects.toThrow('ENOENT');
    expect(await stage.read('other.txt')).toBe('new\n');
  });

  it('follows the comment of a rejection also where the caller gave the trace', async () => {
    endpoint.script((call, index) => {
      if (call.answer === 'beliefs') return saysJson({ assumptions: [], associations: [], ranking: [], observed: [] });
      if (call.answer === 'gains') return saysJson({ gains: [{ actionId: 'write', when: [], gain: 1 }] });
      return says(index === 2 ? { text: ['As asked.'], calls: [NEW('asked.txt')] } : FINISHES);
    });
    const actions = [{ id: 'write', kind: 'tool', ...toolOf(NEW('given.txt')), tool: 'file.write' }];
    const runId = await scene.start({ trace: 'The file is missing, so write it.', actions });
    const comment = 'Name it "asked.txt",\nplease.';
    expect((await decide(replica.reviewer, await askedIn(runId, 1), 'reject', { comment })).status).toBe(200);
    expect((await decide(replica.reviewer, await askedIn(runId, 2), 'approve')).status).toBe(200);
    await framesUntil(replica.developer, runId, 'run.completed');
    expect(endpoint.calls[2]?.prompt).toContain(`reviewer rejected it. Comment:\n${comment}`);
    expect(await stage.read('asked.txt')).toBe('new\n');
  });

  it('that fails twice in its dry run fails its step, and the next turn is told', async () => {
    const edit = {
      text: ['I edit.'],
      calls: [{ name: 'file_edit', args: { path: 'no.txt', edits: [{ old: 'a', new: 'b' }] } }],
    };
    endpoint.script((_call, index) => says(index < 2 ? edit : FINISHES));
    const runId = await scene.start();
    const frames = await framesUntil(replica.developer, runId, 'run.completed');
    expect(frameOf(frames, 'tool.failed')).toMatchObject({ step: 1, tool: 'file.edit' });
    expect(endpoint.calls).toHaveLength(3);
  });
});
