import { join } from 'node:path';
import { buildClient } from './client/build';

/** `npm run client:build`: builds the package for publication, in packages/client/dist. */
void buildClient(join(__dirname, '../packages/client/dist'));
