import { Injectable } from '@nestjs/common';
import {
  ADMIN_ROLE,
  AssentError,
  DEFAULT_PAGE,
  pageOf,
  readUuidCursor,
  type Identity,
  type NewIdentity,
  type OnBehalfOf,
  type Page,
  type Principal,
} from '@assent/contract';
import { PRINCIPAL_NAME_RULE, SUBJECT_NAME_RULE, isPrincipalName, isSubjectName, newId } from '@assent/platform';
import { requireKeyMaker } from './api-key.rules';
import { ExternalIdentityRepository, type ExternalIdentityRecord } from './external-identity.repository';
import { peopleBehind } from './people';

/** Maximum number of mapped accounts per tenant: more than the reviewers of a large company. */
const IDENTITIES_MAX = 10_000;

/** Accounts at other providers, mapped to the subjects for which they decide by callback. */
@Injectable()
export class ExternalIdentities {
  constructor(private readonly identities: ExternalIdentityRepository) {}

  /** @throws AssentError invalid, forbidden (exceeds the caller's rights), conflict (mapped already; too many) */
  async create(principal: Principal, { provider, externalId, subject, roles = [] }: NewIdentity): Promise<Identity> {
    const { tenantId } = principal;
    requireMapper(principal, roles);
    if (!isSubjectName(subject)) {
      throw new AssentError('invalid', `subject: ${SUBJECT_NAME_RULE}.`, { pointer: '/subject' });
    }
    if (!roles.every(isPrincipalName)) {
      throw new AssentError('invalid', `roles: ${PRINCIPAL_NAME_RULE}.`, { pointer: '/roles' });
    }
    const created = await this.identities.insert(
      tenantId,
      {
        id: newId(),
        provider,
        externalId,
        subject,
        roles: [...new Set(roles)],
        mappedBy: peopleBehind(principal),
        createdBy: principal.subject,
      },
      IDENTITIES_MAX,
    );
    if (created) return toWireIdentity(created);
    const known = await this.identities.find(tenantId, { provider, externalId });
    if (!known) {
      throw new AssentError('conflict', `There are ${IDENTITIES_MAX} identities already. Delete unused ones.`);
    }
    throw new AssentError(
      'conflict',
      `The ${provider} account ${externalId} speaks for "${known.subject}" already. Delete the identity ${known.id} first.`,
      { identityId: known.id },
    );
  }

  /** @throws AssentError forbidden, invalid (cursor) */
  async list(
    principal: Principal,
    { cursor, limit = DEFAULT_PAGE }: { readonly cursor?: string; readonly limit?: number },
  ): Promise<Page<Identity>> {
    requireAdmin(principal);
    const rows = await this.identities.list(principal.tenantId, readUuidCursor(cursor), limit);
    return pageOf(rows, limit, toWireIdentity, ({ id }) => id);
  }

  /** @throws AssentError forbidden, not_found */
  async remove(principal: Principal, id: string): Promise<void> {
    requireAdmin(principal);
    if (await this.identities.remove(principal.tenantId, id, principal.subject)) return;
    throw new AssentError('not_found', `There is no identity ${id}. GET /identities lists them.`);
  }

  /** The identity of an account. @throws AssentError unknown_actor */
  async of(tenantId: string, account: OnBehalfOf): Promise<ExternalIdentityRecord> {
    const known = await this.identities.find(tenantId, account);
    if (known) return known;
    const { provider, externalId, displayName } = account;
    const name = displayName === undefined ? '' : ` (${JSON.stringify(displayName)})`;
    throw new AssentError(
      'unknown_actor',
      `The ${provider} account ${externalId}${name} is not mapped to a subject. An admin maps it with POST /identities.`,
      { provider, externalId },
    );
  }
}

/**
 * A mapping lets the subject decide with these roles, so the mapper needs the scope and all of the roles.
 * @throws AssentError forbidden
 */
export function requireMapper(principal: Principal, roles: readonly string[]): void {
  requireKeyMaker(principal);
  requireAdmin(principal);
  const { subject, scopes } = principal;
  if (!scopes.has('approval:decide')) {
    throw new AssentError(
      'forbidden',
      `"${subject}" cannot map an account that decides approvals: it lacks the scope approval:decide itself.`,
      { scope: 'approval:decide' },
    );
  }
  const foreign = roles.filter((role) => !principal.roles.has(role));
  if (foreign.length === 0) return;
  throw new AssentError('forbidden', `"${subject}" lacks the roles ${foreign.join(', ')} and cannot grant them.`, {
    roles: foreign,
  });
}

/** @throws AssentError forbidden */
export function requireAdmin({ subject, roles }: Principal): void {
  if (roles.has(ADMIN_ROLE)) return;
  throw new AssentError(
    'forbidden',
    `"${subject}" lacks the role ${ADMIN_ROLE}, which decides who speaks for whom. Ask an admin of the tenant.`,
    { role: ADMIN_ROLE },
  );
}

function toWireIdentity(record: ExternalIdentityRecord): Identity {
  const { id, provider, externalId, subject, roles, createdBy, createdAt } = record;
  return { id, provider, externalId, subject, roles: [...roles], createdBy, createdAt: createdAt.toISOString() };
}
