import { DatabaseError } from 'pg';
import { AssentError } from '@assent/contract';
import type { SqlSession } from './sql-session';
import type { EffectsTable } from './sql-settings';

/** The statement that docs/tools.md gives to operators whose role may not create tables. */
const CREATE = `
  create table if not exists assent_effects (
    key text primary key,
    hash text not null,
    rows integer not null,
    applied_at timestamptz not null default now()
  )`;

/**
 * Ensures that the table of applied effects exists.
 * @throws AssentError `conflict` when it is missing and cannot be created
 */
export async function prepareLedger(session: SqlSession, table: EffectsTable, connection: string): Promise<void> {
  if (table === 'none') return;
  if (await ledgerExists(session)) return;
  if (table === 'existing') {
    throw new AssentError(
      'conflict',
      `The database of ${connection} has no table assent_effects for this role. Have it made as docs/tools.md shows.`,
    );
  }
  try {
    await session.run(CREATE);
  } catch (thrown) {
    // "if not exists" does not wait for another creation: it fails with 42P07, 42710 or 23505, by how far the other got.
    if (!(thrown instanceof DatabaseError) || !(await ledgerExists(session))) throw thrown;
  }
}

async function ledgerExists(session: SqlSession): Promise<boolean> {
  const [found] = await session.run("select pg_catalog.to_regclass('assent_effects') is not null as there");
  return found?.['there'] === true;
}

/**
 * Claims the key inside the open transaction. Waits for a transaction that already holds it.
 * @returns whether an earlier attempt has applied the same effect
 * @throws AssentError `conflict` when the key belongs to another effect
 */
export async function claim(session: SqlSession, key: string, hash: string, rows: number): Promise<'mine' | 'applied'> {
  const taken = await session.run(
    'insert into assent_effects (key, hash, rows) values ($1, $2, $3) on conflict (key) do nothing returning key',
    [key, hash, rows],
  );
  if (taken.length > 0) return 'mine';
  const [there] = await session.run('select hash from assent_effects where key = $1', [key]);
  if (there?.['hash'] === hash) return 'applied';
  throw new AssentError(
    'conflict',
    `The key ${key} was used for another statement on this database. Nothing was done.`,
  );
}
