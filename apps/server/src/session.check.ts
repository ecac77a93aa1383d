import { Client } from 'pg';
import { StartError, codeOf, newId } from '@assent/platform';

/**
 * Number of other connections that hold a transaction while ours reads its state. A pooler with more idle connections
 * than this goes undetected.
 */
const RIVALS_DIRECT = 1;
const RIVALS_POOLED = 6;
/** A pooler without a free connection makes a new client wait; the check is then inconclusive. */
const TIMEOUT_MS = 5_000;
const PROBE = 'assent.session_probe';
/** The SQLSTATE with which poolers end a connection. */
const POOLER_REFUSAL = '08P01';

const NEEDED =
  'Tenant isolation, locks and prepared statements need one session. Set the pooler to session mode for this database (PgBouncer: ' +
  'pool_mode = session), or connect to Postgres itself.';

interface Session {
  readonly pid: number;
  readonly probe: string | null;
}

/**
 * Tests whether settings of a connection stay with it. A pooler that shares connections between transactions breaks this
 * silently, with settings of one tenant on the connection of another. Such a pooler cannot be recognized by name.
 * @throws StartError naming DATABASE_URL
 */
export async function requireSession(client: Client, databaseUrl: string): Promise<void> {
  const probe = newId();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid, set_config($1, $2, false)', [
    PROBE,
    probe,
  ]);
  const pid = rows[0]?.pid ?? 0;
  const rivals: Client[] = [];
  let count = RIVALS_DIRECT;
  try {
    for (let index = 0; index < count; index += 1) {
      const rival = await transactionOf(databaseUrl, rivals);
      if (rival === null) return;
      if (rival.isPooled) count = RIVALS_POOLED;
      // Checked first, because ours would wait for a connection that the rival holds.
      if (rival.pid === pid) throw sharedBetweenTransactions();
      const now = await sessionOf(client);
      if (now.pid !== pid) throw sharedBetweenTransactions();
      if (now.probe !== probe) throw unusable('it is reset between transactions');
    }
  } finally {
    await Promise.all(rivals.map((rival) => rival.end()));
  }
}

/** Opens one more connection and leaves it in a transaction. @returns null when no connection is available */
async function transactionOf(databaseUrl: string, rivals: Client[]): Promise<(Session & { isPooled: boolean }) | null> {
  const rival = new Client({
    connectionString: databaseUrl,
    application_name: 'assent-session-check',
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  });
  rival.on('error', () => undefined); // the query in progress reports it
  // At login Postgres reports the process that serves the connection. A pooler reports a number of its own.
  let announced: number | undefined;
  rival.connection.once('backendKeyData', ({ processID }: { processID: number }) => {
    announced = processID;
  });
  try {
    await rival.connect();
    rivals.push(rival);
    await rival.query('begin');
    const session = await sessionOf(rival);
    return { ...session, isPooled: announced !== session.pid };
  } catch (error) {
    if (codeOf(error) === POOLER_REFUSAL && error instanceof Error)
      throw unusable(`it refuses transactions (${error.message})`);
    return null;
  }
}

async function sessionOf(client: Client): Promise<Session> {
  const { rows } = await client.query<Session>('select pg_backend_pid() as pid, current_setting($1, true) as probe', [
    PROBE,
  ]);
  return rows[0] ?? { pid: 0, probe: null };
}

function sharedBetweenTransactions(): StartError {
  return unusable('it changes hands between transactions');
}

function unusable(why: string): StartError {
  return new StartError([`DATABASE_URL: a pooler shares the connection to Postgres: ${why}. ${NEEDED}`]);
}
