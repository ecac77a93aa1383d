import { instant, text, uuid, table, boolean } from '@assent/platform';

/** A key that a tenant has issued. The secret itself is not stored. */
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
    /** The issuing key and its ancestors, the first one first: revoking any of them revokes this key. */
    ancestors: uuid().array().default([]),
    /**
     * The credential that created the first ancestor: `operator`, `token` or `local:<fingerprint>`. Null: created by an
     * older version.
     */
    origin: text().nullable(),
    /** The people behind the issuing credential, the nearest first; null: issued by an older version. */
    issuers: text().array().nullable(),
    /** Globs of the MCP servers and of the tools that it may call through the MCP gateway; null: all. */
    mcpServers: text().array().nullable(),
    tools: text().array().nullable(),
    /** A session of the console. */
    isSession: boolean().default(false),
    createdAt: instant(),
    expiresAt: instant().nullable(),
    /** Accurate to an hour. */
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

/** An account at another provider that decides for a subject by callback. */
export const IDENTITIES = table(
  'identities',
  {
    id: uuid(),
    tenantId: text(),
    provider: text(),
    externalId: text(),
    subject: text(),
    /** Roles with which the subject decides. */
    roles: text().array(),
    /** The people behind the credential that mapped it. */
    mappedBy: text().array(),
    createdBy: text(),
    createdAt: instant(),
  },
  {
    primaryKey: ['id'],
    indexes: {
      identities_account: { on: ['tenantId', 'provider', 'externalId'], unique: true },
      identities_listing: ['tenantId', 'id'],
    },
  },
);

/** The one-time link of a session for another device; one for each session. */
export const SESSION_LINKS = table(
  'session_links',
  {
    /** The session that created it. */
    keyId: uuid(),
    tenantId: text(),
    tokenHash: text(),
    expiresAt: instant(),
  },
  {
    primaryKey: ['keyId'],
    indexes: {
      session_links_token: { on: ['tokenHash'], unique: true },
    },
  },
);

/** A tenant's own setting of a feature flag; without a row the configuration applies. */
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
