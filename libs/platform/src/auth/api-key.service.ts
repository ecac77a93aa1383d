import { Injectable } from '@nestjs/common';
import { AssentError, type Principal, type Scope } from '@assent/contract';
import { newId } from '../ids';
import { ApiKeyPrincipals } from './api-key.principals';
import { ApiKeyRepository, LIVE_KEYS_MAX, type ApiKeyRecord } from './api-key.repository';
import { requireGrantable } from './api-key.rules';
import { makeApiKey, readKeyId } from './api-key.secret';
import { isPrincipalName, PRINCIPAL_NAME_RULE } from './principal.name';

export interface ApiKeyRequest {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Absent: the creator's own. */
  readonly subject?: string;
  readonly roles?: readonly string[];
  /** Absent: never. */
  readonly expiresAt?: Date;
}

const DEFAULT_PAGE = 50;

/** Gives out keys and takes them back. */
@Injectable()
export class ApiKeyService {
  constructor(
    private readonly keys: ApiKeyRepository,
    private readonly principals: ApiKeyPrincipals,
  ) {}

  /**
   * @returns the record and, this once, the key
   * @throws AssentError invalid, forbidden (more than the creator has), conflict (too many live keys)
   */
  async create(creator: Principal, request: ApiKeyRequest): Promise<{ record: ApiKeyRecord; key: string }> {
    const { name, scopes, subject = creator.subject, roles = [], expiresAt } = request;
    for (const [pointer, value] of [
      ['/subject', subject] as const,
      ...roles.map((role) => ['/roles', role] as const),
    ]) {
      if (!isPrincipalName(value))
        throw new AssentError('invalid', `${pointer.slice(1)}: ${PRINCIPAL_NAME_RULE}.`, { pointer });
    }
    if (expiresAt && !(expiresAt.getTime() > Date.now())) {
      throw new AssentError('invalid', 'expiresAt lies in the past: name a later time, or none.', {
        pointer: '/expiresAt',
      });
    }
    requireGrantable(creator, { subject, scopes, roles });
    const id = newId();
    const { key, secretHash } = makeApiKey(id);
    const record = await this.keys.insert({
      id,
      tenantId: creator.tenantId,
      name,
      subject,
      scopes: [...new Set(scopes)],
      roles: [...new Set(roles)],
      secretHash,
      createdBy: creator.subject,
      expiresAt: expiresAt ?? null,
    });
    if (record) return { record, key };
    throw new AssentError('conflict', `There are ${LIVE_KEYS_MAX} live keys already: revoke those that nobody uses.`);
  }

  /** @throws AssentError invalid (cursor) */
  async list(
    { tenantId }: Principal,
    { cursor, limit = DEFAULT_PAGE }: { cursor?: string; limit?: number },
  ): Promise<{ items: ApiKeyRecord[]; cursor: string | null }> {
    const before = cursor === undefined ? null : readKeyId(cursor);
    if (cursor !== undefined && before === null) {
      throw new AssentError('invalid', 'This cursor is not one of ours: pass the cursor of the page before.', {
        pointer: '/cursor',
      });
    }
    const items = await this.keys.list(tenantId, before, limit);
    return { items, cursor: items.length === limit ? (items.at(-1)?.id ?? null) : null };
  }

  /** @throws AssentError not_found */
  async get({ tenantId }: Principal, id: string): Promise<ApiKeyRecord> {
    const known = readKeyId(id);
    const key = known === null ? undefined : await this.keys.find(tenantId, known);
    if (key) return key;
    throw new AssentError('not_found', `There is no API key ${id.slice(0, 64)}: GET /keys lists them.`);
  }

  /** The second time it changes nothing. @throws AssentError not_found */
  async revoke(principal: Principal, id: string): Promise<ApiKeyRecord> {
    const { id: known } = await this.get(principal, id);
    await this.keys.revoke(principal.tenantId, known, principal.subject);
    this.principals.forget(known);
    return this.get(principal, known);
  }
}
