import type { ActionInput, Tree } from '@assent/contract';
import { PlannerService, plan } from '@assent/planner';
import { runOf } from '../testing/fakes';
import { WaitingRuns, type Finding } from './waiting.runs';

const WRITE: ActionInput = { id: 'write', kind: 'tool', tool: 'file.write', args: { path: 'a.txt', content: 'x' } };
const READ: ActionInput = { id: 'read', kind: 'tool', tool: 'file.read', args: { path: 'a.txt' } };

/** A tree of these actions whose choice is `write`. It rests on an assumption that is probably true and favours `write`. */
async function planned(actions: readonly ActionInput[], gain = 1): Promise<Tree> {
  const { tree } = await plan({
    treeId: 'tree',
    goal: 'Raise the timeout',
    actions,
    beliefs: {
      assumptions: [{ id: 'set', text: 'The timeout is set in a.txt', p: 0.8 }],
      associations: [{ assumptionId: 'set', value: true, actionId: 'write' }],
      gains: [
        { actionId: 'write', when: {}, gain },
        { actionId: 'write', when: { set: true }, gain: 1 },
      ],
    },
    params: { lambda: 0.1 },
  });
  expect(tree.chosen.actionId).toBe('write');
  return tree;
}

/** The consequence for a run that waits on this tree when another run finds the truth of the assumption. */
async function consequenceOf(tree: Tree, keyTruth: boolean) {
  const waiting = new WaitingRuns(
    { find: () => Promise.resolve({ ...runOf(), state: 'waiting' }) } as never,
    { find: () => Promise.resolve(tree) } as never,
    { ofRun: () => Promise.resolve({ resolutions: {} }) } as never,
    new PlannerService(null as never),
  );
  const finding: Finding = {
    key: tree.assumptions[0]?.key ?? '',
    keyTruth,
    source: 'refutation',
    actor: 'ann',
    how: 'observed',
    from: 'another-run',
    byModel: false,
  };
  return waiting.consider('tenant', 'run', finding);
}

describe('a finding against an assumption of a waiting run', () => {
  it('refutes the only action on offer, although no ground decides between actions there', async () => {
    const tree = await planned([WRITE]);
    expect(tree.rationale).toMatchObject({ alternative: null, for: [{ assumptionId: 'set', decisive: false }] });
    expect(await consequenceOf(tree, false)).toMatchObject({ refutes: true, next: { id: 'write' } });
  });

  it('does not refute the only action when it confirms the assumption', async () => {
    expect(await consequenceOf(await planned([WRITE]), true)).toMatchObject({ refutes: false });
  });

  it('does not refute an action that is better than the others either way', async () => {
    const tree = await planned([WRITE, READ]);
    expect(tree.rationale).toMatchObject({ alternative: 'read', for: [{ assumptionId: 'set', decisive: false }] });
    expect(await consequenceOf(tree, false)).toMatchObject({ refutes: false, next: { id: 'write' } });
  });

  it('refutes an action that another one replaces', async () => {
    const tree = await planned([WRITE, { id: 'stop', kind: 'finish' }], 0);
    expect(await consequenceOf(tree, false)).toMatchObject({ refutes: true, next: { id: 'stop' } });
  });
});
