import type { StartParams } from '@assent/contract';
import type { Caller } from '../support/caller';
import { readPlan, writePlan } from '../support/plans';
import { Stage } from '../support/stage';

const PATH = 'config/payments.yaml';
/** Tables a start writes to, at once or while it runs. */
const TABLES = [
  'runs',
  'frames',
  'trees',
  'tool_calls',
  'diffs',
  'approvals',
  'idempotency_keys',
  'memory_fragments',
  'audit_log',
];
const ASSUMED = { id: 'a', text: 'The timeout is too short', p: 0.5 };

describe('start with bad input', () => {
  let stage: Stage;
  let developer: Caller;

  beforeAll(async () => {
    stage = await Stage.open();
    ({ developer } = await stage.start());
  });
  afterAll(() => stage.close());

  const valid = writePlan(PATH, 'x');
  const [write, finish] = valid.actions ?? [];
  const without = (...names: (keyof StartParams)[]) =>
    Object.fromEntries(Object.entries(valid).filter(([name]) => !names.includes(name as keyof StartParams)));
  const assuming = (...assumptions: object[]) => ({ ...valid, beliefs: { assumptions } });
  const acting = (action: object) => ({ ...valid, actions: [{ ...write, ...action }, finish] });

  const cases: [what: string, params: unknown, pointer: string][] = [
    ['no goal', without('goal'), '/goal'],
    ['an empty goal', { ...valid, goal: '' }, '/goal'],
    ['a goal of spaces', { ...valid, goal: ' \t\n\u00a0\u3000' }, '/goal'],
    ['a goal that nobody sees', { ...valid, goal: '\u200b\u2060\ufeff\u00ad\u2800\u{e0041}\u3164' }, '/goal'],
    ['a goal over 8,000 characters', { ...valid, goal: 'x'.repeat(8_001) }, '/goal'],
    ['an unknown property', { ...valid, gaol: 'x' }, '/gaol'],
    ['an unknown workspace', { ...valid, workspace: 'elsewhere' }, '/workspace'],
    [
      'a patch whose paths cannot be read',
      acting({ tool: 'file.patch_many', args: { patch: '@@ -1 @@\n' } }),
      '/actions/0/args/patch',
    ],
    ['a path outside the workspace', acting({ args: { path: '../outside', content: '' } }), '/actions/0/args/path'],
    ['an absolute path', acting({ args: { path: '/etc/passwd', content: '' } }), '/actions/0/args/path'],
    ['a path through the repository', acting({ args: { path: '.git/config', content: '' } }), '/actions/0/args/path'],
    ['a path with a backslash', acting({ args: { path: '..\\outside', content: '' } }), '/actions/0/args/path'],
    ['neither trace nor beliefs', without('beliefs'), '/trace'],
    ['an empty trace alone', { ...without('beliefs'), trace: [] }, '/beliefs'],
    ['a trace over 200,000 characters', { ...valid, trace: ['x'.repeat(150_000), 'x'.repeat(50_001)] }, '/trace'],
    ['a search without a model', { ...valid, deliberation: 'search' }, '/deliberation'],
    ['no actions', without('actions'), '/actions'],
    ['an empty list of actions', { ...valid, actions: [] }, '/actions'],
    ['two actions with one id', { ...valid, actions: [write, write] }, '/actions/1/id'],
    ['an action of an unknown kind', acting({ kind: 'shell' }), '/actions/0/kind'],
    ['a tool that does not exist', acting({ tool: 'shell.run' }), '/actions/0/tool'],
    ['a tool action without a tool', { ...valid, actions: [{ id: 'write', kind: 'tool' }, finish] }, '/actions/0/tool'],
    ['an ask without a question', { ...valid, actions: [write, { id: 'finish', kind: 'ask' }] }, '/actions/1/question'],
    ['arguments that lack one', acting({ args: { path: PATH } }), '/actions/0/args/content'],
    ['arguments of the wrong type', acting({ args: { path: PATH, content: 1 } }), '/actions/0/args/content'],
    ['arguments nobody knows', acting({ args: { path: PATH, content: '', mode: 7 } }), '/actions/0/args/mode'],
    ['a negative effort', acting({ effort: -1 }), '/actions/0/effort'],
    ['a probability of 0', assuming({ ...ASSUMED, p: 0 }), '/beliefs/assumptions/0/p'],
    ['a probability of 1', assuming({ ...ASSUMED, p: 1 }), '/beliefs/assumptions/0/p'],
    ['a probability above 1', assuming({ ...ASSUMED, p: 1.5 }), '/beliefs/assumptions/0/p'],
    ['a negative probability', assuming({ ...ASSUMED, p: -0.1 }), '/beliefs/assumptions/0/p'],
    ['a probability "NaN"', assuming({ ...ASSUMED, p: 'NaN' }), '/beliefs/assumptions/0/p'],
    ['a probability of null, which NaN becomes', assuming({ ...ASSUMED, p: Number.NaN }), '/beliefs/assumptions/0/p'],
    [
      'a conditional probability of 1',
      assuming(ASSUMED, { ...ASSUMED, id: 'b', text: 'B', given: [{ when: { a: true }, p: 1 }] }),
      '/beliefs/assumptions/1/given/0/p',
    ],
    ['two assumptions with one id', assuming(ASSUMED, { ...ASSUMED, text: 'B' }), '/beliefs/assumptions/1/id'],
    ['an exclusion of nobody', assuming({ ...ASSUMED, excludes: ['b'] }), '/beliefs/assumptions/0/excludes/0'],
    [
      'an assumption that excludes itself',
      assuming({ ...ASSUMED, excludes: ['a'] }),
      '/beliefs/assumptions/0/excludes/0',
    ],
    [
      'conditions that turn in a circle',
      assuming(
        { ...ASSUMED, given: [{ when: { b: true }, p: 0.2 }] },
        { id: 'b', text: 'The pool is exhausted', p: 0.5, given: [{ when: { a: true }, p: 0.2 }] },
      ),
      '/beliefs/assumptions/0/given',
    ],
    [
      'a condition on what it excludes',
      assuming(
        { ...ASSUMED, excludes: ['b'], given: [{ when: { b: true }, p: 0.2 }] },
        { id: 'b', text: 'The pool is exhausted', p: 0.5 },
      ),
      '/beliefs/assumptions/0/given/0/when/b',
    ],
    [
      'an association with nobody',
      {
        ...valid,
        beliefs: { assumptions: [ASSUMED], associations: [{ assumptionId: 'z', value: true, actionId: 'write' }] },
      },
      '/beliefs/associations/0/assumptionId',
    ],
    [
      'an association with no action',
      {
        ...valid,
        beliefs: { assumptions: [ASSUMED], associations: [{ assumptionId: 'a', value: true, actionId: 'z' }] },
      },
      '/beliefs/associations/0/actionId',
    ],
    [
      'a gain of an unknown action',
      { ...valid, beliefs: { assumptions: [ASSUMED], gains: [{ actionId: 'z', when: {}, gain: 1 }] } },
      '/beliefs/gains/0/actionId',
    ],
    [
      'a gain that is no number',
      { ...valid, beliefs: { assumptions: [ASSUMED], gains: [{ actionId: 'write', when: {}, gain: null }] } },
      '/beliefs/gains/0/gain',
    ],
    [
      'two gains for one case',
      {
        ...valid,
        beliefs: {
          assumptions: [ASSUMED],
          gains: [
            { actionId: 'write', when: {}, gain: 1 },
            { actionId: 'write', when: {}, gain: 0 },
          ],
        },
      },
      '/beliefs/gains/1',
    ],
    ['a depth of 0', { ...valid, params: { depth: 0 } }, '/params/depth'],
    ['a policy that wants to allow', { ...valid, policy: { allow: ['**'] } }, '/policy/allow'],
    ['a policy that is no glob', { ...valid, policy: { deny: ['file.{read'] } }, '/policy/deny/0'],
    ['an idempotency key with a space', { ...valid, idempotencyKey: 'a b' }, '/idempotencyKey'],
    ['a client trace id with a line break', { ...valid, clientTraceId: 'a\nb' }, '/clientTraceId'],
  ];

  it.each(cases)('answers -32602 with a pointer to %s', async (_, params, pointer) => {
    const error = await developer.fail('start', params);
    expect([error.code, error.data['pointer'], error.data['type']]).toEqual([
      -32602,
      pointer,
      'urn:assent:error:invalid',
    ]);
    expect(error.message).not.toContain(stage.folder);
  });

  it('has written nothing then, and is well', async () => {
    const counts = await Promise.all(
      TABLES.map(async (table) => (await stage.rows<{ count: string }>(`select count(*) from ${table}`))[0]?.count),
    );
    expect(counts).toEqual(TABLES.map(() => '0'));
    expect(await developer.call('run/list', {})).toEqual({ items: [], cursor: null });
    expect((await developer.fetch('/readyz')).status).toBe(200);
  });
});

