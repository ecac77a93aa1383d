import type { ScoredPath, TreeNode } from '@assent/contract';
import type { Study } from '../study';
import type { Literal } from '../model';
import { utilityOf, type Leaf } from '../score';
import type { Shape } from '../tree';
import { displayerOf, isDecisive, type Display, type DisplayTip } from './display';

/** A leaf with its wire form. */
export interface ScoredLeaf {
  readonly leaf: Leaf;
  readonly scored: ScoredPath;
}

/**
 * The nodes of a tree in the stored and sent form: `n0`, `n1`, ... and leaves `l0`, `l1`, ... in pre-order. A leaf that is
 * split for display becomes leaves `l0.0`, `l0.1`, ... of the group `l0` with the same action. @param leaves in pre-order
 */
export function nodesOf(shape: Shape, leaves: readonly ScoredLeaf[], studied: Study): TreeNode {
  const { model } = studied;
  const displayer = model.params.prune === 'decision' ? null : displayerOf(studied);
  const next = { node: 0, leaf: 0 };

  const internal = (
    { variable, p, score }: { readonly variable: number; readonly p: number; readonly score: number },
    sides: (value: boolean) => TreeNode,
  ): TreeNode => {
    const id = `n${next.node++}`;
    const [yes, no] = [sides(true), sides(false)];
    return {
      kind: 'internal',
      id,
      assumptionId: model.variables[variable]?.id ?? '',
      pTrue: p,
      splitScore: score,
      decisive: isDecisive(score) || differ(yes, no),
      yes,
      no,
    };
  };

  const displayed = (display: Display, scored: ScoredPath, count: { leaf: number }): TreeNode => {
    if (display.kind === 'tip') return displayLeaf(display, scored, count.leaf++, studied);
    return internal(display, (value) => displayed(value ? display.yes : display.no, scored, count));
  };

  const build = (part: Shape): TreeNode => {
    if (part.kind === 'split') return internal(part, (value) => build(value ? part.yes : part.no));
    const found = leaves[next.leaf++];
    if (!found) throw new RangeError('every tip has a scored path');
    const display = displayer?.below(found.leaf.path, found.leaf.action);
    if (display?.kind === 'split') return displayed(display, found.scored, { leaf: 0 });
    const { leafId, ...score } = found.scored;
    return { kind: 'leaf', id: leafId, ...score };
  };
  return build(shape);
}

function displayLeaf(
  { path, share, gain }: DisplayTip,
  { leafId, actionId, L, C }: ScoredPath,
  count: number,
  { model }: Study,
): TreeNode {
  const likelihood = L * share;
  return {
    kind: 'leaf',
    id: `${leafId}.${count}`,
    path: pathOf(path, model),
    actionId,
    L: likelihood,
    G: gain,
    C,
    U: utilityOf(likelihood, gain, C, model.params.lambda),
    group: leafId,
  };
}

export function pathOf(path: readonly Literal[], { variables }: Study['model']): ScoredPath['path'] {
  return path.map(({ variable, value }) => ({ assumptionId: variables[variable]?.id ?? '', value }));
}

/** Whether the two sides lead to different actions. */
function differ(yes: TreeNode, no: TreeNode): boolean {
  return new Set([...actionsIn(yes), ...actionsIn(no)]).size > 1;
}

function actionsIn(node: TreeNode): string[] {
  return node.kind === 'leaf' ? [node.actionId] : [...actionsIn(node.yes), ...actionsIn(node.no)];
}

/** The scored leaf from which all leaves below a node were split for display; undefined for other nodes. */
export function groupOf(node: TreeNode): string | undefined {
  if (node.kind === 'leaf') return node.group;
  const group = groupOf(node.yes);
  return group !== undefined && group === groupOf(node.no) ? group : undefined;
}
