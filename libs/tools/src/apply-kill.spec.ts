import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { contentHashOf } from '@assent/platform';
import { applyFiles } from './apply-files';
import { useWorkspace } from './testing/temp-workspace';

/** Bytes of a content, large enough that a kill can hit the write and sync. */
const SIZE = 1_000_000;
const texts = ['a', 'b'].map((letter) => letter.repeat(SIZE));

/** Applies two texts alternately until it is killed. */
const APPLIER = `
  const [folder, root] = process.argv.slice(1);
  const { applyFiles } = require(folder + '/apply-files');
  const { contentHashOf } = require(folder + '/../../platform/src');
  const signal = new AbortController().signal;
  const texts = ['a', 'b'].map((letter) => letter.repeat(${SIZE}));
  const change = (from, to) => ({
    path: 'a.txt', kind: 'modify', baseHash: contentHashOf(from), resultHash: contentHashOf(to), result: to,
  });
  void (async () => {
    for (let turn = 0; ; turn += 1) {
      await applyFiles({ files: [change(texts[turn % 2], texts[(turn + 1) % 2])], patch: '' }, root, signal);
    }
  })();
`;

describe('applying while the process is killed', () => {
  const workspace = useWorkspace();
  const temp = `.assent-${contentHashOf('a.txt').slice('sha256:'.length, 'sha256:'.length + 32)}.tmp`;

  it('leaves a complete file, and the next apply reaches its result and removes leftovers', async () => {
    await workspace.write('a.txt', texts[0] ?? '');
    const child = spawn(
      process.execPath,
      ['-r', '@swc-node/register', '-e', APPLIER, '--', __dirname, workspace.root],
      { cwd: join(__dirname, '../../..'), stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const exited = once(child, 'exit');
    while (!existsSync(workspace.at(temp)) && child.exitCode === null) await setImmediate();
    child.kill('SIGKILL');
    expect(await exited).toEqual([null, 'SIGKILL']);

    const found = await workspace.read('a.txt');
    expect(texts).toContain(found);
    const file = { path: 'a.txt', kind: 'modify' as const, baseHash: contentHashOf(found), result: 'end' };
    const signal = new AbortController().signal;
    expect(
      await applyFiles({ files: [{ ...file, resultHash: contentHashOf('end') }], patch: '' }, workspace.root, signal),
    ).toMatchObject({ outcome: 'applied' });
    expect([await workspace.read('a.txt'), await workspace.everything()]).toEqual(['end', ['a.txt']]);
  });
});
