import type { Client } from 'pg';
import { TENANT_ROLE, isLoopback, tenantIsolationOf, type Config } from '@assent/platform';
import { connected } from '../../../server/src/connect';
import { MIGRATIONS } from '../../../server/src/migrations';
import { migrationsDone } from '../../../server/src/migrate';
import { requireSession } from '../../../server/src/session.check';
import { problemsOf } from '../../../server/src/start.problems';
import { fail, findingOf, ok, warn, type Finding } from './finding';

const DATABASE = 'DATABASE_URL';
/** Times of Postgres and of the process are compared with each other, and leases last seconds (`LEASE_SECONDS`). */
const CLOCK_WARN_MS = 1_000;
const CLOCK_FAIL_MS = 10_000;
/** The connection of a replica that listens for notifications, outside of its pool (docs/deployment.md). */
const LISTENER = 1;
const OLDEST_TESTED = 15;
const PER_MAJOR = 10_000;
const MS_PER_SECOND = 1_000;

interface Facts {
  readonly version: string;
  readonly versionNumber: number;
  readonly readOnly: boolean;
  readonly encoding: string;
  readonly fsync: string;
  readonly synchronousCommit: string;
  readonly fullPageWrites: string;
  readonly idleSessionTimeout: string;
  readonly encrypted: boolean;
  readonly free: number;
  readonly role: string;
  readonly database: string;
  readonly schema: string | null;
  readonly mayCreate: boolean;
  readonly owner: string | null;
  readonly isOwner: boolean;
  readonly mayCreateRole: boolean;
  readonly mayBeTenantRole: boolean;
  readonly bypasses: boolean;
}

/** The database of `DATABASE_URL`; changes nothing in it. The server sets up the embedded one itself. */
export async function databaseFindings({ env }: Config, now: () => number = Date.now): Promise<Finding[]> {
  const { DATABASE_URL, DATABASE_POOL_SIZE } = env;
  if (DATABASE_URL === undefined) return [ok(DATABASE, 'is not set: the server runs an embedded Postgres in DATA_DIR')];
  try {
    return await connected(DATABASE_URL, async (client) => {
      const facts = await factsOf(client);
      const clock = await clockOf(client, now);
      return [
        ...serverFindings(facts),
        await sessionFinding(client, DATABASE_URL),
        ...durabilityFindings(facts),
        ...rightsFindings(facts),
        await isolationFinding(client, facts),
        ...(facts.isOwner ? await schemaFindings(client) : []),
        connectionsFinding(facts, DATABASE_POOL_SIZE),
        encryptionFinding(facts, client.host),
        clock,
      ];
    });
  } catch (error) {
    return problemsOf(error).map((problem) => findingOf('fail', problem, DATABASE));
  }
}

async function factsOf(client: Client): Promise<Facts> {
  const { rows } = await client.query<Facts>(
    `select split_part(current_setting('server_version'), ' ', 1) as version,
       current_setting('server_version_num')::integer as "versionNumber",
       current_setting('transaction_read_only') = 'on' as "readOnly",
       pg_encoding_to_char(d.encoding) as encoding,
       current_setting('fsync') as fsync, current_setting('synchronous_commit') as "synchronousCommit",
       current_setting('full_page_writes') as "fullPageWrites",
       coalesce(current_setting('idle_session_timeout', true), '0') as "idleSessionTimeout",
       coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as encrypted,
       current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer
         - coalesce((select sum(numbackends) from pg_stat_database), 0)::integer as free,
       me.rolname as role, d.datname as database, current_schema() as schema,
       coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) as "mayCreate",
       (select pg_get_userbyid(relowner) from pg_class where oid = to_regclass('runs')) as owner,
       coalesce((select pg_has_role(relowner, 'USAGE') from pg_class where oid = to_regclass('runs')), true) as "isOwner",
       me.rolsuper or me.rolcreaterole as "mayCreateRole",
       coalesce((select pg_has_role(me.oid, oid, 'MEMBER') from pg_roles where rolname = $1), false) as "mayBeTenantRole",
       me.rolsuper or me.rolbypassrls as bypasses
     from pg_database d cross join pg_roles me where d.datname = current_database() and me.rolname = current_user`,
    [TENANT_ROLE],
  );
  const [facts] = rows;
  if (!facts) throw new Error('Postgres does not know the role of its own connection.');
  return facts;
}

function serverFindings({ version, versionNumber, database, role, readOnly, encoding }: Facts): Finding[] {
  const findings = [
    versionNumber < OLDEST_TESTED * PER_MAJOR
      ? warn(DATABASE, `Postgres ${version} is older than ${OLDEST_TESTED}, the oldest that was tested. Upgrade it.`)
      : ok(DATABASE, `Postgres ${version} answers, database "${database}", role "${role}"`),
  ];
  if (readOnly) {
    const why = 'default_transaction_read_only is on for this role or database: no run could be stored';
    findings.push(fail(DATABASE, `${why}. Set it to off.`));
  }
  if (encoding !== 'UTF8') {
    findings.push(
      fail(DATABASE, `the database stores ${encoding}, which cannot represent every character. Create one with UTF8.`),
    );
  }
  return findings;
}

async function sessionFinding(client: Client, url: string): Promise<Finding> {
  try {
    await requireSession(client, url);
    return ok(DATABASE, 'a connection keeps its session: no pooler shares it between transactions');
  } catch (error) {
    return findingOf('fail', problemsOf(error).join(' '), DATABASE);
  }
}

