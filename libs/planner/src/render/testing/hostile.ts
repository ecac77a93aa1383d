import type { Tree } from '@assent/contract';
import fc from 'fast-check';
import { treeFor } from '../../testing/trees';
import { problem } from '../../testing/worlds';

/** Texts with a meaning in diagram syntax, HTML or Markdown. */
export const HOSTILE = [
  '"]; n0 --> evil["x',
  '"];\n  click n0 "javascript:alert(1)" _blank',
  "%%{init: {'theme':'forest','securityLevel':'loose'}}%%",
  '%% a comment',
  '<img src=x onerror=alert(1)>',
  '<br/><script>alert(1)</script>',
  '&lt;b&gt; &#34; &quot; #34; #quot;',
  'style: #34; fill:#f00; }',
  'end',
  'subgraph one; end',
  '`**bold** _it_`',
  '1. a list - of * points',
  'www.example.com https://example.com a@b.example',
  '$$x^2$$ fa:fa-ban',
  '\\',
  '\\" \\N \\G \\L \\n \\',
  '"];} digraph evil { a -> b [URL="javascript:alert(1)"',
  'a|b{c}<d>(e)[f];:,=',
  '\u202eevil\u2066\u200b\u0000\u0007',
  'line one\r\nline two\u2028line three',
  '---\ntitle: evil\n---',
  '\ud800 half a pair',
  'ﬂ°°34¶ß',
  '漢字 العربية 👩‍💻 é',
  '',
];

const text = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc
    .array(fc.constantFrom(...HOSTILE, '"', '\\', '#', ';', '%', '\n', ' '), { maxLength: 8 })
    .map((parts) => parts.join('')),
);

/** A scored tree in which every text is hostile. */
export const hostileTree: fc.Arbitrary<Promise<Tree>> = fc
  .record({
    problem: problem({ entangled: true, asks: true }),
    texts: fc.array(text, { minLength: 1, maxLength: 6 }),
    resolved: fc.array(fc.constantFrom(null, true, false), { minLength: 1, maxLength: 4 }),
  })
  .map(async ({ problem: drawn, texts, resolved }) => dressed(await treeFor(drawn), texts, resolved));

/** The tree with its texts replaced in rotation. Does not change the arithmetic. */
export function dressed(tree: Tree, texts: readonly string[], resolved: readonly (boolean | null)[] = [null]): Tree {
  const at = <T>(values: readonly T[], index: number): T => {
    const value = values[index % values.length];
    if (value === undefined) throw new RangeError('nothing to hand round');
    return value;
  };
  return {
    ...tree,
    assumptions: tree.assumptions.map((assumption, index) => ({
      ...assumption,
      text: at(texts, index),
      resolved: at(resolved, index),
    })),
    actions: tree.actions.map((action, index) => ({ ...action, label: at(texts, index + 1) })),
    rationale: tree.rationale
      ? {
          ...tree.rationale,
          sentence: texts.join(' '),
          for: tree.rationale.for.map((ground, index) => ({ ...ground, text: at(texts, index) })),
          against: tree.rationale.against.map((ground, index) => ({ ...ground, text: at(texts, index + 1) })),
        }
      : null,
  };
}
