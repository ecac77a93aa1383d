import { join } from 'node:path';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@assent/platform';
import { eventually } from './eventually';
import { postmasterOf } from './postmaster';

/** Everything acknowledged survives the death of its processes; no power failure is tested. */
const SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  max_wal_size: '96MB',
  min_wal_size: '32MB',
};

/** A Postgres that a test may stop, kill and start again, at the same address. */
export class OwnPostgres {
  private constructor(
    private readonly dataDir: string,
    private running: EmbeddedPostgres,
  ) {}

  static async start(dataDir: string): Promise<OwnPostgres> {
    return new OwnPostgres(dataDir, await startEmbeddedPostgres({ dataDir, settings: SETTINGS }));
  }

  get url(): string {
    return this.running.url;
  }

  /** Ends sessions, as `systemctl restart` does. */
  stop(): Promise<void> {
    return this.running.stop();
  }

  /** SIGKILL of the first process; its children end when they notice it. */
  async crash(): Promise<void> {
    process.kill(await postmasterOf(join(this.dataDir, 'postgres/cluster')), 'SIGKILL');
    await this.running.stop();
  }

  /** Starts it again when it has ended by itself. */
  async revive(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async start(): Promise<void> {
    const { dataDir } = this;
    const port = Number(new URL(this.url).port);
    this.running = await eventually('Postgres starts', () =>
      startEmbeddedPostgres({ dataDir, port, settings: SETTINGS }),
    );
  }
}
