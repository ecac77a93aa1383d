import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Scope } from '@assent/contract';
import { Caller } from './caller';

const SCOPES: readonly Scope[] = ['run:write', 'run:read', 'approval:read', 'approval:decide', 'tool:admin'];
const SECRET_BYTES = 32;

/** A connection to the database, or something that runs a statement there. */
interface Statements {
  query(text: string, values: unknown[]): Promise<unknown>;
}

/** A person with their own API key, in the tenant of the local principals. */
export async function person(
  sql: Statements,
  url: string,
  subject: string,
  roles: readonly string[] = [],
  scopes: readonly Scope[] = SCOPES,
  issuers: readonly string[] | null = null,
): Promise<Caller> {
  const id = randomUUID();
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  await sql.query(
    `insert into api_keys (id, tenant_id, name, subject, scopes, roles, secret_hash, created_by, created_at, issuers)
     values ($1, 'local', $2, $2, $3, $4, $5, 'test', now(), $6)`,
    [id, subject, scopes, roles, createHash('sha256').update(secret).digest('hex'), issuers],
  );
  return new Caller(url, `aak_${id.replaceAll('-', '')}_${secret}`);
}
