import fc from 'fast-check';
import { replan } from './replan';
import { treeFor } from './testing/trees';
import { problem } from './testing/worlds';

const again = { treeId: 'again', resolutions: {}, without: [] };

describe('planning again', () => {
  it('with nothing new known makes the same tree under another id', () =>
    fc.assert(
      fc.asyncProperty(problem({ asks: true, entangled: true }), async (input) => {
        const tree = await treeFor(input);
        expect(replan(tree, again).tree).toEqual({ ...tree, id: 'again' });
      }),
    ));

  it('never splits on what is known, and says what is known', () =>
    fc.assert(
      fc.asyncProperty(problem({ entangled: true }), fc.boolean(), async (input, truth) => {
        const tree = await treeFor(input);
        const [first] = tree.assumptions;
        fc.pre(first !== undefined);
        const next = replan(tree, { ...again, resolutions: { [first.id]: truth } }).tree;
        expect(next.assumptions.find(({ id }) => id === first.id)?.resolved).toBe(truth);
        expect(JSON.stringify(next.root)).not.toContain(`"assumptionId":"${first.id}","pTrue"`);
      }),
    ));

  it('drops actions that are no longer offered, with all that was said of them', async () => {
    const [input] = fc.sample(problem({ asks: true }), { numRuns: 1, seed: 7 });
    if (!input) throw new Error('a sample has one value');
    const tree = await treeFor(input);
    const { tree: next } = replan(tree, { ...again, without: ['ask'] });
    expect(tree.actions.map(({ id }) => id)).toContain('ask');
    expect(JSON.stringify([next.actions, next.associations, next.gains])).not.toContain('"ask"');
  });

  it('passes over resolutions of assumptions that the tree does not have', async () => {
    const [input] = fc.sample(problem({}), { numRuns: 1, seed: 7 });
    if (!input) throw new Error('a sample has one value');
    const tree = await treeFor(input);
    expect(replan(tree, { ...again, resolutions: { nobody: true } }).tree).toEqual({ ...tree, id: 'again' });
  });
});
