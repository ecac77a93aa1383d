import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { LookupAddress } from 'node:dns';
import type { buildConnector } from 'undici';
import { isForbidden, type Cidr } from './address';
import { forbiddenAddress } from './target';

/** Resolves a name. The connector checks every address. */
export type Resolver = (host: string) => Promise<readonly LookupAddress[]>;

/** The system's resolver, including the hosts file, like other programs on this host. */
export const resolveBySystem: Resolver = (host) =>
  new Promise((resolve, reject) => {
    systemLookup(host, { all: true, verbatim: true }, (error, addresses) => {
      if (error) reject(error);
      else resolve(addresses);
    });
  });

export interface ConnectorOptions {
  readonly allow: readonly Cidr[];
  readonly resolve: Resolver;
  readonly connectTimeoutMs: number;
}

/**
 * Connects only to checked addresses: a literal before the socket exists (a lookup function is not called for it), a
 * name by its resolved addresses, to which it then connects. One non-public address refuses the whole name.
 */
export function egressConnector(
  build: typeof buildConnector,
  { allow, resolve, connectTimeoutMs }: ConnectorOptions,
): buildConnector.connector {
  const lookup: LookupFunction = (host, { all }, callback) => {
    const answer = async () => {
      const addresses = await resolve(host);
      if (addresses.length === 0 || addresses.some(({ address }) => isForbidden(address, allow))) {
        throw forbiddenAddress(host);
      }
      return [...addresses];
    };
    answer().then(
      (addresses) => {
        const [first] = addresses;
        if (all === true || !first) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => {
        callback(error instanceof Error ? error : new Error('The lookup failed.', { cause: error }), '');
      },
    );
  };
  const connect = build({ lookup, timeout: connectTimeoutMs, allowH2: false });
  return (options, callback) => {
    if (isIP(options.hostname) !== 0 && isForbidden(options.hostname, allow)) {
      callback(forbiddenAddress(options.hostname), null);
    } else {
      connect(options, callback);
    }
  };
}
