import { pathTo, searchTreeOf } from './search.nodes';
import { framesOf } from './testing/frames';

const expanded = (nodeId: string, parentId: string | null, duplicate = false) => ({
  type: 'search.expanded',
  searchId: 's1',
  nodeId,
  parentId,
  duplicate,
  verified: 'unknown',
  summary: `plan ${nodeId}`,
});
const FRAMES = framesOf([
  expanded('n1', null),
  expanded('n2', 'n1'),
  { ...expanded('x', null), searchId: 'another' },
  {
    type: 'search.compared',
    searchId: 's1',
    nodeId: 'n2',
    against: 'n1',
    scoreA: 7,
    scoreB: null,
    critique: 'c',
    q0: null,
    Q: 0.6,
  },
  expanded('n3', 'n2'),
  expanded('n2', 'n1', true),
  { ...expanded('n9', 'n1'), erased: true },
]);

describe('searchTreeOf', () => {
  it('is the tree of one search; a duplicate is a visit of its parent', () => {
    const [root, ...others] = searchTreeOf(FRAMES, 's1');
    expect(others).toEqual([]);
    expect(root).toMatchObject({ nodeId: 'n1', depth: 0, visits: 2 });
    expect(root?.children).toMatchObject([
      {
        nodeId: 'n2',
        number: 2,
        value: 0.6,
        own: null,
        comparisons: [{ against: 'n1', score: 7, scoreAgainst: null }],
      },
    ]);
    expect(root?.children[0]?.children).toMatchObject([{ nodeId: 'n3', depth: 2 }]);
  });

  it('says which nodes lead to the best', () => {
    const roots = searchTreeOf(FRAMES, 's1');
    expect([...pathTo(roots, 'n3')]).toEqual(['n1', 'n2', 'n3']);
    expect(pathTo(roots, null).size).toBe(0);
  });
});
