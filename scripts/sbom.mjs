// Writes the bill of materials of an installation without devDependencies to stdout, as CycloneDX, from the lock:
// `sbom.mjs [--omit=optional]`. `npm sbom --omit dev` leaves out packages that production and development share, and
// those that the console is built from.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** devDependencies that the bundle of the console contains. */
const CONSOLE = ['@preact/signals', '@preact/signals-core', 'preact'];

const omitsOptional = process.argv.includes('--omit=optional');
const isOmitted = ([path, { dev, optional }]) =>
  (dev === true && !CONSOLE.includes(path.replace('node_modules/', ''))) || (omitsOptional && optional === true);

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
for (const root of [manifest, lock.packages['']]) {
  const bundled = Object.entries(root.devDependencies).filter(([name]) => CONSOLE.includes(name));
  Object.assign(root.dependencies, Object.fromEntries(bundled));
  delete root.devDependencies;
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).filter((entry) => !isOmitted(entry)));

const temporary = mkdtempSync(join(tmpdir(), 'assent-sbom-'));
// npm names the subject after its folder.
const folder = join(temporary, manifest.name);
try {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
  const { status } = spawnSync('npm', ['sbom', '--package-lock-only', '--sbom-format=cyclonedx'], {
    cwd: folder,
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
