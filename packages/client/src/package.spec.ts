import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');

describe('the package', () => {
  it('is packed as an application can use it: files, manifest, types, sizes, loading, bundling', () => {
    const script = join(ROOT, 'scripts/client-check.ts');
    const { status, stdout, stderr } = spawnSync(process.execPath, ['-r', '@swc-node/register', script], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const checks = stdout.trimEnd().split('\n');
    expect({ failed: checks.filter((line) => !line.startsWith('ok ')), stderr, status }).toEqual({
      failed: [],
      stderr: '',
      status: 0,
    });
    expect(checks.length).toBeGreaterThan(10);
  });
});
