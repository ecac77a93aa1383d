// Completes package-lock.json with the optional packages of other platforms, each with its integrity, so that `npm ci`
// accepts a lock written on one platform. npm lists them where no package is installed, so it runs in an empty folder.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LOCK = 'package-lock.json';

const lock = JSON.parse(readFileSync(LOCK, 'utf8'));
const isComplete = ([path, { integrity }]) => path === '' || integrity !== undefined;
lock.packages = Object.fromEntries(Object.entries(lock.packages).filter(isComplete));

const folder = mkdtempSync(join(tmpdir(), 'assent-lock-'));
try {
  copyFileSync('package.json', join(folder, 'package.json'));
  writeFileSync(join(folder, LOCK), JSON.stringify(lock));
  const { status } = spawnSync('npm', ['install', '--package-lock-only', '--ignore-scripts', '--no-audit'], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (status === 0) writeFileSync(LOCK, readFileSync(join(folder, LOCK)));
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
