import type { Ground, Tree, TreeLeaf, TreeNode } from '@assent/contract';
import type { Palette } from './palette';
import { oneLine } from '@assent/client/cli';

/** Digits that distinguish leaves. */
const DIGITS = 3;
const TEXT_MIN_CHARS = 24;
const CHOSEN = '◀ chosen';

/** A drawn line in two parts: the tree, and for a leaf its numbers, aligned in columns. */
interface Line {
  readonly tree: string;
  readonly leaf: TreeLeaf | null;
  readonly chosen: boolean;
}

/**
 * The tree of assumptions as lines of text. The path to the chosen leaf is drawn in heavy lines, so that it is visible without
 * colours.
 * @param columns width to fit texts into
 */
export function drawTree(tree: Tree, palette: Palette, columns: number): string[] {
  const lines = new TreeDrawing(tree, columns).lines();
  const width = Math.max(...lines.map(({ tree: drawn, leaf }) => (leaf ? drawn.length : 0)));
  return lines.map(({ tree: drawn, leaf, chosen }) => {
    const text = leaf ? `${drawn.padEnd(width)}  ${numbersOf(leaf)}${chosen ? `  ${CHOSEN}` : ''}` : drawn;
    return chosen ? palette.bold(text) : text;
  });
}

/** One line per ranking, best action first; the ranking that decided is marked. */
export function drawRankings(tree: Tree, palette: Palette): string[] {
  return (['expected', 'aggregate', 'paper'] as const).map((mode) => {
    const ranked = tree.rankings[mode].map(({ actionId, U }) => `${actionId} ${U.toFixed(DIGITS)}`).join(' > ');
    const line = `${mode === tree.mode ? '▶' : ' '} ${mode.padEnd('aggregate'.length)}  ${ranked}`;
    return mode === tree.mode ? palette.bold(line) : palette.dim(line);
  });
}

/** The choice in one sentence, then its grounds with their probabilities, heaviest first. */
export function drawRationale({ rationale }: Tree, palette: Palette, columns: number): string[] {
  if (!rationale) return [];
  const lines = (sign: string, grounds: readonly Ground[]) =>
    grounds.map(({ text, value, p, decisive }) => {
      const figure = `${sign} ${p.toFixed(2)} `;
      const tail = `${value ? '' : ' (false)'}${decisive ? ', decisive' : ''}`;
      const line = `${figure}${oneLine(text, Math.max(TEXT_MIN_CHARS, columns - figure.length - tail.length))}${tail}`;
      return decisive ? line : palette.dim(line);
    });
  return [
    oneLine(rationale.sentence, rationale.sentence.length),
    ...lines('+', rationale.for),
    ...lines('-', rationale.against),
  ];
}

class TreeDrawing {
  private readonly texts: ReadonlyMap<string, string>;

  constructor(
    private readonly tree: Tree,
    private readonly columns: number,
  ) {
    this.texts = new Map(tree.assumptions.map(({ id, text }) => [id, text]));
  }

  lines(): Line[] {
    const { root } = this.tree;
    return [this.line('', root), ...this.below(root, '')];
  }

  private below(node: TreeNode, indent: string): Line[] {
    if (node.kind === 'leaf') return [];
    const { yes, no, pTrue } = node;
    const overYes = this.leads(yes);
    const overNo = this.leads(no);
    const passing = overNo ? '┠─' : '├─';
    return [
      this.line(`${indent}${overYes ? '┣━' : passing} yes ${pTrue.toFixed(2)} ${overYes ? '━' : '─'} `, yes),
      ...this.below(yes, `${indent}${overNo ? '┃' : '│'}  `),
      this.line(`${indent}${overNo ? '┗━' : '└─'} no  ${(1 - pTrue).toFixed(2)} ${overNo ? '━' : '─'} `, no),
      ...this.below(no, `${indent}   `),
    ];
  }

  private line(edge: string, node: TreeNode): Line {
    const chosen = this.leads(node);
    if (node.kind === 'leaf') return { tree: edge + node.actionId, leaf: node, chosen };
    const room = Math.max(TEXT_MIN_CHARS, this.columns - edge.length - node.assumptionId.length - 2);
    const text = oneLine(this.texts.get(node.assumptionId) ?? '', room);
    return { tree: `${edge}${node.assumptionId}: ${text}`, leaf: null, chosen };
  }

  /** Whether the chosen leaf, or a leaf that it was split into for display, is this node or below it. */
  private leads(node: TreeNode): boolean {
    if (node.kind === 'leaf') return (node.group ?? node.id) === this.tree.chosen.leafId;
    return this.leads(node.yes) || this.leads(node.no);
  }
}

function numbersOf({ L, G, C, U }: TreeLeaf): string {
  const figures = [`L ${L.toFixed(DIGITS)}`, `G ${G.toFixed(DIGITS)}`, `C ${C.toFixed(DIGITS)}`];
  return [...figures, `U ${U < 0 ? '' : ' '}${U.toFixed(DIGITS)}`].join('  ');
}
