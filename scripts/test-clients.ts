import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildClient, packClient } from './client/build';

const ROOT = join(__dirname, '..');
const FIXTURES = join(ROOT, 'test/clients');
/** Applications of other toolchains: a folder, and the packages installed beside its dependencies. */
const APPLICATIONS: readonly (readonly [name: string, folder: string, packages: readonly string[]])[] = [
  ['React 18', 'react', ['react@18.3.1', 'react-dom@18.3.1']],
  ['React 19', 'react', ['react@19.3.1', 'react-dom@19.3.1']],
  ['Vite and webpack', 'bundlers', []],
  ['Next.js', 'next', []],
  ['CopilotKit', 'copilotkit', []],
];

/** `npm run test:clients [-- folder]`: installs the packed client into each application and runs its test. Needs a registry. */
async function main(wanted: string | undefined): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'assent-clients-'));
  try {
    await buildClient(join(folder, 'built'));
    const tarball = packClient(join(folder, 'built'));
    const applications = APPLICATIONS.filter(([, name]) => wanted === undefined || wanted === name);
    const failed = applications.filter(([name, fixture, packages]) => {
      process.stdout.write(`\n${name}\n`);
      const cwd = mkdtempSync(join(folder, `${fixture}-`));
      cpSync(join(FIXTURES, fixture), cwd, { recursive: true });
      const flags = ['--no-package-lock', '--no-audit', '--no-fund', '--silent'];
      execFileSync('npm', ['install', ...flags, ...packages, tarball], { cwd, stdio: 'inherit' });
      const test = [`ASSENT_ROOT=${ROOT}`, 'npm', 'test', '--silent'];
      return spawnSync('env', test, { cwd, stdio: 'inherit' }).status !== 0;
    });
    for (const [name] of failed) process.stdout.write(`FAILED: ${name}\n`);
    return failed.length === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void main(process.argv[2]).then((isGood) => {
  process.exitCode = isGood ? 0 : 1;
});
