import type { FrameOf } from '@assent/client';
import type { LogFrame } from './frame.log';

export interface SearchComparison {
  readonly against: string;
  readonly score: number | null;
  readonly scoreAgainst: number | null;
  readonly critique: string;
}

export interface SearchNode {
  readonly nodeId: string;
  readonly parentId: string | null;
  readonly depth: number;
  /** The order in which the plans came: 1 is the first. */
  readonly number: number;
  readonly summary: string;
  readonly verified: string;
  readonly visits: number;
  /** Value of the plan by its own judgements, and with what lies below it; null: not judged. */
  readonly own: number | null;
  readonly value: number | null;
  readonly comparisons: readonly SearchComparison[];
  readonly children: readonly SearchNode[];
}

interface Draft extends Omit<SearchNode, 'children' | 'comparisons' | 'visits' | 'own' | 'value' | 'depth'> {
  depth: number;
  visits: number;
  own: number | null;
  value: number | null;
  readonly comparisons: SearchComparison[];
  readonly children: Draft[];
}

/** The plans of a search as a tree, from its frames. Roots in the order in which they came. */
export function searchTreeOf(frames: Iterable<LogFrame>, searchId: string): readonly SearchNode[] {
  const nodes = new Map<string, Draft>();
  const roots: Draft[] = [];
  for (const frame of frames) {
    if (frame.erased === true || !('searchId' in frame) || frame.searchId !== searchId) continue;
    if (frame.type === 'search.expanded') expand(frame, nodes, roots);
    if (frame.type === 'search.compared') compare(frame, nodes);
  }
  return roots;
}

/** The nodes from a root down to this one: those that stay open. */
export function pathTo(roots: readonly SearchNode[], nodeId: string | null): ReadonlySet<string> {
  for (const node of roots) {
    if (node.nodeId === nodeId) return new Set([node.nodeId]);
    const below = pathTo(node.children, nodeId);
    if (below.size > 0) return new Set([node.nodeId, ...below]);
  }
  return new Set();
}

function expand(
  { nodeId, parentId, duplicate, verified, summary }: FrameOf<'search.expanded'>,
  nodes: Map<string, Draft>,
  roots: Draft[],
): void {
  const parent = parentId === null ? undefined : nodes.get(parentId);
  if (duplicate) {
    if (parent) parent.visits += 1;
    return;
  }
  const node: Draft = {
    nodeId,
    parentId,
    depth: parent ? parent.depth + 1 : 0,
    number: nodes.size + 1,
    summary,
    verified,
    visits: 1,
    own: null,
    value: null,
    comparisons: [],
    children: [],
  };
  nodes.set(nodeId, node);
  (parent?.children ?? roots).push(node);
}

function compare(
  { nodeId, against, scoreA, scoreB, critique, q0, Q }: FrameOf<'search.compared'>,
  nodes: Map<string, Draft>,
): void {
  const node = nodes.get(nodeId);
  if (!node) return;
  node.comparisons.push({ against, score: scoreA, scoreAgainst: scoreB, critique });
  node.own = q0 ?? node.own;
  node.value = Q ?? node.value;
}
