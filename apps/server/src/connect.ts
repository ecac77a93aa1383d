import { Client } from 'pg';
import { StartError, codeOf, failureOf } from '@assent/platform';

/** A database that does not answer within this time is down, or behind a firewall that drops packets. */
const CONNECT_TIMEOUT_MS = 10_000;
/** A comma between hosts, after the password if there is one. */
const SEVERAL_HOSTS = /^\w+:\/\/(?:[^/?]*@)?[^/?@]*,/;
const SQLSTATE = /^[0-9A-Z]{5}$/;

/**
 * A connection outside the pool, for the work before the server listens.
 * @throws StartError naming DATABASE_URL when there is no such database
 */
export async function connected<T>(databaseUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = open(databaseUrl);
  client.on('error', () => undefined); // a lost connection gives a lock back; the pending query reports the failure
  try {
    await client.connect();
  } catch (cause) {
    throw new StartError([`DATABASE_URL: ${refusalOf(client, cause)}`], { cause });
  }
  try {
    await requirePrimary(client);
    return await work(client);
  } finally {
    await client.end();
  }
}

/** @throws StartError on a standby, which would refuse the first write */
async function requirePrimary(client: Client): Promise<void> {
  const { rows } = await client.query<{ isStandby: boolean }>('select pg_is_in_recovery() as "isStandby"');
  if (rows[0]?.isStandby !== true) return;
  throw new StartError([
    `DATABASE_URL: Postgres at ${client.host}:${client.port} is a standby, which accepts no writes. Connect to the primary.`,
  ]);
}

function open(databaseUrl: string): Client {
  if (SEVERAL_HOSTS.test(databaseUrl)) {
    throw new StartError([
      'DATABASE_URL names several hosts, and Assent connects to one. Name a proxy or a service that leads to the primary.',
    ]);
  }
  try {
    return new Client({
      connectionString: databaseUrl,
      application_name: 'assent-migrate',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    });
  } catch (cause) {
    // The message would quote the address, which contains the password.
    throw new StartError(['DATABASE_URL is not an address. Write it like postgres://user:password@host:5432/name.'], {
      cause,
    });
  }
}

function refusalOf({ host, port, database = '' }: Client, error: unknown): string {
  const endpoint = `${host}:${port}`;
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code === undefined || !SQLSTATE.test(code)) {
    // A wrong certificate, password or encryption setting does not mean that the server is down.
    return failureOf(error)
      ? `no Postgres answers at ${endpoint} (${code ?? message}). Start it, or correct the address.`
      : `Postgres at ${endpoint} cannot be used: ${message}. Correct the address.`;
  }
  return `Postgres at ${endpoint} refuses a connection to "${database}": ${message}. Correct the address or the user's rights.`;
}
