import { cpSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { Caller } from './caller';
import { createTestDatabase } from './postgres';
import { DEVELOPER_KEY, REVIEWER_KEY, SERVER_COMMAND, startServer, type ServerProcess } from './server-process';

const EXAMPLE = join(__dirname, '../../examples/checkout-service/workspace');

/** A server process with the two local principals. */
export interface Replica {
  readonly process: ServerProcess;
  readonly developer: Caller;
  readonly reviewer: Caller;
}

/** The environment of one test file: its own database, its own copy of the example workspace, and one server or several. */
export class Stage {
  private readonly replicas: Replica[] = [];

  private constructor(
    /** The test's own connection: reads rows, and simulates the passing of time or a fault. */
    readonly sql: Client,
    readonly databaseUrl: string,
    readonly folder: string,
    private readonly dropDatabase: () => Promise<void>,
  ) {}

  static async open(): Promise<Stage> {
    const { url, drop } = await createTestDatabase();
    const folder = await mkdtemp(join(tmpdir(), 'assent-stage-'));
    cpSync(EXAMPLE, folder, { recursive: true });
    const sql = new Client({ connectionString: url, application_name: 'assent-test' });
    await sql.connect();
    return new Stage(sql, url, folder, drop);
  }

  /** @param command as in ServerSettings */
  async start(
    env: Readonly<Record<string, string>> = {},
    command: readonly [string, ...string[]] = SERVER_COMMAND,
  ): Promise<Replica> {
    const workspaces = `example=${this.folder}`;
    const process = await startServer({ databaseUrl: this.databaseUrl, workspaces, env, command });
    const replica = {
      process,
      developer: new Caller(process.url, DEVELOPER_KEY),
      reviewer: new Caller(process.url, REVIEWER_KEY),
    };
    this.replicas.push(replica);
    return replica;
  }

  read(path: string): Promise<string> {
    return readFile(join(this.folder, path), 'utf8');
  }

  write(path: string, content: string): Promise<void> {
    return writeFile(join(this.folder, path), content);
  }

  async rows<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.sql.query(text, values)).rows as Row[];
  }

  async close(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.process.kill()));
    await this.sql.end();
    await this.dropDatabase();
    await rm(this.folder, { recursive: true, force: true });
  }
}
