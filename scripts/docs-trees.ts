// Writes docs/examples-of-trees.md; `test/pins/tree-examples.spec.ts` checks that the page is up to date.
import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { treeExamplesPage } from './tree-examples-page';

void treeExamplesPage().then((page) => {
  writeFileSync(join(__dirname, '../docs/examples-of-trees.md'), page);
});
