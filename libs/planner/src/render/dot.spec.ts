import fc from 'fast-check';
import { treeFor } from '../testing/trees';
import { dotOf } from './dot';
import { toLabel } from './label';
import { outlineOf } from './outline';
import { HOSTILE, dressed, hostileTree } from './testing/hostile';

/** Tokens of the Graphviz scanner. In a quoted string only the pairs `\"` and `\\` matter. */
const TOKEN = /\s+|"(?:[^"\\]|\\[\s\S])*"|->|[{}[\];,=]|[A-Za-z_]\w*|-?\d+(?:\.\d+)?/y;

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined) throw new Error(`no token at ${at}: ${text.slice(at, at + 40)}`);
    if (token.trim() !== '') tokens.push(token);
  }
  return tokens;
}

/** The statements of a graph as sequences of token kinds: names and punctuation unchanged, any string as `""`. */
function statementsOf(text: string): string[] {
  const kinds = tokensOf(text)
    .map((token) => (token.startsWith('"') ? '""' : token))
    .join(' ');
  const body = /^digraph tree \{ (.*) \}$/.exec(kinds)?.[1] ?? '';
  return body.split(' ;').map((statement) => statement.trim());
}

const ATTRIBUTES = String.raw`\[ (?:(?:label|style|color|fillcolor|fontname) = ""|(?:shape|penwidth|rankdir) = \w+)(?: , (?:label|style|color|fillcolor|fontname) = ""| , (?:shape|penwidth|rankdir) = \w+)* \]`;
const STATEMENT = new RegExp(`^(?:(?:graph|node|edge|summary|[nl]\\d+)|(?:n\\d+|summary) -> [nl]\\d+) ${ATTRIBUTES}$`);

const SIMPLE = {
  actions: [
    { id: 'write', kind: 'tool' as const, tool: 'file.write', label: 'Write config/app.yaml' },
    { id: 'finish', kind: 'finish' as const },
  ],
  beliefs: {
    assumptions: [{ id: 'a', text: 'The timeout is "too" short & \\N', p: 0.75 }],
    associations: [],
    gains: [{ actionId: 'write', when: { a: true }, gain: 1 }],
  },
  params: { lambda: 0.1, effortScale: 10, ranking: 'caller' as const },
};

describe('a tree in the DOT language', () => {
  it('shows the reason above the tree, assumptions with the worth of knowing them, leaves with their scores', async () => {
    expect(dotOf(await treeFor(SIMPLE))).toBe(
      [
        'digraph tree {',
        '  graph [fontname="Helvetica", rankdir=TB];',
        '  node [fontname="Helvetica", shape=box];',
        '  edge [fontname="Helvetica"];',
        String.raw`  n0 [label="The timeout is \"too\" short &amp; \\N\ndecisive\nknowing it is worth 0.025", style="filled", color="#1b7f4b", fillcolor="#d9f2e3", penwidth=2];`,
        String.raw`  l0 [label="Write config/app.yaml\n75% likely\ngain 1, cost 1, U 0.65", style="rounded,filled", color="#1b7f4b", fillcolor="#d9f2e3", penwidth=2];`,
        String.raw`  l1 [label="finish\n25% likely\ngain 0, cost 0, U 0", style="rounded"];`,
        '  n0 -> l0 [label="yes 75%", color="#1b7f4b", penwidth=3];',
        '  n0 -> l1 [label="no 25%"];',
        String.raw`  summary [label="Chosen: Write config/app.yaml\nexpected, U 0.65, 0.65 ahead of finish\nChosen because the timeout is \"too\" short &amp; \\N (75%); below\n10% it would finish instead.", style="dashed"];`,
        '  summary -> n0 [style="invis"];',
        '}',
        '',
      ].join('\n'),
    );
  });

  it('is nothing but our own statements, for any texts', async () => {
    await fc.assert(
      fc.asyncProperty(hostileTree, async (drawn) => {
        const tree = await drawn;
        const { nodes, edges } = outlineOf(tree);
        const statements = statementsOf(dotOf(tree));
        expect(statements.at(-1)).toBe('');
        expect(statements.slice(0, -1).filter((statement) => !STATEMENT.test(statement))).toEqual([]);
        // The three defaults, the summary with its place, and the text after the last semicolon.
        expect(statements).toHaveLength(nodes.length + edges.length + 6);
      }),
    );
  });

  it('says the text itself once escapes are read back', async () => {
    const tree = await treeFor(SIMPLE);
    for (const hostile of HOSTILE) {
      const label =
        tokensOf(dotOf(dressed(tree, [hostile]))).find((token) => /decisive|changes no choice/.test(token)) ?? '';
      const read = label
        .slice(1, label.search(/\\n(?:decisive|changes no choice)/))
        .replace(/\\(["\\])/g, '$1')
        .replaceAll('&amp;', '&');
      expect(read).toBe(toLabel(hostile));
    }
  });
});
