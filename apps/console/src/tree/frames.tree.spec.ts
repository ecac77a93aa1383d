import type { FrameBody } from '@assent/contract';
import { EMPTY_VIEW } from '@assent/client';
import { chosenIds, type DrawnNode } from './drawn.tree';
import { drawnFrom, type TreeFrames } from './frames.tree';

const built: FrameBody<'tree.built'> = {
  treeId: 'tree_1',
  composer: 'caller',
  degraded: false,
  assumptions: 2,
  leaves: 3,
  inputHash: 'sha256:0',
  warnings: [],
  actions: [{ id: 'raise', kind: 'tool', label: 'Raise the pool' }],
};

function scored(leafId: string, truths: string, actionId: string, L: number): FrameBody<'path.scored'> {
  const path = Array.from(truths, (truth, depth) => ({
    assumptionId: depth === 0 ? 'pool' : 'query',
    value: truth === '1',
  }));
  return { treeId: 'tree_1', leafId, path, actionId, L, G: 1, C: 0.1, U: L - 0.1 };
}

const paths = [scored('l0', '11', 'raise', 0.45), scored('l1', '10', 'wait', 0.45), scored('l2', '0', 'wait', 0.1)];
const choice: FrameBody<'path.chosen'> = {
  treeId: 'tree_1',
  actionId: 'raise',
  mode: 'expected',
  U: 0.5,
  margin: 0.1,
  modesAgree: true,
};
const frames = (changes: Partial<TreeFrames>): TreeFrames => ({ ...EMPTY_VIEW, tree: built, ...changes });

function outline(node: DrawnNode | null | undefined): unknown {
  if (!node) return null;
  const p = node.branch?.p === null || node.branch === null ? null : Number(node.branch.p.toFixed(2));
  return node.kind === 'leaf' ? [node.actionId, p] : [node.assumptionId, p, node.children.map(outline)];
}

describe('the drawing of the frames that have come', () => {
  it('is empty before a tree was built, and has no node before a path was scored', () => {
    expect(drawnFrom(EMPTY_VIEW)).toBeNull();
    expect(drawnFrom(frames({}))?.root).toBeNull();
  });

  it('grows with each path; probabilities appear when all paths are there', () => {
    expect(outline(drawnFrom(frames({ paths: paths.slice(0, 1) }))?.root)).toEqual([
      'pool',
      null,
      [['query', null, [['raise', null]]]],
    ]);
    expect(outline(drawnFrom(frames({ paths }))?.root)).toEqual([
      'pool',
      null,
      [
        [
          'query',
          0.9,
          [
            ['raise', 0.5],
            ['wait', 0.5],
          ],
        ],
        ['wait', 0.1],
      ],
    ]);
  });

  it('marks the path of the chosen action that is worth most', () => {
    const drawn = drawnFrom(frames({ paths, chosen: choice }));
    expect(drawn?.chosen?.leafId).toBe('l0');
    expect(drawn && [...chosenIds(drawn)]).toEqual(['f11', 'f1', 'f']);
  });

  it('marks none for a question, and shows one leaf where nothing was split', () => {
    const drawn = drawnFrom(frames({ paths: [scored('l0', '', 'raise', 1)], chosen: { ...choice, actionId: 'ask' } }));
    expect(drawn?.chosen?.leafId).toBeNull();
    expect(drawn?.root?.kind).toBe('leaf');
  });

  it('takes the labels that frames have, and the id where they have none', () => {
    const drawn = drawnFrom(frames({ paths }));
    expect([...(drawn?.actions.values() ?? [])].map(({ label }) => label)).toEqual(['Raise the pool', 'wait']);
  });
});
