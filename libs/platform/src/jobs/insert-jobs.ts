import { Sql, cte, sql, type Cte } from '../database/sql';
import { QUEUES, type QueueName } from './queues';

/**
 * Jobs that commit with the change they follow from.
 * @param from a part of the same statement with the columns `id` (uuid, that of the job), `data` (jsonb), `key` (text) and
 * `start_after` (timestamptz)
 */
export function insertJobs(queue: QueueName, from: string): Cte {
  const { expireInSeconds, retryLimit, retryDelay } = QUEUES[queue];
  return cte(
    `${queue}_jobs`,
    sql`insert into pgboss.job (id, name, data, singleton_key, start_after, retry_limit, retry_delay, retry_backoff, expire_in, keep_until)
      select id, ${queue}::text, data, key, start_after, ${retryLimit}::integer, ${retryDelay}::integer, true,
        make_interval(secs => ${expireInSeconds}::integer), 'infinity' from ${new Sql([from], [])}
      on conflict (name, id) do update set start_after = excluded.start_after where pgboss.job.state < 'active'`,
  );
}
