import { Caller } from '../support/caller';
import { framesUntil } from '../support/frames';
import { decide, startPending } from '../support/pending';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { PreviousVersion } from '../support/previous-version';
import { DEVELOPER_KEY, REVIEWER_KEY, startServer, type ServerProcess } from '../support/server-process';
import { WorkFolder } from '../support/work-folder';

/** The first migration of this release: the commit before it is the version that runs while this one is rolled out. */
const BEFORE = 'apps/server/src/migrations/1764800000000-feature-flags.ts';

/** The code of the version before as it was, run from its sources with this version's packages, on this version's schema. */
describe('the version before', () => {
  let database: TestDatabase;
  let folder: WorkFolder;
  let previous: PreviousVersion;
  let before: ServerProcess | undefined;
  let now: ServerProcess | undefined;

  beforeAll(async () => {
    [database, folder, previous] = await Promise.all([
      createTestDatabase(),
      WorkFolder.create(),
      PreviousVersion.checkoutBefore(BEFORE),
    ]);
    const settings = { databaseUrl: database.url, workspaces: folder.setting };
    before = await startServer({ ...settings, env: previous.env, command: previous.command });
    now = await startServer({ ...settings, env: { MIGRATE_ON_START: 'off' } });
  });
  afterAll(async () => {
    await Promise.all([before?.kill(), now?.kill()]);
    await Promise.all([database.drop(), folder.remove(), previous.remove()]);
  });

  it.each([
    ['starts what this one decides', () => [before, now] as const],
    ['decides what this one has started', () => [now, before] as const],
    ['does both by itself, on the new schema', () => [before, before] as const],
  ])('%s', async (name, servers) => {
    const [starting, deciding] = servers();
    if (!starting || !deciding) throw new Error('A server did not start.');
    const path = `${name.replaceAll(/\W/g, '-')}.txt`;
    const developer = new Caller(starting.url, DEVELOPER_KEY);
    const pending = await startPending(developer, path, 'both versions', { workspace: 'work' });
    await decide(new Caller(deciding.url, REVIEWER_KEY), pending, 'approve');
    const frames = await framesUntil(developer, pending.runId, 'run.completed');
    expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, index) => index + 1));
    expect(await folder.read(path)).toBe('both versions');
    // Each reads what the other has written, frame by frame.
    const other = await framesUntil(new Caller(deciding.url, DEVELOPER_KEY), pending.runId, 'run.completed');
    expect(other).toEqual(frames);
  });
});
