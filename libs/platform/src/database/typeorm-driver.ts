import type { Pool } from 'pg';

/** The part of pg that TypeORM's `driver` option uses. */
interface PostgresDriver {
  readonly Pool: new () => Pick<Pool, 'connect' | 'on'> & { end(done: () => void): void };
}

/**
 * TypeORM's `driver` option backed by an existing pool. TypeORM uses this pool instead of opening one, and cannot close
 * it; the owner closes it.
 */
export function driverOf(pool: Pool): PostgresDriver {
  return {
    Pool: class {
      readonly connect = pool.connect.bind(pool);
      readonly on = pool.on.bind(pool);
      end(done: () => void): void {
        done();
      }
    },
  };
}
