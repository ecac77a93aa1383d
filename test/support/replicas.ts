import { setMaxListeners } from 'node:events';
import { inspect } from 'node:util';
import { AssentClient, AssentConnectionError, AssentHttpError, AssentRpcError } from '@assent/client';
import { eventually } from './eventually';
import { DEVELOPER_KEY, REVIEWER_KEY, startServer, type ServerProcess, type ServerSettings } from './server-process';

/** The shortest lease and sweep the configuration takes: a takeover within 3 s. */
export const QUICK = { LEASE_SECONDS: '2', SWEEP_SECONDS: '1' };

const INTERNAL = 500;
const UNAVAILABLE = 503;

/** Replicas on one database, and clients that reach any live replica, as through a load balancer. */
export class Replicas {
  /** All processes, including ended ones. */
  readonly all: ServerProcess[] = [];
  /** Requests that were aborted or failed inside a server. A drain causes none. */
  readonly broken: string[] = [];
  private readonly live: ServerProcess[] = [];
  private readonly closing = new AbortController();
  private turn = 0;
  readonly developer = this.client(DEVELOPER_KEY);
  readonly reviewer = this.client(REVIEWER_KEY);

  constructor(private readonly settings: ServerSettings) {
    // Every client of a test adds a listener.
    setMaxListeners(0, this.closing.signal);
  }

  async start(env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
    const server = await startServer({ ...this.settings, env: { ...this.settings.env, ...env } });
    this.all.push(server);
    this.live.push(server);
    return server;
  }

  /** New requests go elsewhere; the process is not touched. */
  withdraw(server: ServerProcess): void {
    const at = this.live.indexOf(server);
    if (at >= 0) this.live.splice(at, 1);
  }

  /** New requests go to a server of another installation, as after a change of the route of a host name. */
  forwardTo(server: ServerProcess): void {
    this.live.splice(0, this.live.length, server);
  }

  async kill(server: ServerProcess): Promise<void> {
    this.withdraw(server);
    await server.kill();
  }

  /** @returns the exit code */
  async stop(server: ServerProcess): Promise<number | null> {
    this.withdraw(server);
    return server.stop();
  }

  /** Aborted at the end, which stops all clients that follow a stream. */
  get signal(): AbortSignal {
    return this.closing.signal;
  }

  async stopAll(): Promise<(number | null)[]> {
    this.closing.abort(new Error('the test is over'));
    return Promise.all([...this.live].map((server) => this.stop(server)));
  }

  /** A client of any replica, or of the given one. */
  client(key: string, at?: ServerProcess): AssentClient {
    if (at) return new AssentClient({ url: at.url, key });
    return new AssentClient({ url: 'http://127.0.0.1', key, fetch: (input, init) => this.route(input, init) });
  }

  private async route(input: Parameters<typeof fetch>[0], init?: RequestInit): Promise<Response> {
    this.turn += 1;
    const server = this.live[this.turn % this.live.length];
    if (!server) throw new TypeError('no replica lives');
    const { pathname, search } = new URL(input instanceof Request ? input.url : input);
    const what = `${init?.method ?? 'GET'} ${pathname} at process ${server.pid}`;
    try {
      const response = await fetch(new URL(`${pathname}${search}`, server.url), init);
      if (response.status >= INTERNAL && response.status !== UNAVAILABLE)
        this.broken.push(`${what}: ${response.status}`);
      return response;
    } catch (error) {
      const cause = inspect(error);
      // The connection was refused, so nothing was sent.
      if (init?.signal?.aborted !== true && !cause.includes('ECONNREFUSED')) this.broken.push(`${what}: ${cause}`);
      throw error;
    }
  }
}

/**
 * Retries an idempotent call until it is answered. A cut connection and a draining replica give no answer.
 * @param withinMs on an idle machine
 */
export async function answered<T>(call: () => Promise<T>, withinMs?: number): Promise<T> {
  const attempt = async () => {
    try {
      return { value: await call() };
    } catch (error) {
      if (isPassing(error)) return null;
      return { error };
    }
  };
  const outcome = await eventually('an answer', attempt, withinMs);
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}

function isPassing(error: unknown): boolean {
  if (error instanceof AssentRpcError) return error.data.retryable;
  // 408: under load the request itself did not arrive in time.
  if (error instanceof AssentHttpError) return error.status === 503 || error.status === 408;
  return error instanceof AssentConnectionError;
}
