import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const ROOT = join(__dirname, '../..');
/** CI ends a run that takes longer. */
const MAX_MINUTES = 45;

/** An npm whose commands succeed, except FAILING. Commands of tests leave a report of three. */
const NPM = `#!/usr/bin/env bash
for word in "$@"; do
  [ "$word" != "$FAILING" ] || exit 1
  case "$word" in --outputFile=*) echo '{"numPassedTests":3,"numTotalTests":3}' > "\${word#*=}" ;; esac
done
`;

const fileText = (path: string): Promise<string> => readFile(join(ROOT, path), 'utf8');
const budgetsIn = (text: string, row: RegExp): Record<string, number> =>
  Object.fromEntries(Array.from(text.matchAll(row), ([, name = '', minutes]) => [name, Number(minutes)]));

describe('the budgets of CI', () => {
  it('are those of docs/testing.md, and fit into a run together', async () => {
    const budgets = budgetsIn(await fileText('.ci/run'), /^part (\w+) (\d+) /gm);
    expect(budgetsIn(await fileText('docs/testing.md'), /^\| `(\w+)`\s+\|.*\|\s+(\d+) +\|$/gm)).toEqual(budgets);
    expect(budgets).toMatchObject({ suite: 20, browser: 6, clients: 5, node24: 8 });
    const total = Object.values(budgets).reduce((sum, minutes) => sum + minutes, 0);
    expect(total).toBeLessThanOrEqual(MAX_MINUTES);
  });
});

describe('.ci/run', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assent-ci-'));
    for (const path of ['.ci/run', 'scripts/summarize-tests.mjs']) await cp(join(ROOT, path), join(folder, path));
    await mkdir(join(folder, 'bin'));
    for (const program of ['npm', 'chromium', 'nginx']) {
      await writeFile(join(folder, 'bin', program), NPM, { mode: 0o755 });
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const runCi = (failing = ''): { status: number | null; stdout: string } =>
    spawnSync('bash', ['.ci/run'], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: [join(folder, 'bin'), process.env['PATH']].join(delimiter), FAILING: failing },
    });

  it('ends with a line for each part that has a budget', async () => {
    const { status, stdout } = runCi();
    const parts = Array.from(stdout.matchAll(/^(\w+): \d+\.\d of (\d+) minutes$/gm), ([, name, minutes]) => [
      name,
      minutes,
    ]);
    const budgets = (await fileText('.ci/run')).matchAll(/^part (\w+) (\d+) /gm);
    expect(parts).toEqual(Array.from(budgets, ([, name, minutes]) => [name, minutes]));
    // 4 reports of 3 tests, 7 checks and the clients.
    expect(stdout).toMatch(/\n20 passed, 0 failed\n$/);
    expect(status).toBe(0);
  });

  it.each(['check:audit', 'test:clients'])('counts %s when it fails, and runs the rest', (command) => {
    const { status, stdout } = runCi(command);
    expect(stdout).toContain(`${command} failed\n`);
    expect(stdout).toMatch(/\n19 passed, 1 failed\n$/);
    expect(status).toBe(1);
  });

  it('fails when a command of tests leaves no report', () => {
    expect(runCi('test:node24').stdout).toMatch(/node24\.json\n[^]*\n17 passed, 1 failed\n$/);
  });
});

describe('the end of CI', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assent-ci-'));
    await writeFile(join(folder, 'parts'), 'suite 913 20\nnode24 481 8\n');
    const counts = { numPassedTests: 5, numFailedTests: 0, numRuntimeErrorTestSuites: 0, numTotalTests: 5 };
    await writeFile(join(folder, 'passed.json'), JSON.stringify(counts));
    const failed = { ...counts, numFailedTests: 1, testResults: [{ name: 'a.spec.ts', message: 'the reason' }] };
    await writeFile(join(folder, 'failed.json'), JSON.stringify(failed));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const summarize = (...reports: string[]): { status: number | null; stdout: string } =>
    spawnSync(process.execPath, [join(ROOT, 'scripts/summarize-tests.mjs'), 'parts', '6', '0', ...reports], {
      cwd: folder,
      encoding: 'utf8',
    });

  it('prints the minutes of each part beside its budget, and counts in its last line', () => {
    const { status, stdout } = summarize('passed.json');
    expect(stdout).toBe('suite: 15.2 of 20 minutes\nnode24: 8.0 of 8 minutes, over its budget\n11 passed, 0 failed\n');
    expect(status).toBe(0);
  });

  it('fails by a failed test, and by a report that is missing', () => {
    const { status, stdout } = summarize('failed.json', 'missing.json');
    expect(stdout).toMatch(/^a\.spec\.ts\nthe reason\nNo test has run: missing\.json\n/);
    expect(stdout).toMatch(/\n11 passed, 2 failed\n$/);
    expect(status).toBe(1);
  });
});
