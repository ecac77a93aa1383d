import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { fileRead } from '@assent/adapters/file';
import { applyFiles, type ApplyResult } from './apply-files';
import { buildDiff, parseContent } from './diff-content';
import { useWorkspace } from './testing/temp-workspace';

/**
 * Swaps `place` for a symbolic link to `outside` and back, as fast as it can, until stopped. An apply may recreate the folder
 * while nothing exists there; the swapper moves that folder out of the way.
 */
const SWAPPER = `
  const { workerData: { place, aside, outside, control } } = require('node:worker_threads');
  const { renameSync, symlinkSync, unlinkSync } = require('node:fs');
  const flags = new Int32Array(control);
  while (Atomics.load(flags, 0) === 0) {
    renameSync(place, aside);
    while (true) {
      try {
        symlinkSync(outside, place);
        break;
      } catch {
        renameSync(place, aside + '.' + Atomics.add(flags, 1, 1));
      }
    }
    unlinkSync(place);
    while (true) {
      try {
        renameSync(aside, place);
        break;
      } catch {
        renameSync(place, aside + '.' + Atomics.add(flags, 1, 1));
      }
    }
    Atomics.add(flags, 1, 1);
  }
`;

const TURNS = 300;

describe('applying while somebody swaps', () => {
  const workspace = useWorkspace();
  const signal = new AbortController().signal;

  async function whileSwapping(place: string, outside: string, work: () => Promise<void>): Promise<number> {
    const control = new SharedArrayBuffer(8);
    const flags = new Int32Array(control);
    const worker = new Worker(SWAPPER, {
      eval: true,
      workerData: { place: workspace.at(place), aside: workspace.at(`${place}.aside`), outside, control },
    });
    const ended = new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
    try {
      await work();
    } finally {
      Atomics.store(flags, 0, 1);
      await ended;
    }
    return Atomics.load(flags, 1);
  }

  async function apply(path: string, base: string | null, result: string): Promise<ApplyResult['outcome'] | 'failed'> {
    const diff = buildDiff('file.write', 'test', { files: [{ path, base, result }] });
    if (diff.unchanged) throw new Error('expected a change');
    return applyFiles(parseContent(diff.bytes, diff.contentHash), workspace.root, signal).then(
      ({ outcome }) => outcome,
      () => 'failed',
    );
  }

  it('never writes through a folder that becomes a link', async () => {
    await workspace.write('folder/secret.txt', 'public 0');
    let current = 'public 0';
    const swaps = await whileSwapping('folder', workspace.outside, async () => {
      for (let turn = 1; turn <= TURNS; turn += 1) {
        const next = `public ${turn}`;
        if ((await apply('folder/secret.txt', current, next)) === 'applied') current = next;
        await apply(`folder/new-${turn}.txt`, null, 'x');
      }
    });
    expect(swaps).toBeGreaterThan(0);
    expect(await workspace.everythingOutside()).toEqual([['secret.txt', 'secret\n']]);
    expect(await workspace.read('folder/secret.txt')).toBe(current);
    expect((await workspace.everything()).filter((path) => path.endsWith('.tmp'))).toEqual([]);
  });

  it('never writes through, nor reads, a file that becomes a link', async () => {
    await workspace.write('file.txt', 'public 0');
    const secret = `${workspace.outside}/secret.txt`;
    const swaps = await whileSwapping('file.txt', secret, async () => {
      for (let turn = 1; turn <= TURNS; turn += 1) {
        expect(await apply('file.txt', 'secret\n', 'taken over')).not.toBe('applied');
        const read = await fileRead
          .run({ path: 'file.txt' }, workspace.context())
          .catch(() => ({ content: 'public 0' }));
        expect(read).toMatchObject({ content: 'public 0' });
      }
    });
    expect(swaps).toBeGreaterThan(0);
    expect(await readFile(secret, 'utf8')).toBe('secret\n');
  });

  it('never reads behind a folder that becomes a link', async () => {
    await workspace.write('folder/secret.txt', 'public');
    const seen = new Set<unknown>();
    await whileSwapping('folder', workspace.outside, async () => {
      for (let turn = 0; turn < TURNS; turn += 1) {
        const read = await fileRead.run({ path: 'folder/secret.txt' }, workspace.context()).catch(() => null);
        if (read) seen.add(read['content']);
      }
    });
    expect([...seen].filter((content) => content !== 'public')).toEqual([]);
  });
});
