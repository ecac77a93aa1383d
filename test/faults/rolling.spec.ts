import { Barrier } from '../support/barrier';
import { Cycle } from '../support/cycle';
import { eventually } from '../support/eventually';
import { scaled } from '../support/limits';
import { violations } from '../support/oracle';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { QUICK, Replicas } from '../support/replicas';
import { DEVELOPER_KEY, type ServerProcess } from '../support/server-process';
import { WorkFolder } from '../support/work-folder';

const RESTARTS = 20;
/** Enough for calls, runs, decisions and streams to be in flight at every signal; few enough not to slow the servers down. */
const CLIENTS = 4;
/** A start of the server takes a second of a processor; on a machine that does much else, many. */
const ROLLING_WITHIN_MS = 600_000;
/** The last words of a stream: when to come back, spread over two seconds. */
const FAREWELL = /\n\nretry: [12]\d{3}\n\n$/;

let database: TestDatabase;
let folder: WorkFolder;

beforeEach(async () => {
  [database, folder] = await Promise.all([createTestDatabase(), WorkFolder.create()]);
});
afterEach(async () => {
  await Promise.all([database.drop(), folder.remove()]);
});

describe('a rolling restart', () => {
  let replicas: Replicas;

  afterEach(() => replicas.stopAll());

  it(
    'of twenty replicas under load breaks no call, and loses no run, no frame and no decision',
    async () => {
      // A balancer needs a moment to see that a replica goes; calls that are on their way are answered meanwhile.
      const env = { ...QUICK, DRAIN_SECONDS: '1', MIGRATE_ON_START: 'off' };
      replicas = new Replicas({ databaseUrl: database.url, workspaces: folder.setting, env });
      const running: ServerProcess[] = await Promise.all([replicas.start(), replicas.start()]);
      const cycles: Cycle[] = [];
      let isOver = false;
      const client = async (): Promise<void> => {
        while (!isOver) {
          const made = new Cycle(await folder.task(), replicas);
          cycles.push(made);
          await made.finish();
        }
      };
      const load = Promise.all(Array.from({ length: CLIENTS }, client));
      const codes: (number | null)[] = [];
      for (let restart = 1; restart <= RESTARTS; restart += 1) {
        const before = cycles.length;
        await eventually('the load goes on', () => cycles.length > before);
        const [oldest] = running.splice(0, 1) as [ServerProcess];
        // As a deployment does: withdraw the endpoint, stop the process, start its successor.
        const [code, next] = await Promise.all([replicas.stop(oldest), replicas.start()]);
        codes.push(code);
        running.push(next);
      }
      isOver = true;
      await load;
      expect(codes).toEqual(codes.map(() => 0));
      expect(replicas.broken).toEqual([]);
      expect(await violations({ databaseUrl: database.url, folder, cycles, servers: replicas.all })).toEqual([]);
      expect(await replicas.stopAll()).toEqual([0, 0]);
    },
    scaled(ROLLING_WITHIN_MS),
  );
});

describe('a replica that is told to stop', () => {
  let replicas: Replicas;

  afterEach(() => replicas.stopAll());

  it('hands unfinished runs to another replica at once, without waiting for its next poll', async () => {
    // The other one looks by itself after a minute: longer than this test waits.
    const env = { LEASE_SECONDS: '120', SWEEP_SECONDS: '60', SHUTDOWN_GRACE_SECONDS: '4' };
    replicas = new Replicas({ databaseUrl: database.url, workspaces: folder.setting, env });
    const [first, second] = await Promise.all([replicas.start(), replicas.start()]);
    const cycle = new Cycle(await folder.task(), replicas, replicas.client(DEVELOPER_KEY, second));
    const barrier = await Barrier.open(database.url);
    await barrier.writesOf('trees');
    await cycle.start(replicas.client(DEVELOPER_KEY, first));
    await barrier.waiters(1);
    const stopping = replicas.stop(first);
    await eventually('the other replica has the run', () =>
      second.lines.some((line) => line.includes('"run claimed"')),
    );
    await barrier.lift();
    await stopping;
    await cycle.finish();
    expect(await violations({ databaseUrl: database.url, folder, cycles: [cycle], servers: [second] })).toEqual([]);
  });

  it('ends its streams with a time to reconnect, and answers until the listener is closed', async () => {
    const env = { ...QUICK, DRAIN_SECONDS: '2' };
    replicas = new Replicas({ databaseUrl: database.url, workspaces: folder.setting, env });
    const server = await replicas.start();
    const cycle = await new Cycle(await folder.task(), replicas).start();
    await cycle.seen('run.waiting');
    const get = (path: string) =>
      fetch(new URL(path, server.url), {
        headers: { authorization: `Bearer ${DEVELOPER_KEY}`, accept: 'text/event-stream' },
      });
    const stream = await get(`/runs/${cycle.runId}/frames`);
    const stopping = replicas.stop(server);
    await eventually('it is not ready', async () => (await get('/readyz')).status === 503);
    const answer = await get(`/runs/${cycle.runId}`);
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
    expect(await stream.text()).toMatch(FAREWELL);
    expect(await stopping).toBe(0);
  });
});
