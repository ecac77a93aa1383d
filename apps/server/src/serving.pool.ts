import type { ClientBase, PoolConfig } from 'pg';
import { standbyFailure } from '@assent/platform';

const APPLICATION = 'assent';
/** Time to wait for a connection before a call fails as overloaded. */
const CONNECT_TIMEOUT_MS = 5_000;

/** No statement of ours takes this long. A longer one blocks others, or its connection has died silently. */
const STATEMENT_TIMEOUT_MS = 20_000;
/** The client's own timeout, for a server that no longer responds. */
const ANSWER_TIMEOUT_MS = 25_000;
/** The locks of a replica that stopped in the middle of an effect are released within the promised 30 s. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;

/** The pool that serves calls. A migration may take longer, so it does not use these limits. */
export function servingPool(url: string, size: number): PoolConfig {
  return {
    connectionString: url,
    max: size,
    application_name: APPLICATION,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    // Statements that do not wait for each other are sent together (Database.around, PipelinedConnection).
    pipeline: true,
    keepAlive: true,
    query_timeout: ANSWER_TIMEOUT_MS,
    // Not passed as login parameters, which poolers refuse or drop. The pool awaits this callback, although its types
    // do not say so.
    // eslint-disable-next-line @typescript-eslint/no-misused-promises
    onConnect: async (client: ClientBase) => {
      const { rows } = await client.query<{ isStandby: boolean }>(
        `select set_config('statement_timeout', $1, false), set_config('idle_in_transaction_session_timeout', $2, false),
           pg_is_in_recovery() as "isStandby"`,
        [String(STATEMENT_TIMEOUT_MS), String(IDLE_IN_TRANSACTION_TIMEOUT_MS)],
      );
      // Reads from a standby would be stale, and the connection would stay in the pool until the first write.
      if (rows[0]?.isStandby === true) throw standbyFailure();
    },
  };
}
