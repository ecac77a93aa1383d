import { execFile, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '../..');
/** A hash of 512 bits in base64. */
const SHA512 = /^sha512-[\w+/]{86}==$/;
const run = promisify(execFile);

interface LockedPackage {
  readonly version: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
}

interface Component {
  readonly name: string;
  readonly version: string;
  readonly hashes?: readonly object[];
  readonly licenses?: readonly object[];
}

async function lockedPackages(): Promise<[string, LockedPackage][]> {
  const { packages } = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, LockedPackage>>;
  };
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, locked]) => [path.replace(/.*\bnode_modules\//, ''), locked]);
}

/** As the build of the console found them. */
async function bundledInConsole(): Promise<string[]> {
  const texts = await readFile(join(ROOT, 'dist/console/licenses.md'), 'utf8');
  return Array.from(texts.matchAll(/^## (\S+) - (\S+) \(/gm), ([, name, version]) => `${name}@${version}`);
}

describe('the lock', () => {
  it('has the hash of every package, also of other platforms, and takes none from elsewhere', async () => {
    const locked = await lockedPackages();
    expect(locked.filter(([, { integrity = '' }]) => !SHA512.test(integrity)).map(([name]) => name)).toEqual([]);
    expect(locked.filter(([, { resolved }]) => /^(?:git|file|http:)/.test(resolved ?? ''))).toEqual([]);
  });

  it('is of exact versions', async () => {
    const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Record<
      'dependencies' | 'devDependencies',
      Readonly<Record<string, string>>
    >;
    const ranges = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(ranges.filter(([, range]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(range))).toEqual([]);
  });

  it('brings only licences that docs/supply-chain.md lists into an installation', async () => {
    const page = await readFile(join(ROOT, 'docs/supply-chain.md'), 'utf8');
    const listed = Array.from(page.matchAll(/^\| `([^`]+)`\s+\|$/gm), ([, licence]) => licence);
    const installed = (await lockedPackages()).filter(([, { dev }]) => dev !== true);
    expect([...new Set(installed.map(([, { license }]) => license))].sort()).toEqual(listed.sort());
  });
});

describe('the bill of materials', () => {
  it.each([
    ['an installation', [], () => true],
    ['the image', ['--omit=optional'], ({ optional }: LockedPackage) => optional !== true],
  ])('lists every package of %s, with hash and licence', async (_of, options, isIncluded) => {
    const script = join(ROOT, 'scripts/sbom.mjs');
    const { stdout } = await run(process.execPath, [script, ...options], { cwd: ROOT, maxBuffer: 16_000_000 });
    const { components } = JSON.parse(stdout) as { components: readonly Component[] };
    const installed = (await lockedPackages())
      .filter(([, locked]) => locked.dev !== true && isIncluded(locked))
      .map(([name, { version }]) => `${name}@${version}`);
    const expected = [...installed, ...(await bundledInConsole())];
    expect(components.map(({ name, version }) => `${name}@${version}`).sort()).toEqual([...new Set(expected)].sort());
    expect(components.filter(({ hashes = [], licenses = [] }) => hashes.length * licenses.length === 0)).toEqual([]);
  });
});

describe('npm run check:audit', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assent-audit-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** An npm that prints this. */
  async function audit(printed: string): Promise<{ status: number | null; stdout: string }> {
    const npm = join(folder, 'npm');
    await writeFile(npm, `#!/bin/sh\ncat <<'END'\n${printed}\nEND\nexit 1\n`);
    await chmod(npm, 0o755);
    return spawnSync(process.execPath, [join(ROOT, 'scripts/audit.mjs')], {
      encoding: 'utf8',
      env: { PATH: [folder, process.env['PATH']].join(delimiter) },
    });
  }
  const found = (severity: string) =>
    JSON.stringify({
      vulnerabilities: { qs: { name: 'qs', severity, range: '<6.0.0' } },
      metadata: { vulnerabilities: { low: 0, moderate: 0, high: 0, critical: 0, [severity]: 1, total: 1 } },
    });

  it.each(['high', 'critical'])('fails by a vulnerability of severity %s, and names the package', async (severity) => {
    const { status, stdout } = await audit(found(severity));
    expect([status, stdout]).toEqual([1, expect.stringContaining(`qs <6.0.0: ${severity}`)]);
  });

  it('reports others', async () => {
    const { status, stdout } = await audit(found('moderate'));
    expect([status, stdout]).toEqual([0, expect.stringContaining('qs <6.0.0: moderate')]);
  });

  it.each([
    ['refuses', '{"statusCode":405,"error":{"summary":""}}', '(405)'],
    ['cannot be reached', '{"error":{"code":"ENOTFOUND"}}', '(ENOTFOUND)'],
    ['says nothing', '', '(no answer)'],
  ])('fails nothing when the registry %s, and says so', async (_case, printed, reason) => {
    const { status, stdout } = await audit(printed);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/does not answer.* Nothing was checked\.\n$/)]);
    expect(stdout).toContain(reason);
  });
});
