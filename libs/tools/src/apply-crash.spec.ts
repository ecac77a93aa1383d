import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { bundleModule, type BundledModule } from '@assent/test-support/bundled-module';
import { applyFiles } from './apply-files';
import type { DraftFile } from './content-file';
import { buildDiff, parseContent } from './diff-content';
import { TempWorkspace } from './testing/temp-workspace';

const DRAFT: DraftFile[] = [
  { path: 'changed.txt', base: 'before\n', result: 'after\n' },
  { path: 'gone.txt', base: 'gone\n', result: null },
  { path: 'old.txt', base: 'moved\n', result: null },
  { path: 'new/new.txt', base: null, result: 'moved\n', movedFrom: 'old.txt' },
];
const DONE = { 'changed.txt': 'after\n', 'new/new.txt': 'moved\n' };
const diff = buildDiff('file.patch_many', 'test', { files: DRAFT });
const content = () => {
  if (diff.unchanged) throw new Error('expected a change');
  return parseContent(diff.bytes, diff.contentHash);
};

/** Applies, and has the system kill the process right before the file-system call with the given number. */
const APPLIER = `
  const [module, root, last] = process.argv.slice(1);
  const fs = require('node:fs');
  let calls = 0;
  for (const name of ['renameSync', 'unlinkSync', 'mkdirSync', 'writeFileSync', 'fsync']) {
    const real = fs[name];
    fs[name] = (...args) => {
      if (calls === Number(last)) process.kill(process.pid, 'SIGKILL');
      calls += 1;
      return real(...args);
    };
  }
  const { applyFiles } = require(module);
  const chunks = [];
  process.stdin.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
    void applyFiles(JSON.parse(Buffer.concat(chunks).toString()), root, new AbortController().signal);
  });
`;
/** Concurrent processes. Starting a process takes most of the time. */
const AT_ONCE = 2;
const POINTS_MAX = 40;

describe('applying several files while the process is killed', () => {
  let applier: BundledModule;

  beforeAll(async () => {
    applier = await bundleModule(join(__dirname, 'apply-files.ts'));
  });
  afterAll(() => applier.remove());

  /**
   * @returns whether the process completed, and the content of the folder afterwards, without our own temporary files
   */
  async function killedAt(point: number, workspace: TempWorkspace): Promise<{ ended: boolean; left: string[] }> {
    for (const { path, base } of DRAFT) if (base !== null) await workspace.write(path, base);
    const child = spawn(process.execPath, ['-e', APPLIER, '--', applier.file, workspace.root, String(point)], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    const exited = once(child, 'exit');
    child.stdin.end(JSON.stringify(content()));
    const [code, signal] = (await exited) as [number | null, string | null];
    expect([code, signal]).toEqual(code === 0 ? [0, null] : [null, 'SIGKILL']);
    return { ended: code === 0, left: await workspace.everything() };
  }

  it('reaches the result when applied again after a kill at any point, and never loses a moved file', async () => {
    let next = 0;
    let killed = 0;
    const work = async () => {
      for (let point = next++; point < POINTS_MAX; point = next++) {
        const workspace = new TempWorkspace();
        await workspace.open();
        try {
          const { ended, left } = await killedAt(point, workspace);
          // At every moment the moved file exists under its old name, its new name, or both.
          expect(left.includes('old.txt') || left.includes('new/new.txt')).toBe(true);
          const again = await applyFiles(content(), workspace.root, new AbortController().signal);
          expect(again.outcome).toBe(ended ? 'already_applied' : again.outcome);
          expect(['applied', 'already_applied']).toContain(again.outcome);
          expect(await workspace.everything()).toEqual(['changed.txt', 'new', 'new/new.txt']);
          for (const [path, text] of Object.entries(DONE)) expect(await workspace.read(path)).toBe(text);
          if (ended) return;
          killed += 1;
        } finally {
          await workspace.close();
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    // The apply writes, renames and syncs two contents, creates a folder, and sets aside and removes two files.
    expect(killed).toBeGreaterThanOrEqual(14);
    expect(killed).toBeLessThan(POINTS_MAX);
  });
});
