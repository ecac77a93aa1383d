import { isIP } from 'node:net';
import { AssentError } from '@assent/contract';
import { isForbidden, type Cidr } from './address';

/** The meaning of these names without DNS (RFC 6761). */
const LOOPBACK_NAME = /(?:^|\.)localhost$/;
const LOOPBACK_ADDRESSES = ['127.0.0.1', '::1'];

/** Longest accepted URL, in characters; servers commonly refuse longer ones. */
export const URL_MAX_CHARS = 8_192;
const SCHEMES: ReadonlyMap<string, number> = new Map([
  ['http:', 80],
  ['https:', 443],
]);

export interface TargetRules {
  /** Ranges that are allowed although they are not public. */
  readonly allow: readonly Cidr[];
  /** Ports that may be used; absent: any. */
  readonly ports?: readonly number[] | undefined;
}

/**
 * Parses a URL from a caller, and refuses what can be refused without DNS: other schemes, embedded credentials, ports,
 * and addresses that are not public in any spelling (the URL standard normalises decimal, octal, hex and short forms).
 * @throws AssentError `invalid` for a malformed URL, `forbidden` for its target
 */
export function parseTarget(text: string, rules: TargetRules): URL {
  if (text.length > URL_MAX_CHARS)
    throw invalid(`The URL is longer than ${URL_MAX_CHARS} characters. Use a shorter one.`);
  if (!URL.canParse(text)) throw invalid('The URL cannot be read. Give an absolute http or https URL.');
  const url = new URL(text);
  const port = SCHEMES.get(url.protocol);
  if (port === undefined) throw invalid('The scheme of the URL is not supported. Use http or https.');
  if (url.username !== '' || url.password !== '') {
    throw invalid('The URL contains credentials before the host. Remove them: credentials are configured, not passed.');
  }
  const used = url.port === '' ? port : Number(url.port);
  if (rules.ports && !rules.ports.includes(used)) {
    throw new AssentError('forbidden', `Port ${used} is not among the ports the server may connect to.`);
  }
  // The dot of a fully qualified name is not part of it: some resolvers know the name only without it.
  const name = url.hostname.replace(/\.$/, '');
  if (name.split('.').includes('')) throw invalid('The host of the URL has an empty label. Remove the surplus dot.');
  url.hostname = name;
  const host = literalOf(url.hostname);
  const addresses = LOOPBACK_NAME.test(host) ? LOOPBACK_ADDRESSES : [host];
  if (addresses.every((address) => isIP(address) !== 0 && isForbidden(address, rules.allow)))
    throw forbiddenAddress(host);
  return url;
}

/** The resolved address is not disclosed, because internal DNS records are private. */
export function forbiddenAddress(host: string): AssentError {
  return new AssentError(
    'forbidden',
    `The server does not connect to ${JSON.stringify(host)}: it is, or its name leads to, an address that is not public. ` +
      'EGRESS_ALLOW opens ranges for development.',
  );
}

/** The host without the brackets that URLs put around IPv6 addresses. */
export function literalOf(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

function invalid(message: string): AssentError {
  return new AssentError('invalid', message);
}
