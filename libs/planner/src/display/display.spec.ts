import fc from 'fast-check';
import type { Tree, TreeLeaf, TreeNode } from '@assent/contract';
import { plan } from '../plan';
import { scoreTree } from '../score-tree';
import { internalsOf, leavesOf, treeFor } from '../testing/trees';
import { problem, type Problem } from '../testing/worlds';

const input = problem({ entangled: true, asks: true });

/** The parts of a tree that display must not change. */
function numbersOf({ rankings, chosen, modesAgree, diagnostics, rationale }: Tree): unknown {
  return { rankings, chosen, modesAgree, diagnostics, rationale };
}

function groupsOf(root: TreeNode): Map<string, TreeLeaf[]> {
  const groups = new Map<string, TreeLeaf[]>();
  for (const leaf of leavesOf(root)) {
    const id = leaf.group ?? leaf.id;
    groups.set(id, [...(groups.get(id) ?? []), leaf]);
  }
  return groups;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('splits for display', () => {
  it('change no number', () =>
    fc.assert(
      fc.asyncProperty(input, async (drawn) => {
        const shown = await treeFor(drawn);
        const pruned = await treeFor(drawn, { prune: 'decision' });
        expect(numbersOf(shown)).toEqual(numbersOf(pruned));
        expect(leavesOf(pruned.root).every(({ group }) => group === undefined)).toBe(true);
      }),
    ));

  it('make the leaves of a group sum up to the leaf that was scored, and keep its action', () =>
    fc.assert(
      fc.asyncProperty(input, async (drawn) => {
        const scored = new Map(
          leavesOf((await treeFor(drawn, { prune: 'decision' })).root).map((leaf) => [leaf.id, leaf]),
        );
        const groups = groupsOf((await treeFor(drawn)).root);
        expect([...groups.keys()].sort()).toEqual([...scored.keys()].sort());
        for (const [id, leaves] of groups) {
          const leaf = scored.get(id);
          expect(new Set(leaves.map(({ actionId }) => actionId))).toEqual(new Set([leaf?.actionId]));
          expect(sum(leaves.map(({ L }) => L))).toBeCloseTo(leaf?.L ?? NaN, 9);
          expect(sum(leaves.map(({ L, G }) => L * G))).toBeCloseTo((leaf?.L ?? NaN) * (leaf?.G ?? NaN), 9);
          for (const { path } of leaves) expect(path.slice(0, leaf?.path.length)).toEqual(leaf?.path);
        }
      }),
    ));

  it('stop at the depth, split nothing twice, and go on while an assumption of a gain row is open', () =>
    fc.assert(
      fc.asyncProperty(problem({ complete: true }), async (drawn) => {
        const { root, params, assumptions } = await treeFor(drawn);
        for (const { path } of leavesOf(root)) {
          const ids = path.map(({ assumptionId }) => assumptionId);
          expect(new Set(ids).size).toBe(ids.length);
          expect(ids.length).toBe(Math.min(params.depth, assumptions.length));
        }
      }),
    ));

  it('are decisive exactly where the sides lead to other actions or knowing is worth something', () =>
    fc.assert(
      fc.asyncProperty(input, async (drawn) => {
        for (const { decisive, splitScore, yes, no } of internalsOf((await treeFor(drawn)).root)) {
          const actions = new Set([...leavesOf(yes), ...leavesOf(no)].map(({ actionId }) => actionId));
          expect(decisive).toBe(splitScore > 1e-6 || actions.size > 1);
        }
      }),
    ));

  it('leave one scored path for each group', () =>
    fc.assert(
      fc.asyncProperty(input, async ({ actions, beliefs, params }: Problem) => {
        const { tree, paths } = await plan({ treeId: 't', goal: 'g', actions, beliefs, params });
        expect(paths.map(({ leafId }) => leafId).sort()).toEqual([...groupsOf(tree.root).keys()].sort());
      }),
    ));

  it('are left out and come back by the parameter alone', async () => {
    const [drawn] = fc.sample(input, { numRuns: 1, seed: 11 });
    if (!drawn) throw new Error('fast-check gave no sample');
    const tree = await treeFor(drawn);
    const pruned = await scoreTree({ tree, params: { prune: 'decision' } });
    expect(pruned.root).toEqual((await treeFor(drawn, { prune: 'decision' })).root);
    expect(JSON.stringify((await scoreTree({ tree: pruned, params: { prune: 'display' } })).root)).toBe(
      JSON.stringify(tree.root),
    );
  });

  it('show what is most valuable to know first, then what moves the scores most, then what appears first', async () => {
    const assumptions = ['minor', 'major', 'decides'].map((id) => ({ id, text: `The ${id} thing holds`, p: 0.7 }));
    const gains = [
      { actionId: 'act', when: { decides: true }, gain: 0.6 },
      { actionId: 'act', when: { decides: true, major: true }, gain: 0.8 },
      { actionId: 'act', when: { decides: true, minor: true }, gain: 0.7 },
      { actionId: 'act', when: { decides: true, major: true, minor: true }, gain: 0.9 },
    ];
    const actions = [
      { id: 'act', kind: 'tool' as const, tool: 'file.write' },
      { id: 'noop', kind: 'noop' as const },
    ];
    const { tree } = await plan({ treeId: 't', goal: 'g', actions, beliefs: { assumptions, gains } });
    const order = internalsOf(tree.root).map(({ assumptionId, decisive }) => [assumptionId, decisive]);
    expect(order.slice(0, 3)).toEqual([
      ['decides', true],
      ['major', false],
      ['minor', false],
    ]);
  });
});
