import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { parse, stringify } from 'yaml';
import { binFolder, giveTo, postgresAccount, type Account } from './debian-postgres';
import { eventually } from './eventually';
import { freePort } from './free-port';
import { postmasterOf } from './postmaster';

const DOCKER = join(__dirname, '../../docker');
const NAMES = ['db-1', 'db-2'] as const;
const PASSWORD = 'a-password-of-the-test';
/** A new cluster, the first copy of it, or a copy that is made again. */
const READY_MS = 120_000;
const OK = 200;

interface Configuration {
  name: string;
  restapi: { listen: string; connect_address: string };
  etcd3: { hosts: string[] };
  postgresql: {
    listen: string;
    connect_address: string;
    data_dir: string;
    bin_dir: string;
    pgpass?: string;
    authentication: Record<string, { password: string }>;
    parameters?: Record<string, string>;
    pg_hba: string[];
  };
}

interface Node {
  readonly name: string;
  readonly port: number;
  readonly restPort: number;
  readonly file: string;
  process: ChildProcess | null;
}

/** Two Postgres with synchronous replication under Patroni and etcd, behind HAProxy: the shipped configuration on loopback. */
export class PatroniCluster {
  private etcd: ChildProcess | undefined;
  private haproxy: ChildProcess | undefined;
  private nodes: Node[] = [];
  private port = 0;

  private constructor(
    readonly folder: string,
    private readonly account: Account,
  ) {}

