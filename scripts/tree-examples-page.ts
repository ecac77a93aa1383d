import { LexicalComposer } from '@assent/lexical';
import { PlannerService, mermaidOf } from '@assent/planner';
import type { Ground, Tree } from '@assent/contract';
import { TREE_EXAMPLES } from '../test/support/tree-examples';

/** The trees of the examples, in their order. */
export function exampleTrees(): Promise<Tree[]> {
  const planner = new PlannerService(new LexicalComposer());
  return Promise.all(
    TREE_EXAMPLES.map(async ({ title, trace, actions }) => {
      const { tree } = await planner.plan({ treeId: 'tree', goal: title, trace, actions });
      return tree;
    }),
  );
}

/** The expected content of docs/examples-of-trees.md. */
export async function treeExamplesPage(): Promise<string> {
  const trees = await exampleTrees();
  const sections = TREE_EXAMPLES.map(({ title, trace, judgement }, index) => {
    const tree = trees[index];
    if (!tree?.rationale) throw new Error(`"${title}" has no rationale`);
    const { sentence, for: pro, against } = tree.rationale;
    return [
      `## ${title}`,
      `> ${trace}`,
      sentence,
      [...pro.map((ground) => lineOf('for', ground)), ...against.map((ground) => lineOf('against', ground))].join('\n'),
      `Judgement: ${judgement}`,
      `\`\`\`mermaid\n${mermaidOf(tree)}\`\`\``,
    ].join('\n\n');
  });
  const head =
    '# Examples of trees\n\nReasoning in the style of coding agents, read by the offline composer without a model, with the tree and the rationale that come of\nit. A test compares this page with what the planner makes. The judgements are ours, written as an auditor would: whether\nthe choice follows from the text, and what the tree leaves out.';
  return `${[head, ...sections].join('\n\n')}\n`;
}

function lineOf(side: string, { text, value, p, decisive }: Ground): string {
  const statement = value ? text : `"${text}" is false`;
  return `- ${side}: ${statement} (${Math.round(p * 100)}%${decisive ? ', decisive' : ''})`;
}
