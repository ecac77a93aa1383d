import type { Action, Assumption, RankedAction, Tree, TreeNode } from '@assent/contract';
import type { SearchNodeView } from '@assent/contract';
import fc from 'fast-check';
import type { Item } from '../outline';

type Internal = Extract<TreeNode, { kind: 'internal' }>;
type Leaf = Extract<TreeNode, { kind: 'leaf' }>;

export function split(id: string, assumptionId: string, pTrue: number, yes: TreeNode, no: TreeNode): Internal {
  return { kind: 'internal', id, assumptionId, pTrue, splitScore: 0, decisive: true, yes, no };
}

export function leaf(id: string, actionId: string, [L, G, C, U]: readonly [number, number, number, number]): Leaf {
  return { kind: 'leaf', id, path: [], actionId, L, G, C, U };
}

export function assumption(id: string, text: string, p: number): Assumption {
  return {
    id,
    key: text.toLowerCase(),
    negated: false,
    text,
    entities: [],
    excludes: [],
    p,
    marginal: p,
    posterior: p,
    given: [],
    resolved: null,
    sources: ['caller'],
    evidence: [],
  };
}

export function action(id: string, label: string, kind: Action['kind'] = 'tool'): Action {
  return { id, kind, label, effort: 0, messageLength: 0, baseCost: 0, irreversible: false };
}

const RANKING: RankedAction[] = [
  { actionId: 'raise', U: 0.76, C: 0.05 },
  { actionId: 'finish', U: 0.02, C: 0 },
];

/** A pool that is too small (90%), beside a slow query (10%) that changes nothing: raise the pool, or finish. */
export function poolTree(changes: Partial<Tree> = {}): Tree {
  return {
    id: 'tree_pool',
    version: 2,
    inputHash: 'sha256:0',
    goal: 'Orders wait for a connection',
    params: {
      mode: 'expected',
      depth: 3,
      alpha: 1,
      beta: 1,
      lambda: 1,
      effortScale: 100,
      messageScale: 600,
      ranking: 'value',
      asking: 'net',
    },
    actions: [action('raise', 'Raise the pool'), action('finish', 'Leave it', 'finish')],
    assumptions: [assumption('pool', 'The pool is too small', 0.9), assumption('query', 'One query is slow', 0.1)],
    associations: [],
    gains: [],
    root: split(
      'n0',
      'pool',
      0.9,
      {
        ...split(
          'n1',
          'query',
          0.1,
          { ...leaf('l0.0', 'raise', [0.09, 0.9, 0.05, 0.031]), group: 'l0' },
          { ...leaf('l0.1', 'raise', [0.81, 0.9, 0.05, 0.679]), group: 'l0' },
        ),
        decisive: false,
      },
      leaf('l1', 'finish', [0.1, 0.02, 0, 0.002]),
    ),
    rankings: { expected: RANKING, aggregate: RANKING, paper: RANKING },
    mode: 'expected',
    chosen: { actionId: 'raise', mode: 'expected', U: 0.76, margin: 0.74, leafId: 'l0', path: [] },
    modesAgree: true,
    rationale: {
      sentence: 'Chosen because the pool is too small (90%); below 8% it would finish instead.',
      actionId: 'raise',
      alternative: 'finish',
      for: [
        {
          assumptionId: 'pool',
          text: 'The pool is too small',
          value: true,
          p: 0.9,
          resolved: null,
          decisive: true,
          weight: 0.9,
          flipsAt: { p: 0.08, actionId: 'finish' },
          sources: ['caller'],
          learned: null,
        },
      ],
      against: [],
    },
    diagnostics: {
      leaves: 2,
      depth: 1,
      rawSum: 1,
      rawSumOff: false,
      allNegative: false,
      clampedGains: 0,
      evpi: 0.007,
      questions: [],
      sensitivity: [],
      check: null,
    },
    ...changes,
  };
}

export interface Shape extends Item {
  readonly children: readonly Shape[];
}

/** Trees of up to 120 nodes with up to 5 children each; ids are unique. */
export const shapes: fc.Arbitrary<Shape> = fc
  .array(fc.nat({ max: 1_000 }), { minLength: 0, maxLength: 119 })
  .map((parents) => {
    const nodes: { id: string; children: Shape[] }[] = [{ id: '0', children: [] }];
    for (const parent of parents) {
      const open = nodes.filter(({ children }) => children.length < 5);
      const node = { id: String(nodes.length), children: [] };
      open[parent % open.length]?.children.push(node);
      nodes.push(node);
    }
    return nodes[0] as Shape;
  });

/** A search of `count` answers in which each answer has two better ones below it, as far as they go. */
export function searchNodes(count: number): SearchNodeView[] {
  return Array.from({ length: count }, (_, index) => ({
    nodeId: `node-${index}`,
    parentId: index === 0 ? null : `node-${Math.floor((index - 1) / 2)}`,
    depth: Math.floor(Math.log2(index + 1)),
    answerHash: 'sha256:0',
    verified: 'unknown' as const,
    n: 1,
    duplicates: 0,
    q0: index / count,
    Q: index / count,
    qLocal: index / count,
    qGlobal: index / count,
  }));
}
