import { AssentError } from '@assent/contract';
import type { SqlSession } from './sql-session';

export type RoleKind = 'read' | 'execute';

/** Checks every role that the login can assume, because `set_config('role', ...)` is an ordinary function. */
const ROLE_FACTS = `
  with mine as (
    select oid, rolsuper from pg_catalog.pg_roles where pg_catalog.pg_has_role(session_user, oid, 'member')
  )
  select
    exists (select from mine where rolsuper) as superuser,
    (
      select c.oid::pg_catalog.regclass::text
      from pg_catalog.pg_class c join mine m on
        pg_catalog.has_table_privilege(m.oid, c.oid, 'insert, update, delete, truncate')
        or pg_catalog.has_any_column_privilege(m.oid, c.oid, 'insert, update')
      where c.relkind in ('r', 'p', 'v', 'f') and c.relnamespace not in (
        select oid from pg_catalog.pg_namespace where nspname in ('pg_catalog', 'information_schema')
      )
      limit 1
    ) as writable`;

/**
 * The role is the security boundary, because a statement might change the read-only setting of a transaction.
 * @throws AssentError `conflict` when the role of a connection has more rights than its tool needs
 */
export async function checkRole(session: SqlSession, connection: string, kind: RoleKind): Promise<void> {
  const [found] = await session.run(ROLE_FACTS);
  const more =
    found?.['superuser'] === true
      ? 'is, or can become, a superuser'
      : kind === 'read' && typeof found?.['writable'] === 'string'
        ? `can write to ${found['writable']}`
        : null;
  if (more === null) return;
  throw new AssentError(
    'conflict',
    `The ${kind} role of the connection ${connection} ${more}. Nothing was run: have a role configured that cannot.`,
  );
}
