import { Inject, Injectable } from '@nestjs/common';
import { AssentError, type Key, type Page, type Principal, type Scope, invalidCursor, pageOf } from '@assent/contract';
import {
  compileGlob,
  newId,
  isPrincipalName,
  isSubjectName,
  PRINCIPAL_NAME_RULE,
  SUBJECT_NAME_RULE,
} from '@assent/platform';
import { ApiKeyPrincipals, KEY_PREFIX } from './api-key.principals';
import { ApiKeyRepository, LIVE_KEYS_MAX, type ApiKeyRecord, type NewApiKey } from './api-key.repository';
import { grantedExpiry, requireGrantable, requireKeyMaker, requireRevocable } from './api-key.rules';
import { createApiKey, readKeyId } from './api-key.secret';
import { LocalPrincipals } from './local-principals';
import { peopleBehind } from './people';

export interface ApiKeyRequest {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Absent: the creator's own. */
  readonly subject?: string;
  readonly roles?: readonly string[];
  /** Globs; absent: all. */
  readonly mcpServers?: readonly string[];
  readonly tools?: readonly string[];
  /** Absent: the end of the creator's credential, or never if that has none. */
  readonly expiresAt?: Date;
}

/** The permissions of a new key, and its end. */
type IssuedGrant = Pick<
  NewApiKey,
  'name' | 'subject' | 'scopes' | 'roles' | 'expiresAt' | 'isSession' | 'mcpServers' | 'tools'
>;

const DEFAULT_PAGE = 50;

/** Issues and revokes keys. */
@Injectable()
export class ApiKeyService {
  constructor(
    private readonly keys: ApiKeyRepository,
    private readonly principals: ApiKeyPrincipals,
    @Inject(LocalPrincipals) private readonly local: Pick<LocalPrincipals, 'originOf'>,
  ) {}

  /**
   * @returns the record and, only this time, the key
   * @throws AssentError invalid, forbidden (exceeds the creator's rights or end; a session), conflict (too many live keys)
   */
  async create(creator: Principal, request: ApiKeyRequest): Promise<{ record: ApiKeyRecord; key: string }> {
    const { name, scopes, subject = creator.subject, roles = [], expiresAt, mcpServers = null, tools = null } = request;
    requireKeyMaker(creator);
    if (!isSubjectName(subject)) {
      throw new AssentError('invalid', `subject: ${SUBJECT_NAME_RULE}.`, { pointer: '/subject' });
    }
    if (!roles.every(isPrincipalName)) {
      throw new AssentError('invalid', `roles: ${PRINCIPAL_NAME_RULE}.`, { pointer: '/roles' });
    }
    requireGlobs(mcpServers ?? [], '/mcpServers');
    requireGlobs(tools ?? [], '/tools');
    if (expiresAt && !(expiresAt.getTime() > Date.now())) {
      throw new AssentError('invalid', 'expiresAt is in the past. Give a later time, or leave it out.', {
        pointer: '/expiresAt',
      });
    }
    requireGrantable(creator, { subject, scopes, roles });
    const end = grantedExpiry(creator, expiresAt ?? null);
    const grant = { name, subject, scopes, roles, mcpServers, tools };
    return this.issue(creator, { ...grant, expiresAt: end, isSession: false });
  }

  /**
   * Creates a key for a grant that was already checked.
   * @throws AssentError conflict (too many live keys)
   */
  async issue(creator: Principal, grant: IssuedGrant): Promise<{ record: ApiKeyRecord; key: string }> {
    const id = newId();
    const { key, secretHash } = createApiKey(id);
    const record = await this.keys.insert({
      ...grant,
      id,
      tenantId: creator.tenantId,
      scopes: [...new Set(grant.scopes)],
      roles: [...new Set(grant.roles)],
      secretHash,
      createdBy: creator.subject,
      issuers: peopleBehind(creator),
      issuedWith: this.issuerOf(creator),
    });
    if (record) return { record, key };
    throw new AssentError('conflict', `There are ${LIVE_KEYS_MAX} live keys already. Revoke unused ones.`);
  }

  /** @throws AssentError invalid (cursor) */
  async list(
    { tenantId }: Principal,
    { cursor, limit = DEFAULT_PAGE }: { cursor?: string; limit?: number },
  ): Promise<Page<ApiKeyRecord>> {
    const before = cursor === undefined ? null : readKeyId(cursor);
    if (cursor !== undefined && before === null) {
      throw invalidCursor();
    }
    const keys = await this.keys.list(tenantId, before, limit);
    return pageOf(
      keys,
      limit,
      (key) => this.principals.standing(key),
      ({ id }) => id,
    );
  }

  /** @throws AssentError not_found */
  async get({ tenantId }: Principal, id: string): Promise<ApiKeyRecord> {
    const known = readKeyId(id);
    const key = known === null ? undefined : await this.keys.find(tenantId, known);
    if (key) return this.principals.standing(key);
    throw new AssentError('not_found', `There is no API key ${id.slice(0, 64)}. GET /keys lists them.`);
  }

  /**
   * Revokes a key and all keys derived from it. Idempotent.
   * @throws AssentError not_found, forbidden (it has more rights than the principal)
   */
  async revoke(principal: Principal, id: string): Promise<ApiKeyRecord> {
    const key = await this.get(principal, id);
    requireRevocable(principal, key);
    await this.keys.revoke(principal.tenantId, key.id, principal.subject);
    this.principals.forget();
    return this.get(principal, key.id);
  }

  /** The credential whose end also ends a new key. */
  private issuerOf({ credential, subject }: Principal): NewApiKey['issuedWith'] {
    if (credential === undefined) return { origin: 'operator' };
    if (credential === 'local') return { origin: this.local.originOf(subject) };
    return credential === 'token' ? { origin: credential } : { key: credential.slice(KEY_PREFIX.length) };
  }
}

function requireGlobs(globs: readonly string[], pointer: string): void {
  for (const [index, glob] of globs.entries()) {
    try {
      compileGlob(glob);
    } catch (thrown) {
      const problem = thrown instanceof Error ? thrown.message : String(thrown);
      throw new AssentError('invalid', `The glob ${JSON.stringify(glob)} ${problem}.`, {
        pointer: `${pointer}/${index}`,
      });
    }
  }
}

/** The wire form of a key: everything but the secret. */
export function toWireKey(key: ApiKeyRecord): Key {
  return {
    id: key.id,
    name: key.name,
    subject: key.subject,
    scopes: [...key.scopes],
    roles: [...key.roles],
    ...(key.mcpServers && { mcpServers: [...key.mcpServers] }),
    ...(key.tools && { tools: [...key.tools] }),
    state: key.state,
    createdBy: key.createdBy,
    createdAt: key.createdAt.toISOString(),
    expiresAt: key.expiresAt?.toISOString() ?? null,
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
    revokedAt: key.revokedAt?.toISOString() ?? null,
  };
}