  static async start(): Promise<PatroniCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'assent-patroni-'));
    await chmod(folder, 0o755);
    const cluster = new PatroniCluster(folder, postgresAccount());
    try {
      await cluster.open();
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  /** Of the primary, through HAProxy. */
  get url(): string {
    return `postgres://postgres:${PASSWORD}@127.0.0.1:${this.port}/postgres`;
  }

  /** Of the standby, past HAProxy. */
  async standbyUrl(): Promise<string> {
    const primary = await this.primary();
    const standby = this.nodes.find((node) => node !== primary);
    return `postgres://postgres:${PASSWORD}@127.0.0.1:${standby?.port ?? 0}/postgres`;
  }

  /** Resolves when there is a primary, and a standby that confirms its commits. */
  async whole(): Promise<void> {
    await eventually(
      'a synchronous standby',
      async () => {
        await this.primary();
        return (await this.nodesAt('/synchronous')).length === 1;
      },
      READY_MS,
    );
  }

  /**
   * SIGKILL of the primary.
   * @param withServer also of its Patroni, as when the machine is lost; otherwise Patroni sees the end of Postgres
   * @returns milliseconds until the other one accepts writes
   */
  async killPrimary(withServer: boolean): Promise<number> {
    const primary = await this.primary();
    const postmaster = await postmasterOf(join(this.folder, primary.name));
    const killedAt = performance.now();
    if (withServer) {
      primary.process?.kill('SIGKILL');
      primary.process = null;
    }
    process.kill(postmaster, 'SIGKILL');
    await eventually(
      'another primary',
      async () => {
        const now = await this.primary();
        if (now === primary) return false;
        await this.rows('create temporary table accepts_writes ()');
        return true;
      },
      READY_MS,
    );
    return performance.now() - killedAt;
  }

  /** Starts the servers again that were killed; they become standbys. */
  async rejoin(): Promise<void> {
    for (const node of this.nodes) if (node.process === null) await this.startNode(node);
    await this.whole();
  }

  /** Resolves when there is a primary: Patroni starts everything itself. */
  async revive(): Promise<void> {
    await eventually('a primary', () => this.primary(), READY_MS);
  }

  async rows<Row extends object>(text: string): Promise<Row[]> {
    const client = new Client({ connectionString: this.url, connectionTimeoutMillis: 2_000, query_timeout: 5_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  }

  async close(): Promise<void> {
    const children = [this.haproxy, ...this.nodes.map((node) => node.process), this.etcd];
    for (const child of children) {
      if (child?.exitCode !== null || child.signalCode !== null) continue;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  private async open(): Promise<void> {
    const [client, peer, haproxy] = [await freePort(), await freePort(), await freePort()];
    const urls = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`] as const;
    this.etcd = await this.spawn('etcd', [
      ...['--data-dir', join(this.folder, 'etcd'), '--initial-cluster', `default=${urls[1]}`, '--unsafe-no-fsync'],
      ...['--listen-client-urls', urls[0], '--advertise-client-urls', urls[0]],
      ...['--listen-peer-urls', urls[1], '--initial-advertise-peer-urls', urls[1]],
    ]);
    await eventually('etcd serves', async () => (await fetch(`${urls[0]}/health`)).ok);
    for (const name of NAMES) {
      const node = { name, port: await freePort(), restPort: await freePort(), process: null };
      this.nodes.push({ ...node, file: await this.configure(node, client) });
    }
    this.port = haproxy;
    const [first, second] = this.nodes;
    if (!first || !second) throw new Error('a node is missing');
    await this.startNode(first);
    await this.revive();
    await this.startNode(second);
    await this.startHaproxy();
    await this.whole();
  }

  /** The shipped file with the addresses and passwords of the test. */
  private async configure({ name, port, restPort }: Omit<Node, 'file'>, etcdPort: number): Promise<string> {
    const settings = parse(await readFile(join(DOCKER, 'patroni.yml'), 'utf8')) as Configuration;
    const { postgresql } = settings;
    settings.name = name;
    settings.restapi = { listen: `127.0.0.1:${restPort}`, connect_address: `127.0.0.1:${restPort}` };
    settings.etcd3.hosts = [`127.0.0.1:${etcdPort}`];
    for (const account of Object.values(postgresql.authentication)) account.password = PASSWORD;
    settings.postgresql = {
      ...postgresql,
      listen: `127.0.0.1:${port}`,
      connect_address: `127.0.0.1:${port}`,
      data_dir: join(this.folder, name),
      bin_dir: await binFolder(),
      pgpass: join(this.folder, `${name}.pgpass`),
      parameters: { unix_socket_directories: '' },
    };
    const file = join(this.folder, `${name}.yml`);
    await writeFile(file, stringify(settings));
    return file;
  }

  private async startHaproxy(): Promise<void> {
    const config = (await readFile(join(DOCKER, 'haproxy-postgres.cfg'), 'utf8'))
      .replace('bind 127.0.0.1:5432', `bind 127.0.0.1:${this.port}`)
      .replaceAll(/server (db-[12]) db-[12]:5432 check port 8008/g, (_, name: string) => {
        const node = this.nodes.find((candidate) => candidate.name === name);
        return `server ${name} 127.0.0.1:${node?.port ?? 0} check port ${node?.restPort ?? 0}`;
      });
    const file = join(this.folder, 'haproxy.cfg');
    await writeFile(file, config);
    this.haproxy = await this.spawn('haproxy', ['-db', '-f', file]);
    await eventually('HAProxy leads to the primary', () => this.rows('select 1'));
  }

  private async startNode(node: Node): Promise<void> {
    node.process = await this.spawn('patroni', [node.file]);
  }

  private async spawn(program: string, args: readonly string[]): Promise<ChildProcess> {
    const log = await open(join(this.folder, `${program}.log`), 'a');
    await giveTo(this.account, this.folder);
    const child = spawn(program, args, {
      stdio: ['ignore', log.fd, log.fd],
      cwd: this.folder,
      env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin`, HOME: this.folder, LC_ALL: 'C' },
      ...this.account,
    });
    await once(child, 'spawn');
    await log.close();
    return child;
  }

  private async primary(): Promise<Node> {
    const [primary] = await this.nodesAt('/primary');
    if (!primary) throw new Error('there is no primary');
    return primary;
  }

  /** The nodes that are what the path of Patroni's interface asks for. */
  private async nodesAt(path: string): Promise<Node[]> {
    const answers = await Promise.all(
      this.nodes.map(async ({ restPort }) =>
        fetch(`http://127.0.0.1:${restPort}${path}`).then(
          ({ status }) => status === OK,
          () => false,
        ),
      ),
    );
    return this.nodes.filter((_, index) => answers[index]);
  }
}
