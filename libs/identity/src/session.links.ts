import { createHash } from 'node:crypto';
import { AssentError, type Principal } from '@assent/contract';
import { newSecret } from '@assent/platform';

/** The parts of a request that identify its origin. */
export interface LinkRequest {
  readonly ip: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
}

interface StoredLink {
  /** One session each, in this order. */
  readonly principals: readonly Principal[];
  readonly expiresAt: number;
}

const TOKEN = /^[\w-]{43}$/;
const LOOPBACK_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i;
const LOOPBACK_ADDRESS = /^(?:::ffff:)?127\.|^::1$/;
/** A person needs one. The limit keeps a flood of links from filling the memory. */
const LINKS_MAX = 100;

/**
 * One-time links of a local server for both seats, in memory, by the SHA-256 of their tokens; the tokens themselves are
 * not stored. Only a client on this machine opens them.
 */
export class SessionLinks {
  private readonly waiting = new Map<string, StoredLink>();

  /** @returns the token of a new link, once */
  create(principals: readonly Principal[], lifeMs: number): { readonly token: string; readonly expiresAt: Date } {
    const now = Date.now();
    for (const [hash, { expiresAt }] of this.waiting) if (expiresAt <= now) this.waiting.delete(hash);
    for (const hash of this.waiting.keys()) {
      if (this.waiting.size < LINKS_MAX) break;
      this.waiting.delete(hash);
    }
    const token = newSecret();
    const expiresAt = now + lifeMs;
    this.waiting.set(hashOf(token), { principals, expiresAt });
    return { token, expiresAt: new Date(expiresAt) };
  }

  /**
   * Uses a link up. A request from elsewhere leaves it as it is.
   * @returns null: there is no such link
   * @throws AssentError invalid_link, with one text for every reason
   */
  take(token: string, request: LinkRequest): readonly Principal[] | null {
    const hash = hashOf(token);
    const link = this.waiting.get(hash);
    if (!link) return null;
    if (!isFromHere(request)) throw invalidLink();
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

/** Whether the request comes from a page of this server on this machine, or from a local client that is not a page. */
function isFromHere({ ip, host = '', origin }: LinkRequest): boolean {
  const isHere = LOOPBACK_HOST.test(host) && LOOPBACK_ADDRESS.test(ip);
  return isHere && (origin === undefined || origin === `http://${host}`);
}

/**
 * Whether a request may open a link for another device: a page of the server itself, or a client that is not a page.
 * @param publicOrigin of PUBLIC_URL, under which a proxy may serve this server
 */
export function mayOpenDevice({ host = '', origin }: LinkRequest, publicOrigin: string | null): boolean {
  return origin === undefined || origin === publicOrigin || origin === `http://${host}` || origin === `https://${host}`;
}

/** Whether the text has the form of a link's token. */
export function isLinkToken(token: string): boolean {
  return TOKEN.test(token);
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
