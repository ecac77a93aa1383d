import { instant, text, uuid, table, boolean } from '@assent/platform';

/** A key that a tenant has given out. The secret itself is stored nowhere. */
export const API_KEYS = table(
  'api_keys',
  {
    id: uuid(),
    tenantId: text(),
    name: text(),
    subject: text(),
    scopes: text().array(),
    roles: text().array(),
    /** SHA-256 of the secret part, in hex. */
    secretHash: text(),
    createdBy: text(),
    /** The keys that it was made with, the first one first: it is revoked with any of them. */
    ancestors: uuid().array().default([]),
    /** The credential that made the first of them: `operator`, `token` or `local:<fingerprint>`. Null: made by an older version. */
    origin: text().nullable(),
    /** The people behind the credential that made it, the nearest first; null: an older version has made it. */
    issuers: text().array().nullable(),
    createdAt: instant(),
    expiresAt: instant().nullable(),
    /** Up to an hour behind. */
    lastUsedAt: instant().nullable(),
    revokedAt: instant().nullable(),
    revokedBy: text().nullable(),
  },
  {
    primaryKey: ['id'],
    indexes: {
      api_keys_listing: ['tenantId', 'id'],
    },
  },
);

/** A tenant's own setting of a feature flag; without a row the configuration holds. */
export const FEATURE_FLAGS = table(
  'feature_flags',
  {
    tenantId: text(),
    flag: text(),
    enabled: boolean(),
    actor: text(),
    updatedAt: instant(),
  },
  {
    primaryKey: ['tenantId', 'flag'],
  },
);