function durabilityFindings({ fsync, synchronousCommit, fullPageWrites, idleSessionTimeout }: Facts): Finding[] {
  const findings: Finding[] = [];
  const unsafe = (setting: string, loss: string) =>
    fail('durability', `${setting} = off: ${loss}. Set it to on and reload Postgres.`);
  if (fsync === 'off') findings.push(unsafe('fsync', 'a power failure can destroy the database'));
  if (fullPageWrites === 'off') findings.push(unsafe('full_page_writes', 'a power failure can destroy pages'));
  if (synchronousCommit === 'off') {
    findings.push(unsafe('synchronous_commit', 'decisions that were confirmed can be lost in a crash'));
  }
  if (findings.length === 0) {
    findings.push(
      ok('durability', `a commit is on disk before it is confirmed (synchronous_commit = ${synchronousCommit})`),
    );
  }
  if (!['0', '0ms'].includes(idleSessionTimeout)) {
    findings.push(
      warn(
        'idle_session_timeout',
        `${idleSessionTimeout} closes the idle connection that listens for notifications. Set it to 0 for this role.`,
      ),
    );
  }
  return findings;
}

function rightsFindings({ role, schema, mayCreate, owner, isOwner }: Facts): Finding[] {
  if (!isOwner) {
    const remedy = `Connect as "${owner ?? ''}", or grant that role to "${role}".`;
    return [fail('rights', `the tables belong to "${owner ?? ''}", so "${role}" cannot migrate them. ${remedy}`)];
  }
  if (schema === null) {
    return [fail('rights', 'no schema of the search_path exists. Create one, or correct the search_path of the role.')];
  }
  return mayCreate
    ? [ok('rights', `"${role}" may create tables in the schema "${schema}"`)]
    : [fail('rights', `"${role}" may not create tables: grant create on schema ${schema} to "${role}".`)];
}

async function isolationFinding(client: Client, facts: Facts): Promise<Finding> {
  const subject = 'tenants';
  if (facts.owner === null) {
    if (facts.mayCreateRole || facts.mayBeTenantRole) {
      return ok(subject, `row-level security will hold, by the role "${TENANT_ROLE}"`);
    }
    return facts.bypasses
      ? warn(
          subject,
          `"${facts.role}" bypasses row-level security. Take BYPASSRLS from it, or create "${TENANT_ROLE}".`,
        )
      : ok(subject, 'row-level security will hold, forced on the owner of the tables');
  }
  const isolation = await tenantIsolationOf(client);
  return isolation === 'none'
    ? warn(subject, 'row-level security is not in effect: see "Row-level security" in docs/identity.md, then migrate.')
    : ok(subject, `row-level security holds (${isolation})`);
}

async function schemaFindings(client: Client): Promise<Finding[]> {
  const done = await migrationsDone(client);
  const known = new Set(MIGRATIONS.map(({ name }) => name));
  const missing = [...known].filter((name) => !done.has(name)).length;
  const newer = [...done].filter((name) => !known.has(name)).length;
  const findings = [
    missing === 0
      ? ok('schema', `all ${known.size} migrations are done`)
      : warn(
          'schema',
          `${missing} of ${known.size} migrations are pending. Run "npm run migrate", or let the next start do it.`,
        ),
  ];
  if (newer > 0) {
    findings.push(
      warn(
        'schema',
        `${newer} migrations are from a newer version. Only the version directly before it runs on this schema.`,
      ),
    );
  }
  const { rows } = await client.query<{ name: string; installed: boolean }>(
    `select name, installed_version is not null as installed from pg_available_extensions where name in ('pg_trgm', 'vector')`,
  );
  for (const [name, loss] of [
    ['pg_trgm', 'memory finds no fragments by similar spelling'],
    ['vector', 'memory compares vectors without an index'],
  ] as const) {
    const found = rows.find((row) => row.name === name);
    if (found?.installed) findings.push(ok('extension', `${name} is installed`));
    else if (name === 'pg_trgm' || found) {
      const how = found ? `create extension ${name} as a superuser, then migrate` : "install Postgres' contrib package";
      findings.push(warn('extension', `${name} is not installed: ${loss}. To have it, ${how}.`));
    }
  }
  return findings;
}

function connectionsFinding({ free }: Facts, poolSize: number): Finding {
  const needed = poolSize + LISTENER;
  const counts = `one replica opens up to ${needed} (DATABASE_POOL_SIZE=${poolSize}), ${free} are free now`;
  return free < needed
    ? warn('connections', `${counts}. Raise max_connections, or lower DATABASE_POOL_SIZE.`)
    : ok('connections', counts);
}

function encryptionFinding({ encrypted }: Facts, host: string): Finding {
  if (encrypted) return ok('encryption', 'the connection to Postgres is encrypted');
  return isLoopback(host) || host.startsWith('/')
    ? ok('encryption', 'the connection to Postgres does not leave this machine')
    : warn('encryption', `the connection to ${host} is not encrypted. Add ?sslmode=verify-full to DATABASE_URL.`);
}

/** Postgres reads its clock between the two readings of ours. */
async function clockOf(client: Client, now: () => number): Promise<Finding> {
  const before = now();
  const { rows } = await client.query<{ ms: string }>(
    'select (extract(epoch from clock_timestamp()) * 1000)::bigint as ms',
  );
  const after = now();
  const theirs = Number(rows[0]?.ms);
  const off = theirs < before ? before - theirs : Math.max(0, theirs - after);
  const text = `this machine and Postgres differ by ${(off / MS_PER_SECOND).toFixed(1)} s`;
  if (off < CLOCK_WARN_MS) return ok('clock', text);
  const remedy = 'Synchronize both (NTP): leases, expiry and signatures compare their times.';
  return off < CLOCK_FAIL_MS ? warn('clock', `${text}. ${remedy}`) : fail('clock', `${text}. ${remedy}`);
}
