import type { ActionInput, Beliefs } from '@assent/contract';
import fc from 'fast-check';
import { plan } from '../plan';
import { problem, type Problem } from '../testing/worlds';
import { readDecide, type ReadDecision } from './decide.reading';
import { treeOf } from './model.tree';
import { DECIDE_OFFER } from './decide.schema';
import { offerFunctions } from './offered.functions';
import type { ToolOffer } from './step-request';

const FILE_WRITE: ToolOffer = {
  name: 'file.write',
  description: 'Writes a file',
  effect: 'write',
  effort: 5,
  requiresApproval: true,
  inputSchema: { type: 'object' },
};
const offered = offerFunctions([FILE_WRITE]);
const HEADING = { treeId: 'tree_1', goal: 'Raise the timeout' };

const literals = (when: Readonly<Record<string, boolean>>) =>
  Object.entries(when).map(([assumptionId, value]) => ({ assumptionId, value }));

/** The same problem as a model's `decide` call, without the parts that only a caller can state. */
function said({ actions, beliefs }: Problem): { readonly args: object; readonly actions: ActionInput[] } {
  const known = actions.filter(({ kind }) => kind !== 'noop').slice(0, 6);
  const candidates = known.map(({ id, kind, effort }) => ({
    id,
    when: [],
    gains: beliefs.gains
      .filter(({ actionId }) => actionId === id)
      .map(({ when, gain }) => ({ when: literals(when), gain })),
    ...(kind === 'tool' ? { effort, call: { tool: 'file_write', args: { path: id } } } : {}),
    ...(kind === 'finish' ? { finish: { reached: true, summary: 'Done.' } } : {}),
    ...(kind === 'ask'
      ? {
          ask: {
            question: 'Which is it?',
            assumptionIds: (beliefs.associations ?? [])
              .filter(({ actionId }) => actionId === id)
              .map((each) => each.assumptionId),
          },
        }
      : {}),
  }));
  const assumptions = beliefs.assumptions.map(({ given = [], ...rest }) => ({
    ...rest,
    given: given.map(({ when, p }) => ({ when: literals(when), p })),
  }));
  return {
    args: { why: 'So.', assumptions, candidates },
    actions: known.map(({ id, kind, effort }): ActionInput => {
      if (kind === 'ask') return { id, kind, question: 'Which is it?' };
      return kind === 'tool'
        ? { id, kind, tool: 'file.write', args: { path: id }, effort: effort ?? 5 }
        : { id, kind, label: 'Done.' };
    }),
  };
}

/** Prefixes ids like a step of a run. */
function owned(beliefs: Beliefs): Beliefs {
  const own = (id: string) => `s1.${id}`;
  const ownCase = (when: Readonly<Record<string, boolean>>) =>
    Object.fromEntries(Object.entries(when).map(([id, value]) => [own(id), value]));
  return {
    assumptions: beliefs.assumptions.map(({ id, excludes = [], given = [], ...rest }) => ({
      ...rest,
      id: own(id),
      excludes: excludes.map(own),
      given: given.map(({ when, p }) => ({ when: ownCase(when), p })),
    })),
    associations: (beliefs.associations ?? []).map((each) => ({ ...each, assumptionId: own(each.assumptionId) })),
    ...(beliefs.gains ? { gains: beliefs.gains.map((row) => ({ ...row, when: ownCase(row.when) })) } : {}),
  };
}

function decisionOf(args: unknown): ReadDecision {
  const read = readDecide(args, offered);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.decision;
}

/** All keywords of a schema and its subschemas. */
function keywordsOf(schema: object): string[] {
  return Object.entries(schema).flatMap(([keyword, value]: [string, unknown]) => {
    if (keyword === 'properties')
      return [keyword, ...Object.values(value as object).flatMap((each) => keywordsOf(each as object))];
    return keyword === 'items' ? [keyword, ...keywordsOf(value as object)] : [keyword];
  });
}

