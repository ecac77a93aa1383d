import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '../..');
const LIMIT_MS = 600_000;
/** Of the short campaign. */
const SEED = '8';

/** `npm run chaos` @returns the exit status, with the output */
async function chaos(...options: string[]): Promise<{ status: unknown; output: string }> {
  const command = ['-r', '@swc-node/register', 'test/chaos/main.ts', ...options];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: ROOT });
    return { status: 0, output: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    return { status: code, output: stdout + stderr };
  }
}

describe('npm run chaos', () => {
  it(
    'finds no broken promise in a short campaign, and prints what it did',
    async () => {
      const { status, output } = await chaos('--minutes', '0.3', '--seed', SEED);
      expect([status, output]).toEqual([
        0,
        expect.stringMatching(new RegExp(`^No promise was broken by \\d+ faults: .* Seeds ${SEED} to`, 'm')),
      ]);
      expect(output).toMatch(/^all +[1-9]/m);
    },
    LIMIT_MS,
  );

  it(
    'ends with 1 and names the promise, the run and the seed when one is broken',
    async () => {
      const { status, output } = await chaos('--minutes', '0.01', '--seed', '7', '--only', 'planted');
      expect([status, output]).toEqual([
        1,
        expect.stringMatching(/^BROKEN: I3 the frames of a run are not 1 to n: \{"id":"[0-9a-f-]{36}"/m),
      ]);
      expect(output).toMatch(/^Repeat it: npm run chaos -- --minutes 2 --seed 7 --only "planted"$/m);
    },
    LIMIT_MS,
  );
});
