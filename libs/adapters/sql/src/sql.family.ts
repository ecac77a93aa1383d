import type { Static } from '@sinclair/typebox';
import type { ToolAdapter, ToolFamily, ToolSource } from '@assent/tools';
import { sqlExecute, type ExecuteConnection } from './sql-execute.adapter';
import { SqlPool } from './sql-pool';
import { sqlQuery } from './sql-query.adapter';
import { limitsOf, SqlSettings } from './sql-settings';

/** `sql.query` for every configured database, `sql.execute` for those with a separate role for it. Off when none is configured. */
export const family: ToolFamily = {
  section: 'sql',
  settingsSchema: SqlSettings,
  create(settings: Static<typeof SqlSettings>, host) {
    const readers = new Map<string, SqlPool>();
    const writers = new Map<string, ExecuteConnection>();
    for (const [name, connection] of Object.entries(settings.connections ?? {})) {
      const { urlSecret, executeUrlSecret, effectsTable = 'none' } = connection;
      const limits = limitsOf(connection);
      readers.set(name, new SqlPool(name, host.secret(urlSecret), limits, 'read'));
      if (executeUrlSecret === undefined) continue;
      const pool = new SqlPool(name, host.secret(executeUrlSecret), limits, 'execute');
      writers.set(name, { pool, effectsTable });
    }
    if (readers.size === 0) return [];
    const tools: ToolAdapter[] = [sqlQuery(readers), ...(writers.size === 0 ? [] : [sqlExecute(writers)])];
    const pools = [...readers.values(), ...Array.from(writers.values(), ({ pool }) => pool)];
    const source: ToolSource = {
      start: () => Promise.resolve(),
      stop: async () => {
        await Promise.all(pools.map((pool) => pool.stop()));
      },
      tools: () => tools,
    };
    return [source];
  },
};
