import { join } from 'node:path';
import { buildClient } from './client/build';

/** `npm run client:build`: builds the package for publication, in packages/client/dist or in the folder that is given. */
void buildClient(process.argv[2] ?? join(__dirname, '../packages/client/dist'));
