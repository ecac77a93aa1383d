import type { InputRequest } from '@assent/contract';
import { resolutionsIn, resolutionsOnExpiry } from './answer.reading';

const request = (onExpiry: InputRequest['onExpiry'], ids = ['a', 'b']): InputRequest => ({
  runId: 'r',
  question: 'Which?',
  assumptions: ids.map((assumptionId, index) => ({ assumptionId, text: assumptionId, p: index === 0 ? 0.5 : 0.4 })),
  onExpiry,
  expiresAt: '2026-01-01T00:00:00.000Z',
});

describe('an answer', () => {
  it('of one truth is about everything that was asked', () => {
    expect(resolutionsIn({ truth: false }, request('unresolved'), 'q')).toEqual([
      { assumptionId: 'a', truth: false },
      { assumptionId: 'b', truth: false },
    ]);
  });

  it('of some leaves the others open, and words alone leave all', () => {
    expect(resolutionsIn({ resolved: [{ assumptionId: 'b', truth: true }] }, request('unresolved'), 'q')).toEqual([
      { assumptionId: 'b', truth: true },
    ]);
    expect(resolutionsIn({ text: 'no idea' }, request('unresolved'), 'q')).toEqual([]);
  });

  it('may say one thing twice, but not two things', () => {
    const twice = (truth: boolean) => ({ truth: true, resolved: [{ assumptionId: 'a', truth }] });
    expect(resolutionsIn(twice(true), request('unresolved'), 'q')).toHaveLength(2);
    expect(() => resolutionsIn(twice(false), request('unresolved'), 'q')).toThrow('resolves "a" both ways');
  });

  it('is one of the options, as the question has them', () => {
    const asked = { ...request('unresolved'), options: ['staging', 'production'] };
    expect(resolutionsIn({ option: 'staging' }, asked, 'q')).toEqual([]);
    expect(() => resolutionsIn({ option: 'Staging' }, asked, 'q')).toThrow('["staging","production"]');
    expect(() => resolutionsIn({ option: 'staging' }, request('unresolved'), 'q')).toThrow('no options');
  });

  it.each<[object, boolean | null]>([
    [{ text: 'Yes.' }, true],
    [{ text: ' no ' }, false],
    [{ option: 'Yes' }, true],
    [{ text: 'Yes, but not on Fridays.' }, null],
    [{ text: 'No idea' }, null],
  ])('that is a plain yes or no resolves what a model has named for it: %j', (answer, truth) => {
    const asked = { ...request('unresolved'), options: ['Yes', 'No'] };
    const resolved = truth === null ? [] : [{ assumptionId: 'b', truth }];
    expect(resolutionsIn(answer, asked, 'q', { assumptionIds: ['b', 'c'] })).toEqual(resolved);
    expect(resolutionsIn(answer, asked, 'q')).toEqual([]);
  });

  it('that resolves some is not read for a yes or no as well', () => {
    const answer = { text: 'yes', resolved: [{ assumptionId: 'a', truth: false }] };
    expect(resolutionsIn(answer, request('unresolved'), 'q', { assumptionIds: ['b'] })).toEqual(answer.resolved);
  });

  it('of a truth is refused where the question settles nothing', () => {
    expect(() => resolutionsIn({ truth: true }, request('unresolved', []), 'q')).toThrow('answer it with "text"');
  });
});

it.each([
  ['unresolved', []],
  ['likely', [true, false]],
  ['true', [true, true]],
  ['false', [false, false]],
] as const)('when nobody answers, "%s" takes for true what it says', (onExpiry, truths) => {
  expect(resolutionsOnExpiry(request(onExpiry)).map(({ truth }) => truth)).toEqual(truths);
});
