import { completeActions } from '../params';
import { treeOf, type TreeHeading } from './model.tree';

const actions = completeActions([
  { id: 'a1', kind: 'tool', tool: 'file.read', args: { path: 'a' } },
  { id: 'a2', kind: 'finish' },
]);
const beliefs = {
  assumptions: [{ id: 'x1', text: 'The file is there', p: 0.9 }],
  associations: [{ assumptionId: 'x1', value: true, actionId: 'a1' }],
};
const heading: TreeHeading = { treeId: 't', step: 3, goal: 'g', params: {}, source: 'model' };

describe('the tree of a model-planned step', () => {
  it('has assumptions that belong to the step', async () => {
    const { tree } = await treeOf(beliefs, actions, heading);
    expect(tree.assumptions.map(({ id }) => id)).toEqual(['s3.x1']);
    expect(tree.associations).toEqual([{ assumptionId: 's3.x1', value: true, actionId: 'a1' }]);
  });

  it('has recalibrated probabilities where the run asks for them, of the source that stated them only', async () => {
    const recalibration = { source: 'model' as const, version: 2, apply: (p: number) => p / 2 };
    const { tree } = await treeOf(beliefs, actions, { ...heading, recalibration });
    expect(tree.assumptions).toMatchObject([{ p: 0.45, evidence: ['recalibrated from 0.9 by version 2'] }]);
    const lexical = await treeOf(beliefs, actions, { ...heading, source: 'lexical', recalibration });
    expect(lexical.tree.assumptions).toMatchObject([{ p: 0.9 }]);
    expect(lexical.warnings).toHaveLength(1);
  });
});
