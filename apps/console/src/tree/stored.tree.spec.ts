import { chosenIds, groupIds, leavesOf, probabilityOf, type DrawnNode } from './drawn.tree';
import { drawnOf } from './stored.tree';
import { assumption, leaf, poolTree, split } from './testing/trees';

function nodesOf(node: DrawnNode): DrawnNode[] {
  return [node, ...node.children.flatMap(nodesOf)];
}

describe('the drawing of a stored tree', () => {
  const drawn = drawnOf(poolTree());
  const nodes = drawn.root ? nodesOf(drawn.root) : [];

  it('has the probability of each branch', () => {
    expect(nodes.map(({ id, branch }) => [id, branch?.value, branch?.p?.toFixed(2)])).toEqual([
      ['n0', undefined, undefined],
      ['n1', true, '0.90'],
      ['l0.0', true, '0.10'],
      ['l0.1', false, '0.90'],
      ['l1', false, '0.10'],
    ]);
  });

  it('knows which part was split for display only, and the leaf that it was scored as', () => {
    const group = nodes.find(({ id }) => id === 'n1');
    expect(drawn.root && groupIds(drawn.root)).toEqual(['n1']);
    expect(group?.kind === 'split' && group.group).toMatchObject({ id: 'l0', actionId: 'raise' });
    const score = group?.kind === 'split' ? group.group?.score : undefined;
    expect(score?.L).toBeCloseTo(0.9);
    expect(score?.U).toBeCloseTo(0.9 * 0.9 - 0.05);
  });

  it('marks the path to the chosen leaf, and the display splits below it', () => {
    expect([...chosenIds(drawn)].toSorted()).toEqual(['l0.0', 'l0.1', 'n0', 'n1']);
  });

  it('marks no path where no leaf takes the chosen action', () => {
    const { chosen } = poolTree();
    expect(chosenIds(drawnOf(poolTree({ chosen: { ...chosen, actionId: 'ask', leafId: null } }))).size).toBe(0);
  });

  it('separates two groups side by side', () => {
    const groupOf = (id: string) =>
      split(
        `n-${id}`,
        'query',
        0.5,
        { ...leaf(`${id}.0`, 'raise', [0.2, 1, 0, 0.2]), group: id },
        { ...leaf(`${id}.1`, 'raise', [0.2, 1, 0, 0.2]), group: id },
      );
    const { root } = drawnOf(poolTree({ root: split('n0', 'pool', 0.5, groupOf('l0'), groupOf('l1')) }));
    expect(root && groupIds(root)).toEqual(['n-l0', 'n-l1']);
    expect(root && leavesOf(root)).toHaveLength(4);
  });

  it('takes the probability after facts, and a fact itself', () => {
    expect(probabilityOf({ ...assumption('a', 'A', 0.3), posterior: 0.4 })).toBe(0.4);
    expect(probabilityOf({ ...assumption('a', 'A', 0.3), resolved: false })).toBe(0);
  });
});
