import type { Tree } from '@assent/contract';
import { outlineOf, type OutlineNode } from './outline';

/**
 * Maximum source characters of a label line. Mermaid draws no text over 50,000 characters, and a character written as its
 * code takes up to 9, so labels that need escaping throughout could exceed that.
 */
const SOURCE_MAX_CHARS = 160;

/**
 * Letters, digits, space and comma have no meaning in Mermaid, nor do the marks of the second group inside a word. All other
 * characters are written as codes: a quote ends a label, `%%` is a comment or a directive, `fa:` an icon, `1. ` a
 * list and `www.` a link, because labels are also parsed as Markdown.
 */
const PARTS = /([\p{L}\p{M}\p{N} ,]|(?<=[\p{L}\p{N}])(?<!www)[-_/.](?=[\p{L}\p{N}]))|[\s\S]/giu;

const STYLES = [
  'classDef chosen fill:#d9f2e3,stroke:#1b7f4b,stroke-width:2px,color:#0b3d24',
  'classDef aside fill:#f6f6f6,stroke:#8a8a8a,stroke-dasharray:3 3,color:#333333',
  'classDef minor stroke-dasharray:4 3',
  'class summary aside',
];

/** The tree as a Mermaid flowchart: assumptions as boxes, actions as stadiums, the chosen path green, display splits dashed. */
export function mermaidOf(tree: Tree): string {
  const { nodes, edges, summary } = outlineOf(tree);
  const chosenNodes = nodes.filter(({ chosen }) => chosen).map(({ id }) => id);
  const minorNodes = nodes.filter(({ minor }) => minor).map(({ id }) => id);
  const chosenEdges = edges.flatMap(({ chosen }, index) => (chosen ? [index] : []));
  const statements = [
    ...nodes.map((node) => `${node.id}${boxOf(node)}`),
    ...edges.map(({ from, to, label }) => `${from} -->|"${escaped(label)}"| ${to}`),
    // An invisible edge: the reason stands above the tree, and covers none of it.
    `summary["${labelOf(summary)}"] ~~~ ${nodes[0]?.id ?? ''}`,
    ...STYLES,
    ...(minorNodes.length > 0 ? [`class ${minorNodes.join(',')} minor`] : []),
    ...(chosenNodes.length > 0 ? [`class ${chosenNodes.join(',')} chosen`] : []),
    ...(chosenEdges.length > 0 ? [`linkStyle ${chosenEdges.join(',')} stroke:#1b7f4b,stroke-width:3px`] : []),
  ];
  return ['flowchart TD', ...statements.map((statement) => `  ${statement}`), ''].join('\n');
}

function boxOf({ kind, lines }: OutlineNode): string {
  return kind === 'assumption' ? `["${labelOf(lines)}"]` : `(["${labelOf(lines)}"])`;
}

function labelOf(lines: readonly string[]): string {
  return lines.map(escaped).join('<br/>');
}

/** Escapes one line for use between quotes. */
function escaped(line: string): string {
  let source = '';
  for (const [char, plain] of line.matchAll(PARTS)) {
    if (source.length > SOURCE_MAX_CHARS) return `${source}#8230;`;
    source += plain ?? `#${char.codePointAt(0) ?? 0};`;
  }
  return source;
}
