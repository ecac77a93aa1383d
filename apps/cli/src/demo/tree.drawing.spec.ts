import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tree, TreeLeaf, TreeNode } from '@assent/contract';
import { PLAIN } from './palette';
import { drawRankings, drawRationale, drawTree } from './tree.drawing';

const WIDE = 120;

function leaf(id: string, actionId: string, L: number, U: number): TreeLeaf {
  return { kind: 'leaf', id, path: [], actionId, L, G: 1, C: 0.1, U };
}

function split(assumptionId: string, pTrue: number, yes: TreeNode, no: TreeNode): TreeNode {
  return { kind: 'internal', id: `n-${assumptionId}`, assumptionId, pTrue, splitScore: 0.1, yes, no };
}

/** Only the drawing; the texts are those of the shipped example. */
function treeOf(root: TreeNode, leafId: string | null): Tree {
  const { beliefs } = JSON.parse(
    readFileSync(join(__dirname, '../../../../examples/checkout-service/request.beliefs.json'), 'utf8'),
  ) as { beliefs: { assumptions: { id: string; text: string }[] } };
  const ranking = [
    { actionId: 'restore-timeout', U: 0.75, C: 0.1 },
    { actionId: 'raise-pool', U: -0.05, C: 0.1 },
  ];
  return {
    root,
    assumptions: beliefs.assumptions,
    chosen: { actionId: 'restore-timeout', mode: 'expected', U: 0.75, margin: 0.8, leafId, path: [] },
    mode: 'expected',
    rankings: { expected: ranking, aggregate: ranking, paper: ranking.slice(0, 1) },
  } as unknown as Tree;
}

describe('drawing a tree of assumptions', () => {
  const root = split(
    'seconds-kept',
    0.85,
    leaf('l0', 'restore-timeout', 0.85, 0.75),
    split('pool-short', 0.4, leaf('l1', 'raise-pool', 0.06, -0.04), leaf('l2', 'retry-more', 0.09, -0.01)),
  );

  it('shows each assumption, both ways with their probability, and the numbers of the leaves in columns', () => {
    expect(drawTree(treeOf(root, null), PLAIN, WIDE)).toEqual([
      'seconds-kept: The payment timeout was carried over from seconds to milliseconds without a conversion',
      '├─ yes 0.85 ─ restore-timeout  L 0.850  G 1.000  C 0.100  U  0.750',
      '└─ no  0.15 ─ pool-short: The database pool is the bottleneck',
      '   ├─ yes 0.40 ─ raise-pool    L 0.060  G 1.000  C 0.100  U -0.040',
      '   └─ no  0.60 ─ retry-more    L 0.090  G 1.000  C 0.100  U -0.010',
    ]);
  });

  it('draws the way to the chosen leaf heavy', () => {
    expect(drawTree(treeOf(root, 'l0'), PLAIN, WIDE).slice(1, 3)).toEqual([
      '┣━ yes 0.85 ━ restore-timeout  L 0.850  G 1.000  C 0.100  U  0.750  ◀ chosen',
      '└─ no  0.15 ─ pool-short: The database pool is the bottleneck',
    ]);
    expect(drawTree(treeOf(root, 'l2'), PLAIN, WIDE).map((line) => line.slice(0, 16))).toEqual([
      'seconds-kept: Th',
      '┠─ yes 0.85 ─ re',
      '┗━ no  0.15 ━ po',
      '   ┠─ yes 0.40 ─',
      '   ┗━ no  0.60 ━',
    ]);
  });

  it('keeps the heavy line beside branches that it passes', () => {
    const deep = split(
      'a',
      0.5,
      split('b', 0.5, leaf('l0', 'x', 0.25, 0), leaf('l1', 'y', 0.25, 0)),
      leaf('l2', 'z', 0.5, 0),
    );
    expect(drawTree(treeOf(deep, 'l2'), PLAIN, WIDE)[2]).toMatch(/^┃ {2}├─ yes/);
  });

  it('draws the way to every leaf that the chosen one was split into', () => {
    const shown = split(
      'a',
      0.5,
      { ...leaf('l0.0', 'x', 0.5, 0), group: 'l0' },
      {
        ...leaf('l0.1', 'x', 0.5, 0),
        group: 'l0',
      },
    );
    expect(drawTree(treeOf(shown, 'l0'), PLAIN, WIDE).filter((line) => line.endsWith('◀ chosen'))).toHaveLength(2);
  });

  it('lists why: the sentence, then the grounds for and against', () => {
    const ground = { text: 'The timeout is too short', value: true, p: 0.85, decisive: true };
    const other = { text: 'The pool is the bottleneck', value: false, p: 0.4, decisive: false };
    const tree = { rationale: { sentence: 'Chosen because so.', for: [ground], against: [other] } } as unknown as Tree;
    expect(drawRationale(tree, PLAIN, WIDE)).toEqual([
      'Chosen because so.',
      '+ 0.85 The timeout is too short, decisive',
      '- 0.40 The pool is the bottleneck (false)',
    ]);
  });

  it('draws a tree of one leaf', () => {
    expect(drawTree(treeOf(leaf('l0', 'finish', 1, 1), 'l0'), PLAIN, WIDE)).toEqual([
      'finish  L 1.000  G 1.000  C 0.100  U  1.000  ◀ chosen',
    ]);
  });

  it('cuts texts to the width of the terminal', () => {
    expect(drawTree(treeOf(root, null), PLAIN, 60)[0]).toBe(
      'seconds-kept: The payment timeout was carried over from sec…',
    );
  });

  it('marks the ranking that decided', () => {
    expect(drawRankings(treeOf(root, 'l0'), PLAIN)).toEqual([
      '▶ expected   restore-timeout 0.750 > raise-pool -0.050',
      '  aggregate  restore-timeout 0.750 > raise-pool -0.050',
      '  paper      restore-timeout 0.750',
    ]);
  });
});