describe('decide', () => {
  it('is offered by a schema of which every provider knows the keywords, without empty lists of properties', () => {
    const { parameters, description } = DECIDE_OFFER;
    const known = ['type', 'properties', 'items', 'required', 'additionalProperties', 'description'];
    expect(new Set(keywordsOf(parameters))).toEqual(new Set(known));
    expect(JSON.stringify(parameters)).not.toContain('"properties":{}');
    const [, example = ''] = /Example: (.*)$/u.exec(description) ?? [];
    const edits = offerFunctions([{ ...FILE_WRITE, name: 'file.edit' }]);
    expect(readDecide(JSON.parse(example), edits)).toMatchObject({ ok: true });
  });

  it('makes the tree, the scores and the choice that a caller gets for the same beliefs', () =>
    fc.assert(
      fc.asyncProperty(problem({ entangled: true, asks: true }), async (input) => {
        const { args, actions } = said(input);
        const ids = new Set(actions.map(({ id }) => id));
        const rows = input.beliefs.gains.filter(({ actionId }) => ids.has(actionId));
        // If one candidate has gains, a candidate without gains has gain 1 where its `when` holds, here everywhere.
        const implied = rows.length === 0 ? [] : [...ids].filter((id) => !rows.some(({ actionId }) => actionId === id));
        const beliefs = {
          ...input.beliefs,
          associations: (input.beliefs.associations ?? []).filter(({ actionId }) => ids.has(actionId)),
          gains: [...rows, ...implied.map((actionId) => ({ actionId, when: {}, gain: 1 }))],
        };
        const byCaller = await plan({ ...HEADING, actions, beliefs: owned(beliefs), params: input.params });
        const decision = decisionOf(args);
        const heading = { ...HEADING, step: 1, params: input.params, source: 'model' as const };
        const byModel = await treeOf(decision.beliefs, decision.actions, heading);
        // The additional properties of a model's action are part of the hash.
        const shown = byModel.tree.actions.map(({ finish: _, assumptionIds: __, ...action }) => action);
        expect({ ...byModel.tree, actions: shown, inputHash: '' }).toEqual({ ...byCaller.tree, inputHash: '' });
        expect(byModel.paths).toEqual(byCaller.paths);
      }),
    ));

  const x1 = { id: 'x1', text: 'The timeout is set in app.yaml', p: 0.8 };
  const write = (id: string, value: boolean, more: object = {}) => ({
    id,
    when: [{ assumptionId: 'x1', value }],
    call: { tool: 'file_write', args: { path: id } },
    ...more,
  });
  const valid = { why: 'Where it is set.', assumptions: [x1], candidates: [write('c1', true), write('c2', false)] };

  it('reads each literal of a when as an association, and no gains where none are given', () => {
    expect(decisionOf(valid)).toEqual({
      why: 'Where it is set.',
      actions: [
        { id: 'c1', kind: 'tool', tool: 'file.write', args: { path: 'c1' }, effort: 5, irreversible: false },
        { id: 'c2', kind: 'tool', tool: 'file.write', args: { path: 'c2' }, effort: 5, irreversible: false },
      ],
      beliefs: {
        assumptions: [x1],
        associations: [
          { assumptionId: 'x1', value: true, actionId: 'c1' },
          { assumptionId: 'x1', value: false, actionId: 'c2' },
        ],
      },
    });
  });

  it('gives the other candidates a gain of 1 in their case as soon as one has gains', () => {
    const gains = [{ when: [], gain: 0.4 }];
    const { beliefs } = decisionOf({ ...valid, candidates: [write('c1', true, { gains }), write('c2', false)] });
    expect(beliefs.gains).toEqual([
      { actionId: 'c1', when: {}, gain: 0.4 },
      { actionId: 'c2', when: { x1: false }, gain: 1 },
    ]);
  });

  it('reads questions with options, the end of the run, members that are null, and arguments as text', () => {
    const candidates = [
      {
        id: 'c1',
        when: [],
        label: null,
        ask: { question: 'Which?', options: ['ms', 's'], assumptionIds: ['x1'] },
        call: null,
      },
      { id: 'c2', when: [], finish: { reached: false, summary: 'No.', remaining: null } },
      { id: 'c3', when: [], call: { tool: 'file.write', args: '{"path":"a"}' } },
    ];
    const { actions, beliefs } = decisionOf({ why: '', assumptions: [x1], candidates });
    expect(actions).toEqual([
      { id: 'c1', kind: 'ask', question: 'Which?', options: ['ms', 's'], assumptionIds: ['x1'] },
      { id: 'c2', kind: 'finish', label: 'No.', finish: { reached: false } },
      { id: 'c3', kind: 'tool', tool: 'file.write', args: { path: 'a' }, effort: 5, irreversible: false },
    ]);
    expect(beliefs.associations).toEqual([{ assumptionId: 'x1', value: true, actionId: 'c1' }]);
  });

  it('makes arguments that come as text storable, and refuses those that are nested too deeply', () => {
    const read = (args: string) =>
      readDecide(one({ ...write('c1', true), call: { tool: 'file_write', args } }), offered);
    expect(read(String.raw`{"path":"a\u0000\ud800"}`)).toMatchObject({
      decision: { actions: [{ args: { path: 'a\uFFFD\uFFFD' } }] },
    });
    const problems = [{ pointer: '/candidates/0/call/args', message: 'It must be object.' }];
    expect(read(`{"path":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)).toEqual({ ok: false, problems });
  });

  const one = (candidate: object) => ({ ...valid, candidates: [candidate] });
  const literal = (assumptionId: string, value = true) => ({ assumptionId, value });
  it.each<[string, unknown, string, string]>([
    ['no object', 'x', '', 'JSON object'],
    ['no candidates', { ...valid, candidates: [] }, '/candidates', '1 to 6'],
    [
      'seven candidates',
      { ...valid, candidates: Array.from({ length: 7 }, (_, i) => write(`c${i}`, true)) },
      '/candidates',
      '1 to 6',
    ],
    [
      'thirteen assumptions',
      { ...valid, assumptions: Array.from({ length: 13 }, () => x1) },
      '/assumptions',
      '0 to 12',
    ],
    ['two kinds', one(write('c1', true, { finish: { reached: true, summary: '' } })), '/candidates/0', 'exactly one'],
    ['no kind', one({ id: 'c1', when: [] }), '/candidates/0', 'exactly one'],
    ['an unknown tool', one({ id: 'c1', when: [], call: { tool: 'rm', args: {} } }), '/candidates/0/call/tool', '"rm"'],
    ['an empty question', one({ id: 'c1', when: [], ask: { question: ' ' } }), '/candidates/0/ask', 'empty'],
    ['an unknown member', one(write('c1', true, { mood: 1 })), '/candidates/0', '"mood"'],
    ['an id with spaces', one(write('c 1', true)), '/candidates/0/id', 'ASCII'],
    [
      'the same id twice',
      { ...valid, candidates: [write('c1', true), write('c1', false)] },
      '/candidates/1/id',
      'Two actions',
    ],
    ['certainty', { ...valid, assumptions: [{ ...x1, p: 1 }] }, '/assumptions/0/p', '1'],
    [
      'an unknown assumption',
      one({ ...write('c1', true), when: [literal('x1'), literal('x9')] }),
      '/candidates/0/when/1/assumptionId',
      '"x9"',
    ],
    [
      'one in a question',
      one({ id: 'c1', when: [], ask: { question: 'Q', assumptionIds: ['x9'] } }),
      '/candidates/0/ask/assumptionIds/0',
      '"x9"',
    ],
    [
      'one in a gain',
      one(write('c1', true, { gains: [{ when: [literal('x1'), literal('x9')], gain: 1 }] })),
      '/candidates/0/gains/0/when/1',
      '"x9"',
    ],
    [
      'both values',
      one(write('c1', true, { gains: [{ when: [literal('x1'), literal('x1', false)], gain: 1 }] })),
      '/candidates/0/gains/0/when/1',
      'both',
    ],
    [
      'one that depends on itself',
      { ...valid, assumptions: [{ ...x1, given: [{ when: [literal('x1')], p: 0.5 }] }] },
      '/assumptions/0/given/0/when/0',
      'itself',
    ],
    [
      'one that excludes another',
      { ...valid, assumptions: [{ ...x1, excludes: ['x2'] }] },
      '/assumptions/0/excludes/0',
      '"x2"',
    ],
  ])('is refused with a pointer: %s', (_, args, pointer, words) => {
    const read = readDecide(args, offered);
    expect(read).toMatchObject({ ok: false, problems: [{ pointer }] });
    expect(read.ok ? '' : read.problems[0]?.message).toContain(words);
  });

  it('names the first fault of every item', () => {
    const args = {
      ...valid,
      assumptions: [{ ...x1, p: 'high' }],
      candidates: [write('c1', true, { call: {} }), { id: 'c2' }],
    };
    expect(readDecide(args, offered)).toEqual({
      ok: false,
      problems: [
        { pointer: '/assumptions/0/p', message: 'It must be number.' },
        { pointer: '/candidates/0/call', message: "It must have required property 'tool'." },
        { pointer: '/candidates/1', message: "It must have required property 'when'." },
      ],
    });
  });

  it('never throws, and what it accepts has a tree', () =>
    fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.jsonValue(),
          fc.record({ why: fc.string(), assumptions: fc.jsonValue(), candidates: fc.array(fc.jsonValue()) }),
        ),
        async (args) => {
          const read = readDecide(args, offered);
          if (!read.ok) return;
          const { beliefs, actions } = read.decision;
          await treeOf(beliefs, actions, { ...HEADING, step: 1, params: {}, source: 'model' });
        },
      ),
    ));
});
