import { AssentError, type ActionInput, type Beliefs } from '@assent/contract';
import { validatePlanInput, type PlanInput } from './validate';

const tool: ActionInput = { id: 'w', kind: 'tool', tool: 'file.write' };
const a = { id: 'a', text: 'The file is in config', p: 0.5 };
const b = { id: 'b', text: 'The cache is warm', p: 0.5 };
const many = Array.from({ length: 12 }, (_, at) => ({ id: `m${at}`, text: `Machine ${at} is up`, p: 0.5 }));
const allOf = (some: readonly { readonly id: string }[]) => Object.fromEntries(some.map(({ id }) => [id, true]));

function refusal(input: PlanInput): { pointer: unknown; message: string } {
  try {
    validatePlanInput(input);
  } catch (thrown) {
    if (thrown instanceof AssentError && thrown.reason === 'invalid')
      return { pointer: thrown.details.pointer, message: thrown.message };
    throw thrown;
  }
  return { pointer: null, message: 'accepted' };
}

const believing = (beliefs: Partial<Beliefs>): PlanInput => ({
  actions: [tool],
  beliefs: { assumptions: [a, b], ...beliefs },
});

describe('validatePlanInput', () => {
  it.each<[string, PlanInput]>([
    ['beliefs alone', believing({})],
    ['a trace alone', { actions: [tool], trace: ['', 'The file is probably in config.'] }],
    [
      'sixty-four associations',
      believing({
        associations: Array.from({ length: 64 }, () => ({ assumptionId: 'a', value: true, actionId: 'w' })),
      }),
    ],
    [
      'a statement and its negation that exclude each other',
      believing({
        assumptions: [
          { ...a, excludes: ['n'] },
          { id: 'n', text: 'The file is not in config', p: 0.4, excludes: ['a'] },
        ],
      }),
    ],
    ['resolutions of its assumptions', { ...believing({}), resolutions: { a: true } }],
  ])('accepts %s', (_, input) => {
    expect(refusal(input)).toEqual({ pointer: null, message: 'accepted' });
  });

  it.each<[string, PlanInput, string]>([
    ['neither trace nor beliefs', { actions: [tool] }, '/beliefs'],
    ['a blank trace', { actions: [tool], trace: [' ', '\n'] }, '/beliefs'],
    ['a trace that is too long', { actions: [tool], trace: ['x'.repeat(150_000), 'x'.repeat(50_001)] }, '/trace'],
    ['no actions', { beliefs: { assumptions: [] } }, '/actions'],
    [
      'two actions with one id',
      { ...believing({}), actions: [tool, { id: 'x', kind: 'noop' }, { id: 'w', kind: 'finish' }] },
      '/actions/2/id',
    ],
    ['a tool action without a tool', { ...believing({}), actions: [{ id: 'w', kind: 'tool' }] }, '/actions/0/tool'],
    [
      'an ask without a question',
      { ...believing({}), actions: [tool, { id: 'q', kind: 'ask' }] },
      '/actions/1/question',
    ],
    ['an effort that is no number', { ...believing({}), actions: [{ ...tool, effort: NaN }] }, '/actions/0/effort'],
    ['a negative cost', { ...believing({}), actions: [{ ...tool, baseCost: -1 }] }, '/actions/0/baseCost'],
    ['a depth beyond 6', { ...believing({}), params: { depth: 7 } }, '/params/depth'],
    ['half a level of depth', { ...believing({}), params: { depth: 1.5 } }, '/params/depth'],
    ['an infinite weight', { ...believing({}), params: { lambda: Infinity } }, '/params/lambda'],
    ['a scale of 0', { ...believing({}), params: { effortScale: 0 } }, '/params/effortScale'],
    ['two assumptions with one id', believing({ assumptions: [a, { ...b, id: 'a' }] }), '/beliefs/assumptions/1/id'],
    ['a probability of 0', believing({ assumptions: [{ ...a, p: 0 }] }), '/beliefs/assumptions/0/p'],
    ['a probability of 1', believing({ assumptions: [a, { ...b, p: 1 }] }), '/beliefs/assumptions/1/p'],
    ['a probability that is no number', believing({ assumptions: [{ ...a, p: NaN }] }), '/beliefs/assumptions/0/p'],
    [
      'a certain condition',
      believing({ assumptions: [a, { ...b, given: [{ when: { a: true }, p: 1 }] }] }),
      '/beliefs/assumptions/1/given/0/p',
    ],
    [
      'an exclusion of nothing',
      believing({ assumptions: [{ ...a, excludes: ['b', 'c'] }, b] }),
      '/beliefs/assumptions/0/excludes/1',
    ],
    [
      'an assumption that excludes itself',
      believing({ assumptions: [{ ...a, excludes: ['a'] }] }),
      '/beliefs/assumptions/0/excludes/0',
    ],
    [
      'assumptions that say the same and exclude each other',
      believing({ assumptions: [a, { ...a, id: 'c', excludes: ['a'] }] }),
      '/beliefs/assumptions/1/excludes/0',
    ],
    [
      'an exclusion of a merged negation',
      believing({ assumptions: [a, b, { id: 'n', text: 'The file is not in config', p: 0.5, excludes: ['b'] }] }),
      '/beliefs/assumptions/2/excludes/0',
    ],
    [
      'a condition on itself',
      believing({ assumptions: [{ ...a, given: [{ when: { a: true }, p: 0.2 }] }] }),
      '/beliefs/assumptions/0/given/0/when/a',
    ],
    [
      'a condition on nothing',
      believing({ assumptions: [{ ...a, given: [{ when: { 'x/y~': true }, p: 0.2 }] }] }),
      '/beliefs/assumptions/0/given/0/when/x~1y~0',
    ],
    [
      'conditions in a circle',
      believing({
        assumptions: [
          { ...a, given: [{ when: { b: true }, p: 0.2 }] },
          { ...b, given: [{ when: { a: false }, p: 0.3 }] },
        ],
      }),
      '/beliefs/assumptions/0/given',
    ],
    [
      'a condition that its exclusion makes impossible',
      believing({
        assumptions: [
          { ...a, excludes: ['b'] },
          { ...b, given: [{ when: { a: true }, p: 0.2 }] },
        ],
      }),
      '/beliefs/assumptions/1/given/0/when/a',
    ],
    [
      'a gain where two that exclude each other hold',
      believing({
        assumptions: [{ ...a, excludes: ['b'] }, b],
        gains: [{ actionId: 'w', when: { a: true, b: true }, gain: 1 }],
      }),
      '/beliefs/gains/0/when/b',
    ],
    [
      'a gain where a statement and its negation hold',
      believing({
        assumptions: [a, { id: 'n', text: 'The file is not in config', p: 0.5 }],
        gains: [{ actionId: 'w', when: { a: true, n: true }, gain: 1 }],
      }),
      '/beliefs/gains/0/when/n',
    ],
    [
      'two gains for one case',
      believing({
        gains: [
          { actionId: 'w', when: { a: true }, gain: 1 },
          { actionId: 'w', when: { a: true }, gain: 0.5 },
        ],
      }),
      '/beliefs/gains/1',
    ],
    [
      'exclusive assumptions that sum to more than 1',
      believing({
        assumptions: [
          { ...a, p: 0.6, excludes: ['b'] },
          { ...b, p: 0.5 },
        ],
      }),
      '/beliefs/assumptions/0/p',
    ],
    [
      'conditions whose table is too large',
      believing({ assumptions: [...many, { ...a, given: [{ when: allOf(many), p: 0.2 }] }] }),
      '/beliefs/assumptions/12/given',
    ],
    ['a gain of no action', believing({ gains: [{ actionId: 'x', when: {}, gain: 1 }] }), '/beliefs/gains/0/actionId'],
    [
      'a gain on no assumption',
      believing({ gains: [{ actionId: 'w', when: { x: true }, gain: 1 }] }),
      '/beliefs/gains/0/when/x',
    ],
    [
      'a gain that is no number',
      believing({ gains: [{ actionId: 'w', when: {}, gain: NaN }] }),
      '/beliefs/gains/0/gain',
    ],
    [
      'an association of no assumption',
      believing({ associations: [{ assumptionId: 'x', value: true, actionId: 'w' }] }),
      '/beliefs/associations/0/assumptionId',
    ],
    [
      'an association of no action',
      believing({ associations: [{ assumptionId: 'a', value: true, actionId: 'x' }] }),
      '/beliefs/associations/0/actionId',
    ],
    [
      'sixty-five associations',
      believing({
        associations: Array.from({ length: 65 }, () => ({ assumptionId: 'a', value: true, actionId: 'w' })),
      }),
      '/beliefs/associations',
    ],
    ['a resolution of nothing', { ...believing({}), resolutions: { x: true } }, '/resolutions/x'],
  ])('refuses %s', (_, input, pointer) => {
    expect(refusal(input)).toEqual({ pointer, message: expect.stringMatching(/\w/) });
  });

  it('says what happened, to which id, and what to do next', () => {
    expect(refusal({ actions: [tool] }).message).toBe(
      'There is nothing to plan from: give a trace or beliefs, or configure a model.',
    );
    expect(refusal(believing({ assumptions: [{ ...a, p: 1 }] })).message).toBe(
      'The probability of assumption "a" must lie between 0 and 1, both excluded. Resolve what is certain instead.',
    );
  });
});
