/** Postgres settings, name to value. */
export type Settings = Readonly<Record<string, string>>;

/**
 * For one application server and its database on one small machine. Unlisted settings keep their Postgres defaults;
 * fsync, full_page_writes and synchronous_commit stay on.
 */
export const SMALL_MACHINE: Settings = {
  // Distinguishes our processes from those of another Postgres in a process list.
  cluster_name: 'assent',
  // The pools of a few processes; each idle connection costs about 2 MB.
  max_connections: '100',
  shared_buffers: '128MB',
  // Bounds the disk space of the log and the recovery time after a kill.
  max_wal_size: '512MB',
  // Our statements are short: JIT compilation and parallel execution cost more than they save.
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  // Reads hit the cache; the default would keep three additional processes for them.
  io_method: 'sync',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // The client already gets its errors. In the log they would disclose values of tenants.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
  log_line_prefix: '',
};

export const LOOPBACK = '127.0.0.1';

/** Not changeable by the caller: only this machine reaches the database, over one address. */
export function loopbackOnly(port: number): Settings {
  return { listen_addresses: LOOPBACK, port: String(port), unix_socket_directories: '' };
}

export function toArguments(settings: Settings): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
