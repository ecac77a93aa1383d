// Compiles the apps when dist/ is missing or older than a source file, so that `npm start` needs no step before it.
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withBuildLock } from './build-lock.mjs';

const STAMP = 'dist/.built';
/** Outside dist/, which a build removes first. */
const LOCK = 'node_modules/.assent-build.lock';
const SOURCES = ['apps', 'libs', 'packages', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.json'];

if (isOutdated()) await withBuildLock(LOCK, build);

async function build() {
  // Another process may have built it in the meantime.
  if (!isOutdated()) return;
  // Printed on stderr, because the next command may print a key on stdout.
  process.stderr.write(`building (${modifiedAt(STAMP) === 0 ? 'once' : 'the sources have changed'})\n`);
  const [{ transpile }, { bundleServer }, { buildConsole }] = await Promise.all([
    import('./transpile.mjs'),
    import('./bundle-server.mjs'),
    import('./build-console.mjs'),
  ]);
  await transpile();
  await bundleServer();
  await buildConsole();
  // Written last: without it the build counts as incomplete.
  writeFileSync(STAMP, '');
}

function isOutdated() {
  return modifiedAt(STAMP) < Math.max(...SOURCES.map(newest));
}

function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  const inside = readdirSync(path, { withFileTypes: true }).filter(
    ({ name }) => !name.startsWith('.') && name !== 'dist' && !/\.spec\.tsx?$/.test(name),
  );
  return inside.reduce((time, { name }) => Math.max(time, newest(join(path, name))), 0);
}

function modifiedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
