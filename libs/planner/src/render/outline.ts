import type { Ground, Tree, TreeNode } from '@assent/contract';
import { LABEL_MAX_CHARS, toFigure, toLabel, toPercent } from './label';

/** The content of a tree's drawing, independent of syntax. Lines may contain untrusted text: a renderer MUST escape every line. */
export interface Outline {
  /** Nodes in pre-order, the root first. */
  readonly nodes: readonly OutlineNode[];
  readonly edges: readonly OutlineEdge[];
  /** The choice and its reason, known facts, and grounds that no node shows. */
  readonly summary: readonly string[];
}

export interface OutlineNode {
  /** `n0`, `n1`, ... for assumptions and `l0`, `l1`, ... for leaves; generated here, so safe in every syntax. */
  readonly id: string;
  readonly kind: 'assumption' | 'action';
  readonly lines: readonly string[];
  /** Whether it is on the chosen path, or below it in splits for display. */
  readonly chosen: boolean;
  /** For display only: no score and no choice depends on it. */
  readonly minor: boolean;
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
      const lines = [
        labels.get(actionId) ?? toLabel(actionId),
        `${toPercent(L)} likely`,
        `gain ${toFigure(G)}, cost ${toFigure(C)}, U ${toFigure(U)}`,
      ];
      return push(nodes, { id: `l${next.leaf++}`, kind: 'action', lines, chosen, minor: node.group !== undefined });
    }
    const { assumptionId, pTrue, splitScore, decisive = false, yes, no } = node;
    const drawn = push(nodes, {
      id: `n${next.node++}`,
      kind: 'assumption',
      lines: [
        texts.get(assumptionId) ?? toLabel(assumptionId),
        decisive ? 'decisive' : 'changes no choice',
        ...(toFigure(splitScore) === '0' ? [] : [`knowing it is worth ${toFigure(splitScore)}`]),
      ],
      chosen,
      minor: node.decisive === false,
    });
    for (const [answer, p, below] of [
      ['yes', pTrue, yes],
      ['no', 1 - pTrue, no],
    ] as const) {
      const to = draw(below);
      edges.push({ from: drawn.id, to: to.id, label: `${answer} ${toPercent(p)}`, chosen: to.chosen });
    }
    return drawn;
  };
  draw(tree.root);
  return { nodes, edges, summary: summaryOf(tree, labels, texts) };
}

/** Maximum characters of the rationale in the summary. */
const SENTENCE_MAX_CHARS = 480;

function summaryOf(tree: Tree, labels: ReadonlyMap<string, string>, texts: ReadonlyMap<string, string>): string[] {
  const { chosen, assumptions, rationale } = tree;
  const { actionId, mode, U, margin } = chosen;
  const nameOf = (id: string) => labels.get(id) ?? toLabel(id);
  const other = rationale?.alternative ?? null;
  const ahead =
    other === null ? `margin ${toFigure(margin ?? 0)}` : `${toFigure(margin ?? 0)} ahead of ${nameOf(other)}`;
  return [
    `Chosen: ${nameOf(actionId)}`,
    `${mode}, U ${toFigure(U)}, ${margin === null ? 'nothing else was ranked' : ahead}`,
    ...(rationale ? wrapped(toLabel(rationale.sentence, SENTENCE_MAX_CHARS), LABEL_MAX_CHARS) : []),
    ...assumptions.flatMap(({ id, resolved }) =>
      resolved === null ? [] : [`Known to be ${resolved ? 'true' : 'false'}: ${texts.get(id) ?? toLabel(id)}`],
    ),
    ...(rationale
      ? [...undrawn('For', rationale.for, tree.root), ...undrawn('Against', rationale.against, tree.root)]
      : []),
  ];
}

/** Grounds deeper than the drawing. */
function undrawn(side: string, grounds: readonly Ground[], root: TreeNode): string[] {
  const drawn = splitOn(root);
  return grounds
    .filter(({ assumptionId, resolved }) => resolved === null && !drawn.has(assumptionId))
    .map(({ text, value, p }) => `${side}: ${toLabel(text)}${value ? '' : ' (false)'}, ${toPercent(p)}`);
}

function splitOn(node: TreeNode): Set<string> {
  if (node.kind === 'leaf') return new Set();
  return new Set([node.assumptionId, ...splitOn(node.yes), ...splitOn(node.no)]);
}

function leadsTo(node: TreeNode, leafId: string | null): boolean {
  if (node.kind === 'leaf') return (node.group ?? node.id) === leafId;
  return leadsTo(node.yes, leafId) || leadsTo(node.no, leafId);
}

function push<T>(list: T[], item: T): T {
  list.push(item);
  return item;
}

/** Wraps a line at spaces to at most `maxChars` UTF-16 units. A longer word gets its own line. */
function wrapped(line: string, maxChars: number): string[] {
  return line.split(' ').reduce<string[]>((lines, word) => {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= maxChars)
      return [...lines.slice(0, -1), `${last} ${word}`];
    return [...lines, word];
  }, []);
}
