import type { Client } from 'pg';
import { FORCED_POLICY, ROLE_POLICY, TENANT_ROLE, codeOf } from '@assent/platform';

const POLICY = 'tenant_wall';
/** SQLSTATE: our role lacks the right, or another session was faster. */
const INSUFFICIENT_PRIVILEGE = '42501';
const ALREADY_EXISTS = ['42710', '23505'];

interface TenantTable {
  readonly name: string;
  readonly enabled: boolean;
  readonly forced: boolean;
  /** Whether the table has the policy for the role, or the one for the owner. */
  readonly hasPolicy: boolean;
}

/**
 * Enables row-level security on every table that has a `tenant_id`. Call it under the migration lock, after the
 * migrations, so that no table can be forgotten. It changes nothing when everything is already set up.
 */
export async function enableRowLevelSecurity(client: Client): Promise<void> {
  const role = await ensureRole(client);
  const rule = role ? `to ${TENANT_ROLE} using (${ROLE_POLICY})` : `using (${FORCED_POLICY})`;
  for (const table of await tenantTables(client, role)) {
    const alter = async (action: string) => client.query(`alter table ${table.name} ${action}`);
    if (!table.hasPolicy) {
      await client.query(`drop policy if exists ${POLICY} on ${table.name}`);
      await client.query(`create policy ${POLICY} on ${table.name} ${rule}`);
    }
    if (!table.enabled) await alter('enable row level security');
    // Without the role, tenant work runs as the owner, who is subject to policies only if they are forced.
    if (table.forced && role) await alter('no force row level security');
    if (!table.forced && !role) await alter('force row level security');
  }
  if (role) await grant(client);
}

/** Creates the role for tenant work if the database permits it. @returns whether the server can assume the role */
async function ensureRole(client: Client): Promise<boolean> {
  try {
    await attempt(client, `create role ${TENANT_ROLE} nologin noinherit`, ALREADY_EXISTS);
    const { rows } = await client.query<{ member: boolean }>(
      `select pg_has_role(current_user, $1, 'MEMBER') as member`,
      [TENANT_ROLE],
    );
    // A superuser is a member of every role; a user that may create roles has to be made one.
    await attempt(client, `grant ${TENANT_ROLE} to current_user`, rows[0]?.member ? [INSUFFICIENT_PRIVILEGE] : []);
    await client.query(`set role ${TENANT_ROLE}`);
    await client.query('reset role');
    return true;
  } catch (error) {
    if (hasState(error, [INSUFFICIENT_PRIVILEGE])) return false;
    throw error;
  }
}

async function attempt(client: Client, statement: string, accepted: readonly string[]): Promise<void> {
  await client.query(statement).catch((error: unknown) => {
    if (!hasState(error, accepted)) throw error;
  });
}

function hasState(error: unknown, states: readonly string[]): boolean {
  return states.includes(codeOf(error) ?? '');
}

async function tenantTables(client: Client, role: boolean): Promise<TenantTable[]> {
  const { rows } = await client.query<TenantTable>(
    `select format('%I', c.relname) as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
       exists (select from pg_policy where polrelid = c.oid and polname = $1 and (polroles <> '{0}') = $2) as "hasPolicy"
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
     where c.relkind in ('r', 'p') and c.relnamespace = current_schema()::regnamespace order by c.relname`,
    [POLICY, role],
  );
  return rows;
}

/** Tenant work may use all of our tables; the policies select the rows. */
async function grant(client: Client): Promise<void> {
  const { rows: schemas } = await client.query<{ name: string }>(
    `select format('%I', nspname) as name from pg_namespace where nspname = current_schema() and not has_schema_privilege($1, oid, 'USAGE')`,
    [TENANT_ROLE],
  );
  for (const { name } of schemas) await client.query(`grant usage on schema ${name} to ${TENANT_ROLE}`);
  const { rows: tables } = await client.query<{ name: string; kind: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name, c.relkind as kind
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = current_schema() and c.relkind in ('r', 'p', 'S')
       and pg_has_role(current_user, c.relowner, 'USAGE') and not case when c.relkind = 'S' then has_sequence_privilege($1, c.oid, 'USAGE')
         else has_table_privilege($1, c.oid, 'SELECT') and has_table_privilege($1, c.oid, 'INSERT')
           and has_table_privilege($1, c.oid, 'UPDATE') and has_table_privilege($1, c.oid, 'DELETE') end`,
    [TENANT_ROLE],
  );
  for (const { name, kind } of tables) {
    const what = kind === 'S' ? `usage on sequence ${name}` : `select, insert, update, delete on ${name}`;
    await client.query(`grant ${what} to ${TENANT_ROLE}`);
  }
}
