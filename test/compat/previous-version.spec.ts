import type { StartParams } from '@assent/contract';
import { Caller } from '../support/caller';
import { framesUntil } from '../support/frames';
import { decide, offerOf, startPending, startUntilAsked } from '../support/pending';
import { writePlan } from '../support/plans';
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

  it.each([
    ['goes on with a tree of this one', () => [now, before] as const],
    ['leaves a tree that this one goes on with', () => [before, now] as const],
  ])('%s, after an assumption was refuted', async (name, servers) => {
    const [starting, deciding] = servers();
    if (!starting || !deciding || !now) throw new Error('A server did not start.');
    const [developer, other] = [starting, deciding].map(({ url }) => new Caller(url, DEVELOPER_KEY));
    if (!developer || !other) throw new Error('A caller is missing.');
    const path = `${name.replaceAll(/\W/g, '-')}.txt`;
    const approveAt = (server: ServerProcess, approval: { approvalId: string; hash: string }) =>
      decide(new Caller(server.url, REVIEWER_KEY), approval, 'approve');

    const earlier = await startUntilAsked(developer, eitherWrite(`earlier-${path}`));
    await approveAt(starting, earlier);
    await framesUntil(developer, earlier.runId, 'run.completed');
    const resolved = [{ assumptionId: 'too-short', truth: true }];
    await developer.call('complete', { runId: earlier.runId, outcome: 'success', resolved });

    const pending = await startUntilAsked(developer, eitherWrite(path));
    const tree: unknown = await developer.call('tree/get', { runId: pending.runId });
    const isNew = /"learned":\{.*"group":.*"rationale":\{/s.test(JSON.stringify(tree));
    expect(isNew).toBe(starting === now);
    const refuted = { runId: pending.runId, assumptionId: 'too-short', truth: false };
    if (isNew) {
      // Its schema of trees is closed: it refuses to score the tree again, and the run waits as before.
      expect(await other.fail('assumption/resolve', refuted)).toMatchObject({ code: -32602 });
    }
    await new Caller(now.url, DEVELOPER_KEY).call('assumption/resolve', refuted);
    const again = await offerOf(developer, pending);
    await approveAt(deciding, again);
    const frames = await framesUntil(developer, pending.runId, 'run.completed');
    expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, index) => index + 1));
    expect(await folder.read(path)).toBe('second');
    expect(await framesUntil(other, pending.runId, 'run.completed')).toEqual(frames);
  });
});

/** A run that writes one of two texts, by one assumption; another assumption is split for display only. */
function eitherWrite(path: string): StartParams {
  const write = (id: string, content: string) =>
    ({ id, kind: 'tool', label: `Write ${id}`, tool: 'file.write', args: { path, content } }) as const;
  return writePlan(path, '', {
    workspace: 'work',
    memory: true,
    actions: [write('first', 'first'), write('second', 'second'), { id: 'finish', kind: 'finish' }],
    beliefs: {
      assumptions: [
        { id: 'too-short', text: 'The timeout is too short', p: 0.9 },
        { id: 'on-purpose', text: 'Somebody shortened it on purpose', p: 0.1 },
      ],
      gains: [
        { actionId: 'first', when: { 'too-short': true }, gain: 0.9 },
        { actionId: 'second', when: { 'too-short': false }, gain: 0.9 },
        { actionId: 'first', when: { 'too-short': true, 'on-purpose': true }, gain: 0.8 },
      ],
    },
  });
}
