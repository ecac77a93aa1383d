// Writes docs/configuration.md; `test/pins/docs.spec.ts` checks that the page is up to date.
import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationPage } from './configuration-page';

void configurationPage().then((page) => {
  writeFileSync(join(__dirname, '../docs/configuration.md'), page);
});
