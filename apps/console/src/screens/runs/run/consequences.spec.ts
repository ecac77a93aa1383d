import type { Ground, Tree } from '@assent/contract';
import { consequencesOf, isVoidedBy } from './consequences';

const ground = (change: Partial<Ground>): Ground => ({
  assumptionId: 'a1',
  text: 't',
  value: true,
  p: 0.8,
  resolved: null,
  decisive: true,
  weight: 1,
  flipsAt: null,
  sources: [],
  learned: null,
  ...change,
});
const treeWith = (rationale: object, change: object = {}): Tree =>
  ({
    chosen: { actionId: 'fix' },
    actions: [
      { id: 'fix', label: 'Fix it' },
      { id: 'stop', label: 'Stop' },
    ],
    assumptions: [{ id: 'a1', key: 'pool full', negated: false, resolved: null }],
    rationale: { sentence: '', actionId: 'fix', alternative: 'stop', for: [], against: [], ...rationale },
    ...change,
  }) as unknown as Tree;

describe('isVoidedBy', () => {
  const fact = { assumptionId: 'a1', truth: false };

  it('is so when the choice changes', () => {
    expect(isVoidedBy(treeWith({}), 'stop', fact)).toBe(true);
    expect(isVoidedBy(treeWith({}), 'fix', fact)).toBe(false);
  });

  it('is so when a decisive ground is refuted', () => {
    expect(isVoidedBy(treeWith({ for: [ground({})] }), 'fix', fact)).toBe(true);
    expect(isVoidedBy(treeWith({ for: [ground({ value: false })] }), 'fix', fact)).toBe(false);
    expect(isVoidedBy(treeWith({ against: [ground({ value: false })] }), 'fix', fact)).toBe(true);
    expect(isVoidedBy(treeWith({ for: [ground({ decisive: false })] }), 'fix', fact)).toBe(false);
  });

  it('counts every ground where there is no other action', () => {
    expect(isVoidedBy(treeWith({ alternative: null, for: [ground({ decisive: false })] }), 'fix', fact)).toBe(true);
  });
});

describe('consequencesOf', () => {
  it('reads the waiting runs of the workspace that rest on the same statement, also where it is negated', async () => {
    const trees: Record<string, Tree> = {
      own: treeWith({}),
      negated: treeWith({}, { assumptions: [{ id: 'b7', key: 'pool full', negated: true, resolved: null }] }),
      known: treeWith({}, { assumptions: [{ id: 'a1', key: 'pool full', negated: false, resolved: true }] }),
      other: treeWith({}, { assumptions: [{ id: 'a1', key: 'disk full', negated: false, resolved: null }] }),
    };
    const scored: unknown[] = [];
    const call = (method: string, params: { runId?: string; tree?: Tree }) => {
      if (method === 'tree/get') return Promise.resolve(trees[params.runId ?? '']);
      if (method === 'run/list') {
        const items = Object.keys(trees).map((runId) => ({ runId, goal: `goal of ${runId}` }));
        return Promise.resolve({ items, cursor: null });
      }
      scored.push(params.tree?.assumptions);
      return Promise.resolve({ chosen: { actionId: scored.length === 1 ? 'stop' : 'fix' } });
    };
    const found = await consequencesOf(
      { call: call as never },
      { runId: 'own', workspace: 'example' },
      { assumptionId: 'a1', truth: true, how: 'set' },
      new AbortController().signal,
    );
    expect(found).toEqual({
      runs: [
        { runId: 'own', goal: 'goal of own', isVoided: true, before: 'Fix it', after: 'Stop' },
        { runId: 'negated', goal: 'goal of negated', isVoided: false, before: 'Fix it', after: 'Fix it' },
      ],
      unread: 0,
    });
    expect(scored).toMatchObject([
      [{ id: 'a1', resolved: true, how: 'set' }],
      [{ id: 'b7', resolved: false, how: 'set' }],
    ]);
  });
});
