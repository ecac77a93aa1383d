import { number, utility } from '../format';
import { Spelled } from '../parts/spelled';
import { spelled } from '../text/hidden';
import { labelOf, textOf, type DrawnNode, type DrawnTree, type LeafNode, type SplitNode } from './drawn.tree';
import { Star } from './star';
import { TREE } from './texts';

/** Longest text in a node; the whole one is shown when the node is selected. */
const NODE_TEXT_MAX = 160;

export function short(text: string): string {
  return text.length > NODE_TEXT_MAX ? `${text.slice(0, NODE_TEXT_MAX)}…` : text;
}

/** What a node stands for, in words: for screen readers and for finding it by its first letter. */
export function nameOf(
  tree: DrawnTree,
  node: DrawnNode,
  onPath: ReadonlySet<string>,
  closed: ReadonlySet<string>,
): string {
  const branch = node.branch ? TREE.branchName(node.branch.value, node.branch.p) : '';
  const isOnPath = onPath.has(node.id);
  const leaf = node.kind === 'leaf' ? node : closed.has(node.id) ? node.group : null;
  if (leaf) {
    const name = TREE.leafName(spelled(short(labelOf(tree, leaf.actionId))), leaf.score.U);
    return `${branch}${name}${isOnPath ? `, ${TREE.chosenName}` : ''}`;
  }
  if (node.kind === 'leaf') return branch;
  const facts = [
    node.isDecisive === true ? TREE.decisive : '',
    node.group ? TREE.sameChoice : '',
    isOnPath ? TREE.chosenName : '',
  ].filter((fact) => fact !== '');
  return [`${branch}${spelled(short(textOf(tree, node.assumptionId)))}`, ...facts].join(', ');
}

/** The content of a node of the drawing. */
export function NodeCard(props: {
  readonly tree: DrawnTree;
  readonly node: DrawnNode;
  readonly isChosen: boolean;
  readonly isClosed: boolean;
  readonly isAsked: boolean;
}) {
  const { tree, node, isChosen, isClosed, isAsked } = props;
  if (node.kind === 'leaf') return <LeafCard tree={tree} leaf={node} isChosen={isChosen} />;
  // A part that is split for display only was scored as one leaf: closed, it is that leaf.
  if (isClosed && node.group) return <LeafCard tree={tree} leaf={node.group} isChosen={isChosen} />;
  return (
    <>
      <span class="tree-text">
        <Spelled text={short(textOf(tree, node.assumptionId))} />
      </span>
      <span class="tree-foot num">
        {node.pTrue === null ? TREE.unknownP : TREE.isTrue(node.pTrue)}
        {isAsked ? (
          <b class="tree-tag">{TREE.asked}</b>
        ) : (
          node.isDecisive !== null && (
            <span class={node.isDecisive ? 'tree-tag' : 'tree-tag tree-tag-minor'}>
              {node.isDecisive ? TREE.decisive : TREE.displayOnly}
            </span>
          )
        )}
      </span>
    </>
  );
}

function LeafCard({
  tree,
  leaf,
  isChosen,
}: {
  readonly tree: DrawnTree;
  readonly leaf: LeafNode;
  readonly isChosen: boolean;
}) {
  const { L, G, C, U } = leaf.score;
  return (
    <>
      <span class="tree-text tree-action">
        {isChosen && <Star />}
        <Spelled text={short(labelOf(tree, leaf.actionId))} />
      </span>
      <span class="tree-foot num" title={TREE.onPath}>
        <b>U {utility(U)}</b>
        <span class="tree-on-this">{TREE.onPath}</span>
      </span>
      <span class="tree-lgc num">{TREE.lgc(L, G, C)}</span>
      <span class="tree-likelihood" style={{ width: `${Math.max(L, 0.01) * 100}%` }} title={`L ${number(L)}`} />
    </>
  );
}

/** The content of a row of the outline. */
export function NodeRow(props: {
  readonly tree: DrawnTree;
  readonly node: DrawnNode;
  readonly isChosen: boolean;
  readonly isClosed: boolean;
  readonly isAsked: boolean;
}) {
  const { tree, node, isChosen, isClosed, isAsked } = props;
  const leaf = node.kind === 'leaf' ? node : isClosed ? node.group : null;
  return (
    <>
      {node.branch && (
        <span class={node.branch.value ? 'tree-branch' : 'tree-branch tree-branch-no'}>
          {TREE.branchLabel(node.branch.value, node.branch.p)}
        </span>
      )}
      {leaf ? (
        <>
          <span class="tree-row-text tree-action">
            {isChosen && <Star />}
            <Spelled text={short(labelOf(tree, leaf.actionId))} />
          </span>
          <span class="tree-row-facts num">
            <b>U {utility(leaf.score.U)}</b> {TREE.onPath} · {TREE.lgc(leaf.score.L, leaf.score.G, leaf.score.C)}
          </span>
        </>
      ) : (
        node.kind === 'split' && (
          <>
            <span class="tree-row-text">
              <Spelled text={short(textOf(tree, node.assumptionId))} />
            </span>
            <span class="tree-row-facts">{roleOf(node, isAsked)}</span>
          </>
        )
      )}
    </>
  );
}

function roleOf({ group, isDecisive }: SplitNode, isAsked: boolean): string {
  if (isAsked) return TREE.asked;
  if (group) return TREE.sameChoice;
  return isDecisive === null ? '' : isDecisive ? TREE.decisive : TREE.displayOnly;
}
