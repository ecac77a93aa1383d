import { poolTree } from '../../tree/testing/trees';
import { paramsOf } from './rerun';

const run = { goal: 'Orders wait', workspace: 'example' };

describe('params that start a run again', () => {
  it('have the beliefs, actions and weights of its tree, as a caller gives them', () => {
    const tree = poolTree();
    const [raise] = tree.actions;
    if (!raise) throw new Error('The tree has no action.');
    const actions = [{ ...raise, tool: 'file.write', args: { path: 'a' }, effort: 5 }, ...tree.actions.slice(1)];
    const params = paramsOf(run, { ...tree, actions });
    expect(params).toMatchObject(run);
    expect(params.actions).toEqual([
      { id: 'raise', kind: 'tool', label: 'Raise the pool', tool: 'file.write', args: { path: 'a' }, effort: 5 },
      { id: 'finish', kind: 'finish', label: 'Leave it' },
    ]);
    expect(params.beliefs?.assumptions[0]).toEqual({ id: 'pool', text: 'The pool is too small', p: 0.9 });
    expect(params.params).toEqual(tree.params);
  });

  it('are the goal and the workspace where the run has no tree', () => {
    expect(paramsOf(run, null)).toEqual(run);
  });
});
