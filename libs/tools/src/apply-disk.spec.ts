import { spawnSync } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { contentHashOf } from '@assent/platform';
import { bundleModule, type BundledModule } from '@assent/test-support/bundled-module';
import { READ_ONLY, withReadOnly } from '@assent/test-support/read-only-disk';
import { inLittleSpace, NO_SPACE } from '@assent/test-support/small-disk';
import { applyFiles } from './apply-files';
import type { ContentFile } from './diff-content';
import { asOrdinaryUser, useWorkspace } from './testing/temp-workspace';

const file = (path: string, base: string | null, result: string | null): ContentFile =>
  ({
    path,
    kind: base === null ? 'create' : result === null ? 'delete' : 'modify',
    baseHash: base === null ? null : contentHashOf(base),
    resultHash: result === null ? null : contentHashOf(result),
    result,
  }) as ContentFile;

const LARGE = 'after\n'.repeat(4_000);
const FILES = [file('src/a.txt', 'before a\n', 'after a\n'), file('src/b.txt', 'before b\n', LARGE)];
const SPACE_KILOBYTES = 16;
/** Descriptors that a Node process has open by itself, plus a margin. */
const DESCRIPTORS = 40;

/** The outcome of one apply, and the targets afterwards. `left`: temporary files that were not removed. */
interface Seen {
  readonly outcome?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly written?: string;
  readonly texts: readonly (string | null)[];
  readonly left: readonly string[];
}

/**
 * Applies, prints the outcome, repairs the disk fault and applies again. `full`: the disk is full. `resumed`: the disk is full,
 * and a killed apply wrote the first target. `open:<n>`: all descriptors except n are in use. `as it is`: the targets
 * exist, and the disk itself fails.
 */
const APPLIER = `
  const [module, root, scenario, input] = process.argv.slice(1);
  const fs = require('node:fs');
  const path = require('node:path');
  const files = JSON.parse(input);
  const { applyFiles } = require(module);
  const isPrepared = scenario === 'as it is';
  fs.mkdirSync(path.join(root, 'src'), { recursive: true });
  const at = ({ path: name }) => path.join(root, name);
  if (!isPrepared) files.forEach((file, index) => fs.writeFileSync(at(file), 'before ' + 'ab'[index] + '\\n'));
  if (scenario === 'resumed') fs.writeFileSync(at(files[0]), files[0].result);
  const filler = path.join(root, 'filler');
  const opened = [];
  function fill() {
    try { for (;;) fs.appendFileSync(filler, 'x'.repeat(512)); } catch { return; }
  }
  function openAllBut(count) {
    try { for (;;) opened.push(fs.openSync('/dev/null')); } catch { opened.splice(0, count).forEach((fd) => fs.closeSync(fd)); }
  }
  async function apply() {
    const outcome = await applyFiles({ files, patch: '' }, root, new AbortController().signal).then(
      ({ outcome }) => ({ outcome }),
      ({ reason, message, details }) => ({ reason, message, written: details && details.written }),
    );
    opened.splice(0).forEach((fd) => fs.closeSync(fd));
    const texts = files.map((file) => fs.readFileSync(at(file), 'utf8')).map((text) => (text.length > 20 ? 'large' : text));
    const left = fs.readdirSync(path.join(root, 'src')).filter((name) => name.startsWith('.assent'));
    return { ...outcome, texts, left };
  }
  (async () => {
    if (scenario.startsWith('open:')) openAllBut(Number(scenario.slice(5)));
    else if (!isPrepared) fill();
    const first = await apply();
    fs.rmSync(filler, { force: true });
    const second = await apply();
    process.stdout.write(JSON.stringify([first, second]));
  })();
`;

