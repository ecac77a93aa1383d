import type { ClientBase, PoolConfig } from 'pg';
import { standbyFailure } from '@assent/platform';

const APPLICATION = 'assent';
/** Time to wait for a connection before a call fails as overloaded. */
const CONNECT_TIMEOUT_MS = 5_000;

/** No statement of ours takes this long. A longer one blocks others, or its connection is dead without notice. */
const STATEMENT_TIMEOUT_MS = 20_000;
/** The client's own clock, for a server that cannot answer any more. */
const ANSWER_TIMEOUT_MS = 25_000;
/** A replica that stopped in the middle of an effect gives its locks back within the promised 30 s. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;

/** Connections that serve calls. A migration may take longer, and has none of these limits. */
export function servingPool(url: string, size: number): PoolConfig {
  return {
    connectionString: url,
    max: size,
    application_name: APPLICATION,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    // Statements that do not wait for each other go out together (Database.around, Lane).
    pipeline: true,
    keepAlive: true,
    query_timeout: ANSWER_TIMEOUT_MS,
    // Not among the parameters of the login, which poolers refuse, or drop. The pool awaits it; its types do not say so.
    // eslint-disable-next-line @typescript-eslint/no-misused-promises
    onConnect: async (client: ClientBase) => {
      const { rows } = await client.query<{ isStandby: boolean }>(
        `select set_config('statement_timeout', $1, false), set_config('idle_in_transaction_session_timeout', $2, false),
           pg_is_in_recovery() as "isStandby"`,
        [String(STATEMENT_TIMEOUT_MS), String(IDLE_IN_TRANSACTION_TIMEOUT_MS)],
      );
      // Its reads would be old, and the connection would stay in the pool until the first write.
      if (rows[0]?.isStandby === true) throw standbyFailure();
    },
  };
}
