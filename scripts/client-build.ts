import { join } from 'node:path';
import { buildClient } from './client/build';

/** `npm run client:build`: the package as it is published, in packages/client/dist. */
void buildClient(join(__dirname, '../packages/client/dist'));
