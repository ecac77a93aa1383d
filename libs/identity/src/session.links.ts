import { createHash } from 'node:crypto';
import { AssentError, type Principal } from '@assent/contract';
import { newSecret } from '@assent/platform';

/** What a one-time link opens. */
export interface SessionLink {
  /** One session each, in this order. */
  readonly principals: readonly Principal[];
  /** `loopback`: only for a client on this machine. */
  readonly reach: 'loopback' | 'public';
}

/** The parts of a request that say where it comes from. */
export interface LinkRequest {
  readonly ip: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
}

interface StoredLink extends SessionLink {
  readonly expiresAt: number;
}

const TOKEN = /^[\w-]{43}$/;
const LOOPBACK_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i;
const LOOPBACK_ADDRESS = /^(?:::ffff:)?127\.|^::1$/;
/** A person needs one; nobody fills the memory with them. */
const LINKS_MAX = 100;

/**
 * One-time links that wait to be opened, in this replica's memory, by the SHA-256 of their tokens: the tokens themselves
 * are kept nowhere.
 */
export class SessionLinks {
  private readonly waiting = new Map<string, StoredLink>();

  /** @returns the token of a new link, once */
  create(link: SessionLink, lifeMs: number): { readonly token: string; readonly expiresAt: Date } {
    const now = Date.now();
    for (const [hash, { expiresAt }] of this.waiting) if (expiresAt <= now) this.waiting.delete(hash);
    for (const hash of this.waiting.keys()) {
      if (this.waiting.size < LINKS_MAX) break;
      this.waiting.delete(hash);
    }
    const token = newSecret();
    const expiresAt = now + lifeMs;
    this.waiting.set(hashOf(token), { ...link, expiresAt });
    return { token, expiresAt: new Date(expiresAt) };
  }

  /**
   * Uses a link up. A request from elsewhere leaves it as it is.
   * @param publicOrigin of PUBLIC_URL, under which a proxy may serve this server
   * @throws AssentError invalid_link, with one text for every reason
   */
  take(token: string, request: LinkRequest, publicOrigin: string | null): readonly Principal[] {
    const hash = hashOf(token);
    const link = TOKEN.test(token) ? this.waiting.get(hash) : undefined;
    if (!link || !isAllowed(link, request, publicOrigin)) throw invalidLink();
    this.waiting.delete(hash);
    if (link.expiresAt <= Date.now()) throw invalidLink();
    return link.principals;
  }
}

export function invalidLink(): AssentError {
  return new AssentError(
    'invalid_link',
    'This link does not open a session: it was used, is too old, or was opened in the wrong place. Run "npm run console" for another one.',
  );
}

/** Only a page of the server itself may open a link, and a client that is no page. */
function isAllowed(
  { reach }: SessionLink,
  { ip, host = '', origin }: LinkRequest,
  publicOrigin: string | null,
): boolean {
  if (reach === 'loopback') {
    const isHere = LOOPBACK_HOST.test(host) && LOOPBACK_ADDRESS.test(ip);
    return isHere && (origin === undefined || origin === `http://${host}`);
  }
  return origin === undefined || origin === publicOrigin || origin === `http://${host}` || origin === `https://${host}`;
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
