import { bigint, instant, json, text, uuid, table } from '@assent/platform';

/** Append-only, a hash chain for each tenant: who did what, to what, on which content, under which policy. */
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
    /** Of the content it is about. */
    hash: text().nullable(),
    detail: json(),
    createdAt: instant(),
    /** Its place in the chain of its tenant, from 1, without a gap. */
    position: bigint(),
    previousHash: text(),
    /** SHA-256 over the row and the hash before it. */
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

/** The end of a tenant's chain: locked by the writer that appends to it. */
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
