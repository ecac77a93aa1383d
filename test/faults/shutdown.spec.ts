import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Barrier } from '../support/barrier';
import { Cycle } from '../support/cycle';
import { eventually } from '../support/eventually';
import { violations } from '../support/oracle';
import { createTestDatabase, type TestDatabase } from '../support/postgres';
import { postmasterOf } from '../support/postmaster';
import { QUICK, Replicas } from '../support/replicas';
import { DEVELOPER_KEY } from '../support/server-process';
import { WorkFolder } from '../support/work-folder';

const CLIENTS = 16;
const SERVICE_UNAVAILABLE = 503;
const IDLE_CONNECTIONS = 10;
/** A replica that closes waits for its last request for a quarter of this time. */
const PATIENT = { SHUTDOWN_GRACE_SECONDS: '3600' };
const PING = 'GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
const UPLOAD = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'run/list', params: {} });

describe('SIGTERM', () => {
  let database: TestDatabase;
  let folder: WorkFolder;
  let replicas: Replicas;

  beforeEach(async () => {
    [database, folder] = await Promise.all([createTestDatabase(), WorkFolder.create()]);
    replicas = new Replicas({ databaseUrl: database.url, workspaces: folder.setting, env: QUICK });
  });

  afterEach(async () => {
    await replicas.stopAll();
    await Promise.all([database.drop(), folder.remove()]);
  });

  it('under load loses no run, no decision and no frame, while every replica is restarted once', async () => {
    const [first, second] = await Promise.all([replicas.start(), replicas.start()]);
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
    for (const server of [first, second]) {
      const started = cycles.length;
      await eventually('the load goes on', () => cycles.length > started);
      expect(await replicas.stop(server)).toBe(0);
      await replicas.start();
    }
    isOver = true;
    await load;
    expect(await violations({ databaseUrl: database.url, folder, cycles, servers: replicas.all })).toEqual([]);
  });

  it('makes the replica not ready and refuses new runs while the one in hand is finished; a second one changes nothing', async () => {
    const server = await replicas.start();
    const [cycle, late] = [new Cycle(await folder.task(), replicas), new Cycle(await folder.task(), replicas)];
    const barrier = await Barrier.open(database.url);
    await barrier.writesOf('trees');
    await cycle.start();
    await barrier.waiters(1);
    const stopping = replicas.stop(server);
    await eventually('the replica is not ready', async () => {
      return (await fetch(new URL('readyz', server.url))).status === SERVICE_UNAVAILABLE;
    });
    expect((await fetch(new URL('livez', server.url))).status).toBe(200);
    await expect(late.tryToStart(replicas.client(DEVELOPER_KEY, server))).rejects.toMatchObject({
      data: { type: 'urn:assent:error:draining', retryable: true },
    });
    server.signal('SIGTERM');
    await barrier.lift();
    expect(await stopping).toBe(0);
    await replicas.start();
    await cycle.finish();
    expect(await violations({ databaseUrl: database.url, folder, cycles: [cycle], servers: replicas.all })).toEqual([]);
  });
});

describe('a replica that closes', () => {
  it('answers requests on connections that it has accepted, with 503 and Connection: close', async () => {
    const [database, folder] = await Promise.all([createTestDatabase(), WorkFolder.create()]);
    const replicas = new Replicas({ databaseUrl: database.url, workspaces: folder.setting, env: QUICK });
    try {
      const server = await replicas.start(PATIENT);
      const sockets = await Promise.all(Array.from({ length: IDLE_CONNECTIONS }, () => connected(server.url)));
      // A request that is still sent keeps the replica closing until its body is complete.
      const upload = await beginUpload(server.url);
      const stopping = replicas.stop(server);
      await eventually('the replica closes', async () => {
        return (await fetch(new URL('livez', server.url))).status === SERVICE_UNAVAILABLE;
      });
      for (const socket of sockets) {
        expect(await ask(socket, PING)).toMatch(/^HTTP\/1\.1 503 [^]*^connection: close\r$/im);
      }
      expect(await ask(upload, UPLOAD)).toMatch(/^HTTP\/1\.1 200 [^]*^connection: close\r$/im);
      expect(await stopping).toBe(0);
    } finally {
      await replicas.stopAll();
      await Promise.all([database.drop(), folder.remove()]);
    }
  });
});

describe('the embedded Postgres', () => {
  it('ends with a server that is killed, and the next server has the approval that was waiting', async () => {
    const [dataDir, folder] = await Promise.all([mkdtemp(join(tmpdir(), 'assent-data-')), WorkFolder.create()]);
    const replicas = new Replicas({ workspaces: folder.setting, env: { ...QUICK, DATA_DIR: dataDir } });
    try {
      const killed = await replicas.start();
      const cycle = await new Cycle(await folder.task(), replicas).start();
      await cycle.seen('run.waiting');
      const cluster = join(dataDir, 'postgres/cluster');
      const postgres = await postmasterOf(cluster);
      expect(isAlive(postgres)).toBe(true);
      await replicas.kill(killed);
      await eventually('the embedded Postgres is gone', () => !isAlive(postgres));
      const next = await replicas.start();
      await cycle.approve();
      await cycle.ended();
      expect(await folder.read(cycle.task.path)).toBe(cycle.task.result);
      const last = await postmasterOf(cluster);
      expect(await replicas.stop(next)).toBe(0);
      expect(isAlive(last)).toBe(false);
    } finally {
      await replicas.stopAll();
      await Promise.all([rm(dataDir, { recursive: true, force: true }), folder.remove()]);
    }
  });
});

function connected(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

/** A connection on which the server waits for the body of a call. */
async function beginUpload(url: string): Promise<Socket> {
  const socket = await connected(url);
  const head = [
    'POST /rpc HTTP/1.1',
    'Host: 127.0.0.1',
    `Authorization: Bearer ${DEVELOPER_KEY}`,
    'Content-Type: application/json',
    `Content-Length: ${UPLOAD.length}`,
    'Expect: 100-continue',
  ];
  expect(await ask(socket, `${head.join('\r\n')}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 100 /);
  return socket;
}

/** The head of the answer; empty when the connection was closed without one. */
function ask(socket: Socket, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once('data', (chunk) => {
      resolve(chunk.toString('latin1'));
    });
    socket.once('close', () => {
      resolve('');
    });
    socket.once('error', reject);
    socket.write(text);
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // Nobody has this id.
    return false;
  }
}
