import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import type { KEYS } from './server';

const SECRET_BYTES = 32;
const DEVELOPER_SCOPES = ['run:write', 'run:read'];
const REVIEWER_SCOPES = ['approval:read', 'approval:decide'];

/** Keys of a developer and a reviewer of another tenant. */
export async function createKeys(client: Client, tenantId: string): Promise<typeof KEYS> {
  return {
    developer: await createKey(client, tenantId, 'developer', DEVELOPER_SCOPES),
    reviewer: await createKey(client, tenantId, 'reviewer', REVIEWER_SCOPES),
  };
}

async function createKey(client: Client, tenantId: string, name: string, scopes: readonly string[]): Promise<string> {
  const id = randomUUID();
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  await client.query(
    `insert into api_keys (id, tenant_id, name, subject, scopes, roles, secret_hash, created_by, created_at)
     values ($1, $2, $3, $3, $4, '{}', $5, 'bench', now())`,
    [id, tenantId, name, scopes, createHash('sha256').update(secret).digest('hex')],
  );
  return `aak_${id.replaceAll('-', '')}_${secret}`;
}
