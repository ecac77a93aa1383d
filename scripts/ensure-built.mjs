// Builds the server when dist/ is missing or older than a source file, so that `npm start` needs no step before it.
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const STAMP = 'dist/.tsbuildinfo';
const SOURCES = ['apps', 'libs', 'package.json', 'tsconfig.json'];

if (modifiedAt(STAMP) < Math.max(...SOURCES.map(newest))) {
  const { status } = spawnSync(process.execPath, ['node_modules/@nestjs/cli/bin/nest.js', 'build', 'server'], {
    stdio: 'inherit',
  });
  process.exit(status ?? 1);
}

function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  const inside = readdirSync(path, { withFileTypes: true }).filter(
    ({ name }) => !name.startsWith('.') && !name.endsWith('.spec.ts'),
  );
  return inside.reduce((time, { name }) => Math.max(time, newest(join(path, name))), 0);
}

function modifiedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
