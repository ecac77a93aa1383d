import { bigint, instant, json, text, uuid, table } from '@assent/platform';

/** The append-only audit, one hash chain per tenant: actor, action, subject, content hash and policy version. */
export const AUDIT_LOG = table(
  'audit_log',
  {
    id: uuid(),
    tenantId: text(),
    action: text(),
    actor: text(),
    subjectType: text(),
    subjectId: text(),
    runId: uuid().nullable(),
    /** Hash of the content that the line is about. */
    hash: text().nullable(),
    detail: json(),
    createdAt: instant(),
    /** Position in the chain of its tenant, from 1, without gaps. */
    position: bigint(),
    previousHash: text(),
    /** SHA-256 over the row and the previous hash. */
    rowHash: text(),
    policyVersion: text().nullable(),
  },
  {
    primaryKey: ['id'],
    indexes: {
      audit_log_position: { on: ['tenantId', 'position'], unique: true },
      audit_log_subject: ['subjectId'],
    },
  },
);

/** The head of a tenant's chain, locked by the writer that appends to the chain. */
export const AUDIT_HEADS = table(
  'audit_heads',
  {
    tenantId: text(),
    position: bigint(),
    hash: text(),
  },
  {
    primaryKey: ['tenantId'],
  },
);
