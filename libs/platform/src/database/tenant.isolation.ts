import type { ClientBase, QueryConfig } from 'pg';

/** Role of tenant work, if the database permits it: it owns nothing, so row-level security applies to it. */
export const TENANT_ROLE = 'assent_tenant';
/** Connection setting that the policies compare with `tenant_id`. */
export const TENANT_SETTING = 'assent.tenant';

/**
 * `role`: tenant work runs as TENANT_ROLE. `forced`: the policies also apply to the owner of the tables. `none`: they
 * do not apply.
 */
export type TenantIsolation = 'role' | 'forced' | 'none';

interface RowSecurityFacts {
  readonly enabled: boolean;
  readonly forced: boolean;
  readonly bypasses: boolean;
  readonly usable: boolean;
}

const OWN_TENANT_ROW = `tenant_id = current_setting('${TENANT_SETTING}', true)`;

/**
 * The policy of every table, for TENANT_ROLE: a bare comparison, which the query planner combines with that of the
 * statement.
 */
export const ROLE_POLICY = OWN_TENANT_ROW;
/** The same for an owner on whom it is forced: rows of the connection's tenant; all rows for work that is for no tenant. */
export const FORCED_POLICY = `${OWN_TENANT_ROW} or coalesce(current_setting('${TENANT_SETTING}', true), '') = ''`;

/** How row-level security protects the schema of this connection. */
export async function tenantIsolationOf(client: Pick<ClientBase, 'query'>): Promise<TenantIsolation> {
  const { rows } = await client.query<RowSecurityFacts>(
    `select coalesce(runs.relrowsecurity, false) as enabled, coalesce(runs.relforcerowsecurity, false) as forced,
       me.rolsuper or me.rolbypassrls as bypasses,
       coalesce((select pg_has_role(me.oid, oid, 'MEMBER') and has_table_privilege(oid, runs.oid, 'SELECT, UPDATE')
         from pg_roles where rolname = $1), false) as usable
     from pg_roles me left join pg_class runs on runs.oid = to_regclass('runs') where me.rolname = current_user`,
    [TENANT_ROLE],
  );
  const [facts] = rows;
  if (!facts?.enabled) return 'none';
  if (facts.usable && !facts.forced) return 'role';
  return facts.forced && !facts.bypasses ? 'forced' : 'none';
}

/**
 * The statement that sets the tenant of a connection, or all tenants (null). It MUST NOT be sent inside a transaction.
 */
export function switchTenantQuery(tenantId: string | null, kind: TenantIsolation): QueryConfig {
  if (kind !== 'role') {
    return { name: 'assent_enter', text: 'select set_config($1, $2, false)', values: [TENANT_SETTING, tenantId ?? ''] };
  }
  return {
    name: 'assent_enter_as',
    text: `select set_config('role', $3, false), set_config($1, $2, false)`,
    values: [TENANT_SETTING, tenantId ?? '', tenantId === null ? 'none' : TENANT_ROLE],
  };
}
