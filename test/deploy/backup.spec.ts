import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Caller } from '../support/caller';
import { framesUntil } from '../support/frames';
import { decide, startPending } from '../support/pending';
import { DEVELOPER_KEY, REVIEWER_KEY, startServer, type ServerProcess } from '../support/server-process';
import { WorkFolder } from '../support/work-folder';

const run = promisify(execFile);

describe('a backup of the embedded database, as docs/operations.md makes it', () => {
  let folder: WorkFolder;
  let top: string;
  let server: ServerProcess;

  beforeAll(async () => {
    [folder, top] = await Promise.all([WorkFolder.create(), mkdtemp(join(tmpdir(), 'assent-backup-'))]);
  });
  afterAll(async () => {
    // Not killed: its Postgres would still be writing to the folder that is removed.
    await server.stop();
    await Promise.all([folder.remove(), rm(top, { recursive: true, force: true })]);
  });

  it('brings back an approval that was waiting, and it can still be decided', async () => {
    const [data, copy] = [join(top, 'data'), join(top, 'copy')];
    const start = (DATA_DIR: string) => startServer({ workspaces: folder.setting, env: { DATA_DIR } });
    server = await start(data);
    const pending = await startPending(new Caller(server.url, DEVELOPER_KEY), 'restored.txt', 'restored', {
      workspace: 'work',
    });
    expect(await server.stop()).toBe(0);
    await run('cp', ['-a', data, copy]);
    await rm(data, { recursive: true });
    server = await start(copy);
    await decide(new Caller(server.url, REVIEWER_KEY), pending, 'approve');
    const frames = await framesUntil(new Caller(server.url, DEVELOPER_KEY), pending.runId, 'run.completed');
    expect(frames.slice(0, pending.frames.length)).toEqual(pending.frames);
    expect(await folder.read('restored.txt')).toBe('restored');
  });
});
