import { link, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileDelete, fileMove, filePatchMany, fileWrite } from '@assent/adapters/file';
import type { JsonObject } from '@assent/contract';
import type { WriteAdapter } from './tool-adapter.port';
import { applyFiles } from './apply-files';
import type { DraftFile } from './content-file';
import { buildDiff, parseContent } from './diff-content';
import { whileRacing } from './testing/racing-thread';
import { useWorkspace } from './testing/temp-workspace';

const TURNS = 300;
const signal = new AbortController().signal;

/** Replaces the folder by a link to the outside folder for a moment. */
const SWAP_FOLDER = `
  if (attempt(() => fs.renameSync(data.place, data.aside))) {
    if (!attempt(() => fs.symlinkSync(data.outside, data.place))) fs.renameSync(data.place, data.aside + round);
    else fs.unlinkSync(data.place);
    while (!attempt(() => fs.renameSync(data.aside, data.place))) {
      attempt(() => fs.renameSync(data.place, data.aside + round + 'made'));
    }
  }
`;

/** Replaces the file by a link, a second name of the outside file, a pipe or a folder in turn, and restores it in between. */
const SWAP_FILE = `
  attempt(() => fs.rmSync(data.place, { recursive: true, force: true }));
  const kinds = [
    () => fs.symlinkSync(data.secret, data.place),
    () => fs.linkSync(data.secret, data.place),
    () => fs.linkSync(data.pipe, data.place),
    () => fs.mkdirSync(data.place),
  ];
  attempt(kinds[round % kinds.length]);
  if (round % 3 === 0) attempt(() => fs.statSync(data.place));
  attempt(() => fs.rmSync(data.place, { recursive: true, force: true }));
  attempt(() => fs.writeFileSync(data.place, 'public\\n'));
`;

describe('the file tools while another program swaps files', () => {
  const workspace = useWorkspace();

  async function apply(...files: DraftFile[]): Promise<string> {
    const diff = buildDiff('file.patch_many', 'test', { files });
    if (diff.unchanged) throw new Error('expected a change');
    const done = applyFiles(parseContent(diff.bytes, diff.contentHash), workspace.root, signal);
    return JSON.stringify(await done.catch((thrown: unknown) => String(thrown)));
  }

  it('deletes, moves and makes nothing in a folder that the folder on the way becomes a link to', async () => {
    const names = Array.from({ length: TURNS }, (_, index) => `f${index}`);
    const outside = join(workspace.outside, 'twin');
    await mkdir(outside);
    for (const name of names) {
      await workspace.write(`folder/${name}`, 'same\n');
      await writeFile(join(outside, name), 'same\n');
    }
    const data = { place: workspace.at('folder'), aside: workspace.at('folder.aside'), outside };
    const rounds = await whileRacing(SWAP_FOLDER, data, async () => {
      for (const [index, name] of names.entries()) {
        const path = `folder/${name}`;
        const moved = { path: `folder/moved-${name}`, base: null, result: 'same\n', movedFrom: path };
        const gone = { path, base: 'same\n', result: null };
        await (index % 2 === 0 ? apply(gone) : apply(gone, moved));
      }
    });
    expect(rounds).toBeGreaterThan(0);
    expect((await readdir(outside)).sort()).toEqual([...names].sort());
    for (const name of names) expect(await readFile(join(outside, name), 'utf8')).toBe('same\n');
    expect((await workspace.everything()).filter((path) => path.includes('.assent-'))).toEqual([]);
    for (const path of (await workspace.everything()).filter((left) => left.startsWith('folder/'))) {
      expect(await apply({ path, base: 'same\n', result: null })).toContain('"outcome":"applied"');
    }
    await rm(outside, { recursive: true });
  });

  it('never shows, writes or deletes a file outside the workspace', async () => {
    const secret = join(workspace.outside, 'secret.txt');
    const pipe = workspace.at('pipe');
    workspace.makePipe('pipe');
    await workspace.write('file.txt', 'public\n');
    const calls: [WriteAdapter, JsonObject][] = [
      [fileWrite, { path: 'file.txt', content: 'mine\n' }],
      [fileDelete, { path: 'file.txt' }],
      [fileMove, { path: 'file.txt', to: 'moved.txt' }],
      [filePatchMany, { patch: '--- a/file.txt\n+++ b/file.txt\n@@ -1 +1 @@\n-public\n+mine\n' }],
      [filePatchMany, { patch: '--- a/file.txt\n+++ b/file.txt\n@@ -1 +1 @@\n-secret\n+mine\n' }],
    ];
    const seen = [await apply({ path: 'file.txt', base: 'never\n', result: 'mine\n' })];
    const rounds = await whileRacing(SWAP_FILE, { place: workspace.at('file.txt'), secret, pipe }, async () => {
      for (let turn = 0; turn < TURNS; turn += 1) {
        for (const [adapter, args] of calls) {
          const draft = await adapter.dryRun(args, workspace.context()).catch(String);
          seen.push(JSON.stringify(draft));
        }
        // One base matches the outside file, the other never existed. The first must change nothing outside, the second reveal nothing.
        for (const base of ['secret\n', 'never\n']) {
          seen.push(await apply({ path: 'file.txt', base, result: turn % 2 === 0 ? null : 'mine\n' }));
        }
        await apply({ path: 'file.txt', base: 'public\n', result: null });
      }
    });
    expect(rounds).toBeGreaterThan(0);
    const approved = /"path":"file.txt","state":"other","conflict":"@@[^@]*@@\\n<<<<<<< as it is now\\n(.*?)\|{7}/;
    const told = seen.flatMap((text) => approved.exec(text)?.[1] ?? []);
    expect(told).toContain('public\\n');
    expect([...new Set(told)].filter((text) => text !== 'public\\n' && text !== '')).toEqual([]);
    expect(seen.filter((text) => text.includes('"base":"secret'))).toEqual([]);
    expect(await workspace.everythingOutside()).toEqual([['secret.txt', 'secret\n']]);
  });

  it('never treats a file with a second name as single, even if that name exists for a moment', async () => {
    const secret = join(workspace.outside, 'secret.txt');
    const place = workspace.at('file.txt');
    const seen = new Set<unknown>();
    const once = 'attempt(() => fs.linkSync(data.secret, data.place)); attempt(() => fs.unlinkSync(data.place));';
    await whileRacing(once, { place, secret }, async () => {
      for (let turn = 0; turn < TURNS * 4; turn += 1) {
        const draft = await fileDelete.dryRun({ path: 'file.txt' }, workspace.context()).catch(() => null);
        if (draft) seen.add(draft.files[0]?.base);
      }
    });
    expect([...seen]).toEqual([]);
  });

  it('stays inside a root whose name another folder begins with', async () => {
    const evil = `${workspace.root}-evil`;
    await mkdir(evil);
    await writeFile(join(evil, 'secret.txt'), 'secret\n');
    await symlink(evil, workspace.at('link'));
    await link(join(evil, 'secret.txt'), workspace.at('hard'));
    for (const path of ['link/secret.txt', '../workspace-evil/secret.txt', 'hard', '-evil/secret.txt']) {
      await expect(fileDelete.dryRun({ path }, workspace.context())).rejects.toMatchObject({ name: 'AssentError' });
    }
    expect(await readFile(join(evil, 'secret.txt'), 'utf8')).toBe('secret\n');
    await rm(evil, { recursive: true });
  });
});
