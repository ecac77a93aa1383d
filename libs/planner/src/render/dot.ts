import type { Tree } from '@assent/contract';
import { outlineOf, type OutlineNode } from './outline';

const HEAD = [
  'graph [fontname="Helvetica", rankdir=TB]',
  'node [fontname="Helvetica", shape=box]',
  'edge [fontname="Helvetica"]',
];
const CHOSEN_NODE = 'color="#1b7f4b", fillcolor="#d9f2e3", penwidth=2';
const CHOSEN_EDGE = 'color="#1b7f4b", penwidth=3';

/** The tree in the DOT language: assumptions as boxes, actions rounded, the chosen path green, display splits dashed. */
export function dotOf(tree: Tree): string {
  const { nodes, edges, summary } = outlineOf(tree);
  const statements = [
    ...HEAD,
    ...nodes.map((node) => `${node.id} [${attributesOf(node)}]`),
    ...edges.map(({ from, to, label, chosen }) => {
      const style = chosen ? `, ${CHOSEN_EDGE}` : '';
      return `${from} -> ${to} [label=${quoted([label])}${style}]`;
    }),
    `summary [label=${quoted(summary)}, style="dashed"]`,
    // The reason stands above the tree.
    `summary -> ${nodes[0]?.id ?? ''} [style="invis"]`,
  ];
  return ['digraph tree {', ...statements.map((statement) => `  ${statement};`), '}', ''].join('\n');
}

function attributesOf({ kind, lines, chosen, minor }: OutlineNode): string {
  const styles = [
    ...(kind === 'action' ? ['rounded'] : []),
    ...(minor ? ['dashed'] : []),
    ...(chosen ? ['filled'] : []),
  ];
  return [
    `label=${quoted(lines)}`,
    ...(styles.length > 0 ? [`style="${styles.join(',')}"`] : []),
    ...(chosen ? [CHOSEN_NODE] : []),
  ].join(', ');
}

/**
 * A quoted string. An unescaped backslash would end it early or stand for the name of the node or the graph; `&lt;` and similar
 * would be read as the character.
 */
function quoted(lines: readonly string[]): string {
  const escaped = lines.map((line) => line.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('&', '&amp;'));
  return `"${escaped.join('\\n')}"`;
}
