/** Schema of the job queue; its tables are pg-boss's own. */
export const JOBS_SCHEMA = 'pgboss';

export interface QueueSettings {
  /** Seconds a job may be worked on; then its worker counts as dead, and another one takes it. */
  readonly expireInSeconds: number;
  /** Further tries of a job that has failed. */
  readonly retryLimit: number;
  /** Seconds before the first of them, doubled with each. */
  readonly retryDelay: number;
}

/**
 * Every queue there is: they are made in the migration step, because making them concurrently on a fresh database can
 * deadlock. Add yours here.
 */
export const QUEUES = {
  /** Webhook deliveries; the sender plans the tries itself (libs/approvals/src/webhooks). */
  webhook: { expireInSeconds: 30, retryLimit: 1_000_000, retryDelay: 1 },
} as const satisfies Record<string, QueueSettings>;

export type QueueName = keyof typeof QUEUES;
