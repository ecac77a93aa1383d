import type { Tree, TreeNode } from '@assent/contract';
import { toFigure, toLabel } from './label';

/** What is drawn of a tree, before any syntax. Lines may hold text of anybody: a renderer MUST escape every one. */
export interface Outline {
  /** In pre-order, the root first. */
  readonly nodes: readonly OutlineNode[];
  readonly edges: readonly OutlineEdge[];
  /** The choice, and what is known already and so takes no split. */
  readonly summary: readonly string[];
}

export interface OutlineNode {
  /** `n0`, `n1`, ... for assumptions and `l0`, `l1`, ... for leaves; given here, so safe in every syntax. */
  readonly id: string;
  readonly kind: 'assumption' | 'action';
  readonly lines: readonly string[];
  /** On the path of the choice. */
  readonly chosen: boolean;
}

export interface OutlineEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  readonly chosen: boolean;
}

export function outlineOf(tree: Tree): Outline {
  const texts = new Map(tree.assumptions.map(({ id, text }) => [id, toLabel(text)]));
  const labels = new Map(tree.actions.map(({ id, label }) => [id, toLabel(label)]));
  const nodes: OutlineNode[] = [];
  const edges: OutlineEdge[] = [];
  const next = { node: 0, leaf: 0 };
  const draw = (node: TreeNode): OutlineNode => {
    const chosen = leadsTo(node, tree.chosen.leafId);
    if (node.kind === 'leaf') {
      const { actionId, L, G, C, U } = node;
      const figures = Object.entries({ L, G, C, U }).map(([name, value]) => `${name} ${toFigure(value)}`);
      const lines = [labels.get(actionId) ?? toLabel(actionId), figures.join(', ')];
      return push(nodes, { id: `l${next.leaf++}`, kind: 'action', lines, chosen });
    }
    const { assumptionId, pTrue, splitScore, yes, no } = node;
    const drawn = push(nodes, {
      id: `n${next.node++}`,
      kind: 'assumption',
      lines: [
        texts.get(assumptionId) ?? toLabel(assumptionId),
        `pTrue ${toFigure(pTrue)}, splitScore ${toFigure(splitScore)}`,
      ],
      chosen,
    });
    for (const [answer, p, below] of [
      ['yes', pTrue, yes],
      ['no', 1 - pTrue, no],
    ] as const) {
      const to = draw(below);
      edges.push({ from: drawn.id, to: to.id, label: `${answer} ${toFigure(p)}`, chosen: to.chosen });
    }
    return drawn;
  };
  draw(tree.root);
  return { nodes, edges, summary: summaryOf(tree, labels, texts) };
}

function summaryOf(
  { chosen, assumptions }: Tree,
  labels: ReadonlyMap<string, string>,
  texts: ReadonlyMap<string, string>,
): string[] {
  const { actionId, mode, U, margin } = chosen;
  const lead = margin === null ? 'nothing else was ranked' : `margin ${toFigure(margin)}`;
  return [
    `Chosen: ${labels.get(actionId) ?? toLabel(actionId)}`,
    `${mode}, U ${toFigure(U)}, ${lead}`,
    ...assumptions.flatMap(({ id, resolved }) =>
      resolved === null ? [] : [`Known to be ${resolved ? 'true' : 'false'}: ${texts.get(id) ?? toLabel(id)}`],
    ),
  ];
}

function leadsTo(node: TreeNode, leafId: string | null): boolean {
  if (node.kind === 'leaf') return node.id === leafId;
  return leadsTo(node.yes, leafId) || leadsTo(node.no, leafId);
}

function push<T>(list: T[], item: T): T {
  list.push(item);
  return item;
}
