import { spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const STARTER = join(__dirname, '../../scripts/starter.cjs');
/** In the form of the real bundle: one function expression. */
const BUNDLE = `(function (exports, require, module, __filename, __dirname) {
  const answer = () => require('node:path').basename(__filename) + process.argv.slice(2);
  module.exports = { main: () => process.stdout.write(answer()), cli: () => process.stdout.write('cli ' + answer()) };
})`;

describe('the starter of the bundle', () => {
  let folder: string;
  const start = (starter = 'main.js') =>
    spawnSync(process.execPath, [join(folder, starter), 'a'], { encoding: 'utf8' });
  const cache = () => join(folder, `bundle.${process.version}.cache`);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assent-bundle-'));
    await Promise.all(['main.js', 'cli.js'].map((starter) => copyFile(STARTER, join(folder, starter))));
    await writeFile(join(folder, 'bundle.js'), BUNDLE);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('keeps the compiled code of the first start for the later ones', async () => {
    expect(start()).toMatchObject({ status: 0, stdout: 'bundle.jsa', stderr: '' });
    const { ino } = await stat(cache());
    expect(start()).toMatchObject({ status: 0, stdout: 'bundle.jsa', stderr: '' });
    expect((await stat(cache())).ino).toBe(ino);
    expect(await readdir(folder)).toHaveLength(4);
  });

  it('runs the program it is named after, and leaves the compiled code to the server', async () => {
    expect(start('cli.js')).toMatchObject({ status: 0, stdout: 'cli bundle.jsa', stderr: '' });
    expect((await readdir(folder)).sort()).toEqual(['bundle.js', 'cli.js', 'main.js']);
    start();
    const { ino } = await stat(cache());
    expect(start('cli.js')).toMatchObject({ status: 0, stdout: 'cli bundle.jsa', stderr: '' });
    expect((await stat(cache())).ino).toBe(ino);
  });

  it('compiles again when the compiled code cannot be used', async () => {
    await writeFile(cache(), 'of another Node');
    expect(start()).toMatchObject({ status: 0, stdout: 'bundle.jsa', stderr: '' });
    expect(await readFile(cache(), 'utf8')).not.toBe('of another Node');
  });

  it('runs where it cannot write', async () => {
    // A folder in the place of the file: also root cannot replace it.
    await rm(cache(), { force: true });
    spawnSync('mkdir', ['-p', join(cache(), 'x')]);
    expect(start()).toMatchObject({ status: 0, stdout: 'bundle.jsa', stderr: '' });
  });
});
