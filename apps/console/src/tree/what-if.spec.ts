import { AS_IT_IS, differenceOf, flipsOf, isAsItIs, scoreParamsOf, withAssumed, withWeight } from './what-if';
import { poolTree } from './testing/trees';

describe('a what-if', () => {
  it('holds what differs from the tree, and nothing after it was taken back', () => {
    const tree = poolTree();
    const changed = withWeight(withAssumed(AS_IT_IS, 'pool', 0.05, 0.9), 'lambda', 2, tree);
    expect(isAsItIs(changed)).toBe(false);
    expect(scoreParamsOf({ runId: 'r', step: 2 }, changed)).toEqual({
      runId: 'r',
      step: 2,
      assume: { pool: 0.05 },
      params: { lambda: 2 },
    });
    const back = withWeight(withAssumed(changed, 'pool', 0.9, 0.9), 'lambda', 1, tree);
    expect(isAsItIs(back)).toBe(true);
    expect(scoreParamsOf({ runId: 'r', step: 2 }, back)).toEqual({ runId: 'r', step: 2, params: {} });
  });

  it('is compared with the choice as it is', () => {
    const real = poolTree();
    const ranking = [
      { actionId: 'finish', U: 0.18, C: 0 },
      { actionId: 'raise', U: -0.01, C: 0.05 },
    ];
    const changed = poolTree({
      rankings: { ...real.rankings, expected: ranking },
      chosen: { ...real.chosen, actionId: 'finish', U: 0.18, margin: 0.19 },
    });
    expect(differenceOf(real, changed)).toEqual({
      isSameChoice: false,
      before: 'raise',
      after: 'finish',
      marginBefore: 0.74,
      marginAfter: 0.19,
      rows: [
        { actionId: 'finish', U: 0.18, before: 0.02 },
        { actionId: 'raise', U: -0.01, before: 0.76 },
      ],
    });
  });
});

describe('what would change a choice', () => {
  it('is listed from the nearest, with the side of the probability of being true', () => {
    const { rationale } = poolTree();
    const [pool] = rationale?.for ?? [];
    if (!rationale || !pool) throw new Error('The tree has no ground.');
    const unlikely = { ...pool, assumptionId: 'query', value: false, p: 0.9, flipsAt: { p: 0.3, actionId: 'wait' } };
    const settled = { ...pool, assumptionId: 'known', flipsAt: null };
    const flips = flipsOf({ ...rationale, for: [pool, settled], against: [unlikely] });
    expect(flips.map(({ assumptionId, side, p, actionId }) => [assumptionId, side, p, actionId])).toEqual([
      ['query', 'above', 0.3, 'wait'],
      ['pool', 'below', 0.08, 'finish'],
    ]);
    expect(flipsOf(null)).toEqual([]);
  });
});
