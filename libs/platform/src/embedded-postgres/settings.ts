/** Postgres settings, name to value. */
export type Settings = Readonly<Record<string, string>>;

/**
 * For one application server and its database on one small machine. What is not named keeps the default of Postgres;
 * fsync, full_page_writes and synchronous_commit are left on.
 */
export const SMALL_MACHINE: Settings = {
  // Distinguishes our processes from those of another Postgres in a process list.
  cluster_name: 'assent',
  // The pools of a few processes; each idle connection costs about 2 MB.
  max_connections: '100',
  shared_buffers: '128MB',
  // Bounds the disk that the log takes and the time that recovery takes after a kill.
  max_wal_size: '512MB',
  // Our statements are short: compiling one, or dividing it among processes, costs more than running it.
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  // Reads hit the cache; the default would keep three more processes for them.
  io_method: 'sync',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // The client gets its errors already. Here they would carry values of tenants into the log.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
  log_line_prefix: '',
};

export const LOOPBACK = '127.0.0.1';

/** Not for the caller to change: nothing but this machine reaches the database, and by one way only. */
export function loopbackOnly(port: number): Settings {
  return { listen_addresses: LOOPBACK, port: String(port), unix_socket_directories: '' };
}

export function toArguments(settings: Settings): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
