import fc from 'fast-check';
import type { Tree } from '@assent/contract';
import { leavesOf, treeFor } from '../testing/trees';
import { problem } from '../testing/worlds';
import { LABEL_MAX_CHARS, toLabel } from './label';
import { mermaidOf } from './mermaid';
import { outlineOf } from './outline';
import { HOSTILE, dressed, hostileTree } from './testing/hostile';

/** Mermaid's limit of a text (`maxTextSize`). */
const MERMAID_MAX_CHARS = 50_000;

/** A label in the grammar: no quotes, no special characters, character codes, our line break. */
const LABEL = String.raw`"(?:[\p{L}\p{M}\p{N} ,]|[-_/.](?=[\p{L}\p{N}])|#\d{1,7};|<br/>)*"`;
/** The complete grammar of statements; no text can produce any other line. */
const STATEMENTS = [
  String.raw`flowchart TD`,
  String.raw`  n\d+\[${LABEL}\]`,
  String.raw`  l\d+\(\[${LABEL}\]\)`,
  String.raw`  n\d+ -->\|${LABEL}\| [nl]\d+`,
  String.raw`  summary\[${LABEL}\] ~~~ [nl]0`,
  String.raw`  classDef (?:chosen|aside|minor) (?:[a-z-]+:(?:#[0-9a-f]{6}|\dpx|\d \d),?)+`,
  String.raw`  class summary aside`,
  String.raw`  class [nl]\d+(?:,[nl]\d+)* (?:chosen|minor)`,
  String.raw`  linkStyle \d+(?:,\d+)* stroke:#1b7f4b,stroke-width:3px`,
];
const STATEMENT = new RegExp(`^(?:${STATEMENTS.join('|')})$`, 'u');

const SIMPLE = {
  actions: [
    { id: 'write', kind: 'tool' as const, tool: 'file.write', label: 'Write config/app.yaml' },
    { id: 'finish', kind: 'finish' as const },
  ],
  beliefs: {
    assumptions: [{ id: 'a', text: 'The timeout is "too" short', p: 0.75 }],
    associations: [],
    gains: [
      { actionId: 'write', when: { a: true }, gain: 1 },
      { actionId: 'finish', when: { a: false }, gain: 0.5 },
    ],
  },
  params: { lambda: 0.1, effortScale: 10 },
};

