import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '@assent/platform';
import { WriteProbe } from '../../apps/server/src/health/write.probe';
import { Caller } from '../support/caller';
import { eventually } from '../support/eventually';
import { frameOf, framesOf } from '../support/frames';
import { writePlan } from '../support/plans';
import { Receiver } from '../support/receiver';
import { DEVELOPER_KEY, SERVER_COMMAND, startServer } from '../support/server-process';
import { MAY_MOUNT, inLittleSpace, seenBy } from '../support/small-disk';

/** A new database takes 50 MB; the rest is filled. */
const DISK_KILOBYTES = 140_000;
const BLOCK_BYTES = 65_536;
const PAGE_BYTES = 512;
/** Random, so that it takes its size on the disk too. */
const ANSWER_BYTES = 180_000;
/** Five attempts before a run is postponed, and one when it continues. */
const ATTEMPTS = 6;
const FULL = 'The disk of the database is full: free space, or enlarge it.';
/** A database is made, and a run is put off. */
const SLOW_MS = 180_000;

/** Writes a file until nothing more fits on its disk. */
function fill(path: string): void {
  const file = openSync(path, 'w');
  for (const size of [BLOCK_BYTES, PAGE_BYTES]) {
    const block = Buffer.alloc(size, 1);
    try {
      for (;;) writeSync(file, block);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
  closeSync(file);
}

describe('a full database disk', () => {
  it(
    'makes the server unready with the reason; runs are postponed and resume once there is space',
    async () => {
      // Without permission to mount there is no small disk for Postgres: a fake error with its code stands in.
      if (!MAY_MOUNT) {
        const failure = Object.assign(new Error('could not extend file'), { code: '53100', severity: 'ERROR' });
        const database = { queryDedicated: () => Promise.reject(failure) } as unknown as Database;
        await expect(new WriteProbe(database).check()).rejects.toMatchObject({ message: FULL });
        return;
      }
      const disk = mkdtempSync(join(tmpdir(), 'assent-database-disk-'));
      const folder = await mkdtemp(join(tmpdir(), 'assent-database-work-'));
      const receiver = await Receiver.open();
      const tools = join(folder, 'tools.json');
      await writeFile(tools, JSON.stringify({ http: { hosts: ['127.0.0.1'] } }));
      const server = await startServer({
        workspaces: `example=${folder}`,
        env: { DATA_DIR: join(disk, 'data'), TOOLS_FILE: tools, EGRESS_ALLOW: '127.0.0.0/8', SWEEP_SECONDS: '1' },
        command: inLittleSpace(disk, DISK_KILOBYTES, SERVER_COMMAND),
      });
      try {
        const developer = new Caller(server.url, DEVELOPER_KEY);
        const ready = async (): Promise<string> => {
          const response = await fetch(`${server.url}/readyz`);
          const { detail = '' } = (await response.json()) as { detail?: string };
          return `${response.status} ${detail}`.trim();
        };
        expect(await ready()).toBe('200');

        const held: ServerResponse[] = [];
        receiver.answer = (response) => void held.push(response);
        const action = {
          id: 'write',
          kind: 'tool' as const,
          tool: 'http.get',
          args: { url: `${receiver.origin}/long` },
        };
        const params = { ...writePlan('x', 'y'), actions: [action, { id: 'finish', kind: 'finish' as const }] };
        const { runId } = await developer.call('start', params);
        await eventually('the request at the receiver', () => held.length === 1);

        const filler = seenBy(server.pid, join(disk, 'filler'));
        fill(filler);
        await eventually('/readyz says why', async () => (await ready()) === `503 ${FULL}`);
        expect((await fetch(`${server.url}/livez`)).status).toBe(200);

        receiver.answer = (response) => response.end(randomBytes(ANSWER_BYTES).toString('base64'));
        for (const response of held) receiver.answer(response, response.req);
        await eventually('the run is attempted again', () => receiver.requests.length >= ATTEMPTS);
        expect(await developer.call('run/get', { runId })).toMatchObject({ state: 'running', error: null });
        expect(await ready()).toBe(`503 ${FULL}`);

        rmSync(filler);
        await eventually('/readyz recovers', async () => (await ready()) === '200');
        const frames = await eventually('the run ends', async () => {
          const all = await framesOf(developer, runId);
          return all.some(({ type }) => type === 'run.completed') ? all : null;
        });
        expect(frameOf(frames, 'tool.output')).toMatchObject({ output: { status: 200 } });
        expect(await developer.call('run/get', { runId })).toMatchObject({ state: 'completed', retrying: null });
      } finally {
        await server.stop();
        await receiver.close();
        await Promise.all([disk, folder].map((path) => rm(path, { recursive: true, force: true })));
      }
    },
    SLOW_MS,
  );
});
