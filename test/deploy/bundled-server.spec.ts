import { spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const STARTER = join(__dirname, '../../scripts/server.cjs');
/** In the form of the real bundle: one function expression. */
const BUNDLE = `(function (exports, require, module, __filename, __dirname) {
  const answer = () => require('node:path').basename(__filename) + process.argv.slice(2);
  process.stdout.write(answer());
})`;

describe('the start of the bundled server', () => {
  let folder: string;
  const start = () => spawnSync(process.execPath, [join(folder, 'main.js'), 'a'], { encoding: 'utf8' });
  const cache = () => join(folder, `bundle.${process.version}.cache`);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assent-bundle-'));
    await copyFile(STARTER, join(folder, 'main.js'));
    await writeFile(join(folder, 'bundle.js'), BUNDLE);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('keeps the compiled code of the first start for the later ones', async () => {
    expect(start()).toMatchObject({ status: 0, stdout: 'bundle.jsa', stderr: '' });
    const { ino } = await stat(cache());
    expect(start()).toMatchObject({ status: 0, stdout: 'bundle.jsa', stderr: '' });
    expect((await stat(cache())).ino).toBe(ino);
    expect(await readdir(folder)).toHaveLength(3);
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