describe('a tree as a Mermaid flowchart', () => {
  it('shows the reason above the tree, assumptions with the worth of knowing them, leaves with their scores', async () => {
    expect(mermaidOf(await treeFor(SIMPLE))).toBe(
      [
        'flowchart TD',
        '  n0["The timeout is #34;too#34; short<br/>decisive<br/>knowing it is worth 0.15"]',
        '  l0(["Write config/app.yaml<br/>75#37; likely<br/>gain 1, cost 1, U 0.65"])',
        '  l1(["finish<br/>25#37; likely<br/>gain 0.5, cost 0, U 0.125"])',
        '  n0 -->|"yes 75#37;"| l0',
        '  n0 -->|"no 25#37;"| l1',
        '  summary["Chosen#58; Write config/app.yaml<br/>expected, U 0.65, 0.525 ahead of finish<br/>Chosen because the timeout is #34;too#34; short #40;75#37;#41;#59; below 40#37;<br/>it would finish instead#46;"] ~~~ n0',
        '  classDef chosen fill:#d9f2e3,stroke:#1b7f4b,stroke-width:2px,color:#0b3d24',
        '  classDef aside fill:#f6f6f6,stroke:#8a8a8a,stroke-dasharray:3 3,color:#333333',
        '  classDef minor stroke-dasharray:4 3',
        '  class summary aside',
        '  class n0,l0 chosen',
        '  linkStyle 0 stroke:#1b7f4b,stroke-width:3px',
        '',
      ].join('\n'),
    );
  });

  it('lists what is known already', async () => {
    const text = mermaidOf(dressed(await treeFor(SIMPLE), ['The pool is small'], [false]));
    expect(text).toContain('<br/>Known to be false#58; The pool is small');
  });

  it('shows every ground of the choice, in a node or beside the tree', async () => {
    await fc.assert(
      fc.asyncProperty(problem({ entangled: true }), async (drawn) => {
        const tree = await treeFor(drawn, { depth: 1 });
        const text = mermaidOf(tree);
        for (const ground of [...(tree.rationale?.for ?? []), ...(tree.rationale?.against ?? [])]) {
          expect(text).toContain(toLabel(ground.text));
        }
      }),
    );
  });

  it('is nothing but statements of the grammar, for any texts', async () => {
    await fc.assert(
      fc.asyncProperty(hostileTree, async (drawn) => {
        const [last, ...lines] = mermaidOf(await drawn)
          .split('\n')
          .reverse();
        expect(last).toBe('');
        expect(lines.filter((line) => !STATEMENT.test(line))).toEqual([]);
      }),
    );
  });

  it('has one statement for every node and edge, and draws the chosen path from the root to the leaves of one group', async () => {
    await fc.assert(
      fc.asyncProperty(hostileTree, async (drawn) => {
        const tree = await drawn;
        const { nodes, edges } = outlineOf(tree);
        const lines = mermaidOf(tree).split('\n');
        const count = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length;
        expect([count(/^ {2}[nl]\d+[[(]/), count(/-->/)]).toEqual([nodes.length, edges.length]);
        const { leafId, path } = tree.chosen;
        const group = leavesOf(tree.root).filter((leaf) => (leaf.group ?? leaf.id) === leafId).length;
        // A group of n leaves is connected by n - 1 splits, a single leaf by none.
        const steps = group === 0 ? 0 : path.length + 2 * group - 1;
        expect(nodes.filter(({ chosen }) => chosen)).toHaveLength(steps);
        expect(edges.filter(({ chosen }) => chosen)).toHaveLength(Math.max(0, steps - 1));
      }),
    );
  });

  it('says the text itself once codes are read back', async () => {
    const tree = await treeFor(SIMPLE);
    for (const hostile of HOSTILE.filter((text) => toLabel(text).length <= 30)) {
      const [line = ''] = /n0\[".*?<br\/>/u.exec(mermaidOf(dressed(tree, [hostile]))) ?? [];
      const read = line.slice(4, -'<br/>'.length).replace(/#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
      expect(read).toBe(toLabel(hostile));
    }
  });

  it('stays within what Mermaid draws for the largest tree with the longest labels', async () => {
    const assumptions = Array.from({ length: 64 }, (_, index) => ({
      id: `a${index}`,
      text: `Statement ${index}`,
      p: 0.5,
    }));
    const beliefs = { assumptions, gains: [{ actionId: 'write', when: { a0: true }, gain: 1 }] };
    const params = { depth: 6, ranking: 'caller' as const };
    const tree: Tree = await treeFor({ ...SIMPLE, beliefs, params });
    expect(outlineOf(tree).nodes).toHaveLength(127);
    const text = mermaidOf(dressed(tree, ['👾'.repeat(100)], [true]));
    expect(text.length).toBeLessThan(MERMAID_MAX_CHARS);
  });

  it('is the same text for the same tree', async () => {
    await fc.assert(
      fc.asyncProperty(problem(), async (drawn) => {
        expect(mermaidOf(await treeFor(drawn))).toBe(mermaidOf(await treeFor(drawn)));
      }),
      { numRuns: 20 },
    );
  });
});

describe('the label of an assumption or an action', () => {
  it('is one visible line of at most 60 characters', () => {
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 200 })), (text) => {
        const label = toLabel(text);
        expect(Array.from(label).length).toBeLessThanOrEqual(LABEL_MAX_CHARS);
        expect(label).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
        expect(label).toBe(label.trim());
      }),
    );
  });

  it('ends in an ellipsis where it was cut, and is left alone where it fits', () => {
    expect(toLabel('x'.repeat(60))).toBe('x'.repeat(60));
    expect(toLabel('x'.repeat(61))).toBe(`${'x'.repeat(59)}…`);
    expect(toLabel('  The\n\ttimeout ')).toBe('The timeout');
    expect(toLabel('\u200b \n')).toBe('(blank)');
  });
});
