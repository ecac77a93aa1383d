import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';

/** Connect timeout of one attempt; long, because the server does not start without the first connection. */
const CONNECT_TIMEOUT_MS = 15_000;
/** Interval between connection checks, and their timeout. Firewalls drop idle connections silently. */
const CHECK_MS = 10_000;
/** The reconnect backoff doubles from the first pause to the last, with jitter of up to half. */
const FIRST_RETRY_MS = 200;
const MAX_RETRY_MS = 5_000;
/** Timeout for closing. A connection with an unreachable peer never closes cleanly. */
const END_TIMEOUT_MS = 1_000;

export interface ListenerOptions {
  readonly url: string;
  /** Name of the connection in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Handlers of payloads, by channel. They MUST NOT throw. */
  readonly channels: Readonly<Record<string, (payload: string) => void>>;
  /** Called once for each lost connection, not for the attempts to replace it. */
  readonly onLost: (failure: unknown) => void;
  /** Called when a lost connection is replaced: notifications in between were lost. */
  readonly onBack?: () => void;
  readonly checkMs?: number;
}

interface Connection {
  readonly client: Client;
  /** Aborted when the connection has ended; the reason is the failure. */
  readonly lost: AbortSignal;
}

/**
 * LISTENs on a dedicated connection and replaces it when it is lost. Notifications in between are lost as well, so a
 * caller MUST also poll.
 */
export class Listener {
  private readonly closing = new AbortController();
  private keeping: Promise<void> = Promise.resolve();

  constructor(private readonly options: ListenerOptions) {}

  /**
   * Resolves when all channels are active.
   * @throws Error if the first connection fails
   */
  async open(): Promise<void> {
    this.keeping = this.keep(await this.connect());
  }

  async close(): Promise<void> {
    this.closing.abort();
    await Promise.race([this.keeping, pause(END_TIMEOUT_MS, undefined, { ref: false })]);
  }

  private async connect(): Promise<Connection> {
    const { url, applicationName, channels, checkMs = CHECK_MS } = this.options;
    const client = new Client({
      connectionString: url,
      application_name: applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: checkMs,
      keepAlive: true,
    });
    const lost = new AbortController();
    client.on('error', (error) => lost.abort(error));
    client.on('end', () => lost.abort(new Error('the server has ended the connection')));
    client.on('notification', ({ channel, payload = '' }) => channels[channel]?.(payload));
    try {
      await client.connect();
      for (const channel of Object.keys(channels)) await client.query(`listen ${client.escapeIdentifier(channel)}`);
    } catch (error) {
      void client.end();
      throw error;
    }
    return { client, lost: lost.signal };
  }

  private async keep(first: Connection): Promise<void> {
    let connection: Connection | null = first;
    while (connection) {
      const failure = await this.watch(connection);
      const ended = connection.client.end();
      if (this.closing.signal.aborted) {
        await ended;
        return;
      }
      this.options.onLost(failure);
      connection = await this.reconnect();
      if (connection) this.options.onBack?.();
    }
  }

  /** Resolves with the failure when the connection is lost, and also when the listener is closed. */
  private async watch({ client, lost }: Connection): Promise<unknown> {
    const signal = AbortSignal.any([lost, this.closing.signal]);
    try {
      for (;;) {
        await pause(this.options.checkMs ?? CHECK_MS, undefined, { signal });
        await client.query('select');
      }
    } catch (error) {
      return lost.aborted ? lost.reason : error;
    }
  }

  /** @returns null: the listener was closed */
  private async reconnect(): Promise<Connection | null> {
    const { signal } = this.closing;
    for (let retryMs = FIRST_RETRY_MS; !signal.aborted; retryMs = Math.min(MAX_RETRY_MS, 2 * retryMs)) {
      try {
        return await this.connect();
      } catch {
        // The loss was already reported, and the next attempt follows; or the listener was closed.
        await pause(retryMs * (1 - Math.random() / 2), undefined, { signal }).catch(() => undefined);
      }
    }
    return null;
  }
}
