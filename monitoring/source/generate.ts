import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedFiles } from './files';

const ROOT = join(__dirname, '..');

// `npm run dashboards`: writes the rules for Prometheus and the dashboards for Grafana.
for (const [path, text] of Object.entries(generatedFiles())) {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), text);
}
