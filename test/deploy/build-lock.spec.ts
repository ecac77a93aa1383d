import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MODULE = join(__dirname, '../../scripts/build-lock.mjs');
const PROCESSES = 4;

/** A build of several steps, each of which it writes down. */
const BUILD = `
import { appendFile } from 'node:fs/promises';
import { withBuildLock } from ${JSON.stringify(MODULE)};
const [lock, log] = process.argv.slice(1);
await withBuildLock(lock, async () => {
  for (let step = 0; step < 20; step += 1) await appendFile(log, process.pid + '\\n');
});
`;

describe('the lock of a build', () => {
  let folder: string;
  let lock: string;
  let log: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assent-build-'));
    [lock, log] = [join(folder, 'lock'), join(folder, 'log')];
  });
  afterEach(() => rm(folder, { recursive: true }));

  const build = () => run(process.execPath, ['--input-type=module', '--eval', BUILD, lock, log]);
  /** Process ids, one for each uninterrupted sequence of steps. */
  const builders = async () => {
    const steps = (await readFile(log, 'utf8')).trim().split('\n');
    return steps.filter((pid, index) => pid !== steps[index - 1]);
  };

  it('lets one process build at a time, and is gone afterwards', async () => {
    await Promise.all(Array.from({ length: PROCESSES }, build));
    const order = await builders();
    expect(order).toHaveLength(PROCESSES);
    expect(new Set(order).size).toBe(PROCESSES);
    expect(await readdir(folder)).toEqual(['log']);
  });

  it.each(['after', 'before'])('is taken over from a process that has died %s it wrote its id', async (when) => {
    const { stdout: dead } = await run(process.execPath, ['--print', 'process.pid']);
    await writeFile(lock, when === 'after' ? dead.trim() : '');
    if (when === 'before') await utimes(lock, 0, 0);
    await Promise.all([build(), build()]);
    expect(await builders()).toHaveLength(2);
    expect(await readdir(folder)).toEqual(['log']);
  });

  it('is taken over from a process that has died and had the id of this one', async () => {
    const own = BUILD.replace('await withBuildLock', 'writeFileSync(lock, String(process.pid)); await withBuildLock');
    const program = `import { writeFileSync } from 'node:fs';${own}`;
    await run(process.execPath, ['--input-type=module', '--eval', program, lock, log]);
    expect(await builders()).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['log']);
  });

  it('is taken over when it is older than any build, because another process may have the id by then', async () => {
    await writeFile(lock, String(process.pid));
    await utimes(lock, 0, 0);
    await build();
    expect(await builders()).toHaveLength(1);
  });
});
