import { Injectable } from '@nestjs/common';
import { AssentError, type MethodResult, type Principal } from '@assent/contract';
import { Config, forTenant } from '@assent/platform';
import { ApiKeyPrincipals, KEY_PREFIX } from './api-key.principals';
import { ApiKeyRepository } from './api-key.repository';
import { requireKeyMaker } from './api-key.rules';
import { ApiKeyService } from './api-key.service';
import { LocalPrincipals } from './local-principals';
import { DeviceLinkRepository } from './device-link.repository';
import { SessionLinks, invalidLink, isLinkToken, mayOpenDevice, type LinkRequest } from './session.links';

type Opened = MethodResult<'session/open'>['sessions'][number];

const NAME = 'console';
const MINUTE_MS = 60_000;
const LIFE_MS = 12 * 60 * MINUTE_MS;
const SEATS_LINK_MS = 10 * MINUTE_MS;
const DEVICE_LINK_SECONDS = 300;
/** Live sessions of a subject; one more ends the oldest. */
export const SESSIONS_MAX = 20;

/**
 * Sessions of the console. A session is an API key of the same subject, scopes and roles as the credential that opened
 * it. It ends after twelve hours, or earlier with that credential, and cannot create keys.
 */
@Injectable()
export class SessionService {
  private readonly links = new SessionLinks();
  private loopbackUrl: string | null = null;

  constructor(
    private readonly keys: ApiKeyService,
    private readonly repository: ApiKeyRepository,
    private readonly principals: ApiKeyPrincipals,
    private readonly local: LocalPrincipals,
    private readonly devices: DeviceLinkRepository,
    private readonly config: Config,
  ) {}

  /**
   * Called when the server listens on loopback at this address: from now on it can create links for both seats.
   * @returns the first link; null without the two local principals
   */
  serveSeats(url: string): string | null {
    if (!this.config.loopback || !this.local.hasBoth) return null;
    this.loopbackUrl = url;
    return this.seatsLink(url).url;
  }

  /** @throws AssentError forbidden (by a session), unauthenticated (the credential has just expired), conflict (too many keys) */
  async open(principal: Principal): Promise<Opened> {
    requireKeyMaker(principal);
    return this.issue(principal);
  }

  /** @throws AssentError invalid_link: the link was used, is too old, is for another place, or never existed */
  async openByLink(token: string, request: LinkRequest): Promise<Opened[]> {
    if (!isLinkToken(token)) throw invalidLink();
    const principals = this.links.take(token, request) ?? [await this.deviceOf(token, request)];
    const opened: Opened[] = [];
    for (const principal of principals) opened.push(await forTenant(principal.tenantId, () => this.issue(principal)));
    return opened;
  }

  /**
   * Creates a link for both seats for the person who has both keys, or a link for another device for a session.
   * @throws AssentError forbidden; conflict (a link for another device needs PUBLIC_URL)
   */
  async link(caller: Principal, reviewerKey: string | undefined): Promise<MethodResult<'session/link'>> {
    if (caller.isSession && reviewerKey === undefined) return this.deviceLink(caller);
    const isDeveloper = caller.credential === 'local' && caller.subject === 'developer';
    const reviewer = reviewerKey === undefined ? null : this.local.authenticate(reviewerKey);
    if (this.loopbackUrl === null || !isDeveloper || reviewer?.subject !== 'reviewer') {
      throw new AssentError(
        'forbidden',
        'A link needs the keys of both local principals, of a server on loopback: call as the developer and send "reviewerKey".',
      );
    }
    return this.seatsLink(this.loopbackUrl);
  }

  describe(principal: Principal): MethodResult<'session/get'> {
    const { credential, expiresAt = null, isSession = false } = principal;
    const keyId = credential?.startsWith(KEY_PREFIX) ? credential.slice(KEY_PREFIX.length) : null;
    return { ...shown(principal), expiresAt: expiresAt?.toISOString() ?? null, keyId, isSession };
  }

  /** @throws AssentError not_a_session */
  async close({ tenantId, subject, credential, isSession }: Principal): Promise<void> {
    if (!isSession || credential === undefined) {
      throw new AssentError(
        'not_a_session',
        'The credential of this request is not a session: only a session ends itself. Revoke a key with DELETE /keys/{id}.',
      );
    }
    await this.end(tenantId, subject, credential.slice(KEY_PREFIX.length));
  }

  private async issue(principal: Principal): Promise<Opened> {
    const { tenantId, subject, scopes, roles } = principal;
    const latest = new Date(Date.now() + LIFE_MS);
    const end = principal.expiresAt && principal.expiresAt < latest ? principal.expiresAt : latest;
    // A token is accepted for some seconds after its end; a session is not.
    if (end.getTime() <= Date.now()) {
      throw new AssentError('unauthenticated', 'The credential has expired: get a new one, then open a session.');
    }
    const grant = { name: NAME, subject, scopes: [...scopes], roles: [...roles], expiresAt: end, isSession: true };
    const access = { mcpServers: null, tools: null };
    const { record, key } = await this.keys.issue(principal, { ...grant, ...access });
    // Done after the insert: of two sessions that are opened at once, the later check sees both.
    for (const id of await this.repository.sessionsBeyond(tenantId, subject, SESSIONS_MAX))
      await this.end(tenantId, subject, id);
    return { key, keyId: record.id, expiresAt: end.toISOString(), principal: shown(principal) };
  }

  private async end(tenantId: string, subject: string, id: string): Promise<void> {
    await this.repository.revoke(tenantId, id, subject);
    this.principals.forget();
  }

  /** The session that created the link. It may have ended since. */
  private async deviceOf(token: string, request: LinkRequest): Promise<Principal> {
    const { PUBLIC_URL } = this.config.env;
    if (!mayOpenDevice(request, PUBLIC_URL === undefined ? null : new URL(PUBLIC_URL).origin)) throw invalidLink();
    const linked = await this.devices.take(token);
    if (!linked) throw invalidLink();
    const { tenantId, keyId } = linked;
    const key = await forTenant(tenantId, () => this.repository.find(tenantId, keyId));
    if (!key || this.principals.standing(key).state !== 'live') throw invalidLink();
    return this.principals.principalOf(key);
  }

  private seatsLink(url: string): MethodResult<'session/link'> {
    const link = this.links.create(this.local.all, SEATS_LINK_MS);
    return linkTo(url, link);
  }

  private async deviceLink({ tenantId, credential }: Principal): Promise<MethodResult<'session/link'>> {
    const { PUBLIC_URL } = this.config.env;
    if (PUBLIC_URL === undefined) {
      throw new AssentError(
        'conflict',
        'A link for another device needs the address of this server: set PUBLIC_URL and start it again.',
      );
    }
    const keyId = (credential ?? '').slice(KEY_PREFIX.length);
    return linkTo(PUBLIC_URL, await this.devices.create({ tenantId, keyId }, DEVICE_LINK_SECONDS));
  }
}

/** The token is in the fragment, which no client sends to a server: no log and no proxy sees it. */
function linkTo(
  base: string,
  { token, expiresAt }: { readonly token: string; readonly expiresAt: Date },
): MethodResult<'session/link'> {
  return { url: `${base.replace(/\/+$/, '')}/ui/#in=${token}`, expiresAt: expiresAt.toISOString() };
}

function shown({ tenantId, subject, scopes, roles }: Principal): Opened['principal'] {
  return { tenant: tenantId, subject, scopes: [...scopes], roles: [...roles] };
}