describe('start with an idempotency key', () => {
  let stage: Stage;
  let developer: Caller;
  let others: Caller;

  beforeAll(async () => {
    stage = await Stage.open();
    const replicas = await Promise.all([stage.start(), stage.start()]);
    [developer, others] = [replicas[0].developer, replicas[1].developer];
  });
  afterAll(() => stage.close());

  it('answers the same run for the same key and params, at any replica', async () => {
    const params = readPlan('README.md', { idempotencyKey: 'again' });
    const first = await developer.call('start', params);
    expect((await others.call('start', params)).runId).toBe(first.runId);
    expect((await developer.call('run/list', {})).items.map(({ runId }) => runId)).toEqual([first.runId]);
  });

  it('answers -32004 for the same key with other params and names the run', async () => {
    const { runId } = await developer.call('start', readPlan('README.md', { idempotencyKey: 'other' }));
    const error = await developer.fail('start', readPlan('CHANGELOG.md', { idempotencyKey: 'other' }));
    expect([error.code, error.data['runId']]).toEqual([-32004, runId]);
  });

  it('makes one run of twenty calls at once at two replicas', async () => {
    const params = readPlan('README.md', { idempotencyKey: 'at-once', goal: 'One of twenty' });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? developer : others).call('start', params)),
    );
    expect(new Set(answers.map(({ runId }) => runId)).size).toBe(1);
    const [row] = await stage.rows<{ count: string }>(`select count(*) from runs where goal = 'One of twenty'`);
    expect(row?.count).toBe('1');
  });

  it('makes a run for each call without a key', async () => {
    const [a, b] = await Promise.all([
      developer.call('start', readPlan('README.md')),
      developer.call('start', readPlan('README.md')),
    ]);
    expect(a.runId).not.toBe(b.runId);
  });
});
