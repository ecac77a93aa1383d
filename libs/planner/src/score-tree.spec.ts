import type { ActionInput, Beliefs, Tree } from '@assent/contract';
import { LexicalComposer } from '@assent/lexical';
import { plan } from './plan';
import { replan } from './replan';
import { scoreTree } from './score-tree';
import { leavesOf } from './testing/trees';

const actions: ActionInput[] = [
  { id: 'v', kind: 'tool', tool: 'file.write', effort: 2 },
  { id: 'w', kind: 'tool', tool: 'file.write', effort: 1 },
];
const beliefs: Beliefs = {
  assumptions: [
    { id: 'a', text: 'The first cause is probably at work', p: 0.6 },
    { id: 'b', text: 'The second cause is at work', p: 0.5 },
  ],
  gains: [
    { actionId: 'v', when: { a: true }, gain: 1 },
    { actionId: 'w', when: { a: false, b: true }, gain: 0.9 },
    { actionId: 'w', when: {}, gain: 0.2 },
  ],
};

async function stored(): Promise<Tree> {
  return (
    await plan({ treeId: 'tree_1', goal: 'g', actions, beliefs, params: { lambda: 0.1, depth: 2, effortScale: 2 } })
  ).tree;
}

describe('scoreTree', () => {
  it('scores beliefs and actions as a plan does, without storing', async () => {
    const tree = await stored();
    const scored = await scoreTree({ actions, beliefs, goal: 'g', params: { lambda: 0.1, depth: 2, effortScale: 2 } });
    expect(scored).toEqual({ ...tree, id: 'tree_unstored' });
  });

  it('scores a trace and actions', async () => {
    const scored = await scoreTree({ actions, trace: 'The first cause is probably at work.' }, new LexicalComposer());
    expect(scored.assumptions).toMatchObject([{ id: 'a1', text: 'The first cause is probably at work', p: 0.7 }]);
  });

  it('scores a tree again with other weights, on the same splits', async () => {
    const tree = await stored();
    const dear = await scoreTree({ tree, params: { lambda: 1 } });
    const shape = ({ root }: Tree) => leavesOf(root).map(({ id, path, L }) => ({ id, path, L }));
    expect(shape(dear)).toEqual(shape(tree));
    expect(dear.params).toEqual({ ...tree.params, lambda: 1 });
    expect(tree.chosen.actionId).toBe('v');
    expect(dear.chosen.actionId).toBe('w');
  });

  it('splits anew where the depth is another', async () => {
    expect((await scoreTree({ tree: await stored(), params: { depth: 1 } })).diagnostics.depth).toBe(1);
  });

  it('keeps likelihoods that were given, normalised, and flags a sum that is far from 1', async () => {
    const tree = await scoreTree({ tree: await stored(), params: { prune: 'decision' } });
    for (const leaf of leavesOf(tree.root)) leaf.L = leaf.id === 'l0' ? 3 : 1;
    const scored = await scoreTree({ tree });
    const leaves = leavesOf(scored.root);
    expect(leaves.map(({ L }) => L)).toEqual([3, ...leaves.slice(1).map(() => 1)].map((L) => L / (leaves.length + 2)));
    expect(scored.diagnostics).toMatchObject({ rawSum: leaves.length + 2, rawSumOff: true });
    expect(scored.inputHash).not.toBe(tree.inputHash);
  });

  it.each<[string, (tree: Tree) => unknown, string]>([
    ['something else', () => ({ root: {} }), '/tree'],
    ['a node of a strange shape', (tree) => ({ ...tree, root: { ...tree.root, kind: 'other' } }), '/tree/root/kind'],
    ['an action that is gone', (tree) => ({ ...tree, actions: tree.actions.slice(1) }), '/tree/gains/0/actionId'],
    [
      'an assumption that is gone',
      (tree) => ({ ...tree, gains: null, assumptions: tree.assumptions.slice(1) }),
      '/tree/root/assumptionId',
    ],
    [
      'a path that asks twice',
      (tree) => ({ ...tree, root: { ...tree.root, yes: tree.root } }),
      '/tree/root/yes/assumptionId',
    ],
    ['an edge that is certain', (tree) => ({ ...tree, root: { ...tree.root, pTrue: 1 } }), '/tree/root/pTrue'],
    [
      'no likelihood at all',
      (tree) => ({ ...tree, root: { kind: 'leaf', id: 'l0', path: [], actionId: 'v', L: 0, G: 0, C: 0, U: 0 } }),
      '/tree/root',
    ],
  ])('refuses a tree with %s', async (_, broken, pointer) => {
    const tree = broken(await stored());
    await expect(scoreTree({ tree })).rejects.toMatchObject({ reason: 'invalid', details: { pointer } });
  });

  it('repairs beliefs of an earlier version that it refuses in new input, and splits anew', async () => {
    const excluding = <A extends { id: string }>(assumption: A) => ({
      ...assumption,
      excludes: [assumption.id === 'a' ? 'b' : 'a'],
    });
    const { root, assumptions, ...rest } = await scoreTree({ actions, beliefs, params: { depth: 1 } });
    const { rationale, ...former } = {
      ...rest,
      version: 1,
      root: { ...root, pTrue: 0.55 },
      assumptions: assumptions.map(excluding),
    } as Tree;
    expect(rationale).not.toBeNull();

    const scored = await scoreTree({ tree: former });
    const [a, b] = scored.assumptions.map(({ posterior }) => posterior);
    expect([a, b]).toEqual([0.6, 0.5].map((p) => expect.closeTo((0.999 * p) / 1.1, 9) as number));
    const again = replan(former, { treeId: 'again', without: [], resolutions: {} });
    expect(again.warnings).toEqual([expect.stringMatching(/a, b cannot all hold.*scaled/)]);
    const input = { ...beliefs, assumptions: beliefs.assumptions.map(excluding) };
    await expect(scoreTree({ actions, beliefs: input })).rejects.toMatchObject({
      details: { pointer: '/beliefs/assumptions/0/p' },
    });
  });

  it('refuses parameters of the request apart from those of the tree', async () => {
    const tree = await stored();
    await expect(scoreTree({ tree, params: { depth: 9 } })).rejects.toMatchObject({
      details: { pointer: '/params/depth' },
    });
  });
});