describe('applying while the disk fails', () => {
  const workspace = useWorkspace();
  let applier: BundledModule;

  beforeAll(async () => {
    applier = await bundleModule(join(__dirname, 'apply-files.ts'));
  });
  afterAll(() => applier.remove());

  function run(
    command: (node: readonly string[]) => readonly string[],
    scenario: string,
    files: readonly ContentFile[] = FILES,
  ): Seen[] {
    const node = [process.execPath, '-e', APPLIER, '--', applier.file, workspace.root, scenario];
    const [program = '', ...args] = command([...node, JSON.stringify(files)]);
    const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as Seen[];
  }

  const onFullDisk = (node: readonly string[]) => inLittleSpace(workspace.root, SPACE_KILOBYTES, node);

  it('full, before anything is written: says so, and nothing was changed', () => {
    const [first] = run(onFullDisk, 'full');
    expect(first).toEqual({
      reason: 'disk_unavailable',
      message: expect.stringMatching(
        `^Could not write "src/[ab].txt": the disk of the workspace is full \\(${NO_SPACE}\\)\\. Free space, then retry\\.$`,
      ) as string,
      written: 'none',
      texts: ['before a\n', 'before b\n'],
      left: [],
    });
  });

  it('full, when an apply that was cut off had written something: says that it is half done', () => {
    const [first] = run(onFullDisk, 'resumed');
    expect(first).toMatchObject({ reason: 'disk_unavailable', written: 'some', texts: ['after a\n', 'before b\n'] });
  });

  it('no descriptor left, at any point: says so, changes nothing, and succeeds when there are some', () => {
    const limited = (node: readonly string[]) => ['sh', '-c', `ulimit -n ${DESCRIPTORS}; exec "$@"`, 'sh', ...node];
    const seen = [0, 1, 2, 3].map((count) => run(limited, `open:${count}`));
    for (const [first, second] of seen) {
      expect(second).toMatchObject({ texts: ['after a\n', 'large'], left: [] });
      if (first?.outcome === 'applied') continue;
      expect(first).toMatchObject({ reason: 'disk_unavailable', texts: ['before a\n', 'before b\n'], left: [] });
      expect(first?.message).toContain('the server has too many files open (EMFILE)');
    }
    // Without a free descriptor, the targets cannot even be read.
    expect(seen.map(([first]) => first?.written)).toContain('unknown');
    expect(seen.map(([first]) => first?.written)).toContain('none');
  });

  // Where mounting is not permitted, a folder without write permission stands in (EACCES). An exhausted quota (EDQUOT) needs kernel
  // support, so a full disk stands in; file-failure.ts reads both codes from one list.
  describe('read-only', () => {
    const onReadOnly = (folder: string) => (node: readonly string[]) => withReadOnly(workspace.at(folder), node);

    it('before anything is written: says so, and nothing was changed', async () => {
      await workspace.write('src/a.txt', 'before a\n');
      await workspace.write('src/b.txt', 'before b\n');
      const [first] = run(onReadOnly('src'), 'as it is');
      expect(first).toEqual({
        reason: 'conflict',
        message: expect.stringMatching(
          `^Could not write "src/[ab].txt": the server's account has no permission \\(${READ_ONLY}\\)\\. Change the file's permissions\\.$`,
        ) as string,
        written: 'none',
        texts: ['before a\n', 'before b\n'],
        left: [],
      });
    });

    it('once a file was written: says that it is half done', async () => {
      await workspace.write('src/a.txt', 'before a\n');
      await workspace.write('locked/gone.txt', 'gone\n');
      const files = [file('src/a.txt', 'before a\n', 'after a\n'), file('locked/gone.txt', 'gone\n', null)];
      const [first] = run(onReadOnly('locked'), 'as it is', files);
      expect(first).toMatchObject({ reason: 'conflict', written: 'some', texts: ['after a\n', 'gone\n'], left: [] });
      expect(first?.message).toContain(`Could not delete "locked/gone.txt"`);
      expect(first?.message).toContain(READ_ONLY);
    });
  });

  it('no permission after a file was written: reports the half-done state, and resumes once permission is given', async () => {
    const files = [file('open/a.txt', 'before\n', 'after\n'), file('locked/gone.txt', 'gone\n', null)];
    const apply = () => applyFiles({ files, patch: '' }, workspace.root, new AbortController().signal);
    await workspace.write('open/a.txt', 'before\n');
    await workspace.write('locked/gone.txt', 'gone\n');
    await chmod(workspace.at('open'), 0o777);
    await chmod(workspace.at('locked'), 0o555);
    await asOrdinaryUser(async () => {
      await expect(apply()).rejects.toMatchObject({
        reason: 'conflict',
        message: `Writing "locked/gone.txt" was interrupted: Could not delete "locked/gone.txt": the server's account has no permission (EACCES). Change the file's permissions.`,
        details: { written: 'some' },
      });
    });
    expect(await workspace.read('open/a.txt')).toBe('after\n');
    await chmod(workspace.at('locked'), 0o755);
    expect(await apply()).toMatchObject({ outcome: 'applied' });
    expect(await workspace.everything()).toEqual(['locked', 'open', 'open/a.txt']);
  });

  it('no permission before anything is written: says so, and nothing was changed', async () => {
    await workspace.write('locked/a.txt', 'before\n');
    await chmod(workspace.at('locked'), 0o555);
    await asOrdinaryUser(async () => {
      const files = [file('locked/a.txt', 'before\n', 'after\n')];
      await expect(
        applyFiles({ files, patch: '' }, workspace.root, new AbortController().signal),
      ).rejects.toMatchObject({
        reason: 'conflict',
        details: { written: 'none' },
      });
    });
  });
});
