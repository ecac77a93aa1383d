import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exampleTrees, treeExamplesPage } from '../../scripts/tree-examples-page';
import { TREE_EXAMPLES } from '../support/tree-examples';

const PAGE = join(__dirname, '../../docs/examples-of-trees.md');

describe('docs/examples-of-trees.md', () => {
  it('is what the planner makes of the examples', async () => {
    expect(readFileSync(PAGE, 'utf8')).toBe(await treeExamplesPage());
  });

  it('shows the choice that a person would make', async () => {
    expect((await exampleTrees()).map(({ chosen }) => chosen.actionId)).toEqual(
      TREE_EXAMPLES.map(({ right }) => right),
    );
  });
});
