import ipaddr from 'ipaddr.js';

/** An address range, parsed: address and prefix length in bits. */
export type Cidr = ReturnType<typeof ipaddr.parseCIDR>;
type Address = Cidr[0];

/** All global unicast addresses of IPv6; every other address is special or unassigned (RFC 4291, section 2.4). */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');
/** Documentation prefix of RFC 9637, which the library does not treat as special. */
const DOCUMENTATION = ipaddr.parseCIDR('3fff::/20');
/** Ranges whose addresses embed an IPv4 address, and the octet at which it begins: mapped, compatible, NAT64, 6to4. */
const EMBEDDING: readonly (readonly [Cidr, number])[] = [
  [ipaddr.parseCIDR('::ffff:0:0/96'), 12],
  [ipaddr.parseCIDR('::/96'), 12],
  [ipaddr.parseCIDR('64:ff9b::/96'), 12],
  [ipaddr.parseCIDR('2002::/16'), 2],
];
const IPV4_OCTETS = 4;
/**
 * Metadata services of clouds, which hand out credentials. Azure's has a public address, so ranges alone do not cover
 * it.
 */
const METADATA: ReadonlySet<string> = new Set(
  ['169.254.169.254', '169.254.170.2', '100.100.100.200', '192.0.0.192', '168.63.129.16', 'fd00:ec2::254'].map((text) =>
    ipaddr.parse(text).toString(),
  ),
);

/**
 * Whether the server must not connect to an address: everything except public unicast, unless `allow` covers it.
 * Metadata services of clouds and invalid addresses are always forbidden, regardless of `allow`.
 * @param address an IP address in any spelling, brackets and trailing dot included
 */
export function isForbidden(address: string, allow: readonly Cidr[] = []): boolean {
  const text = address.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  // A zone names an interface of this host.
  if (text.includes('%') || !ipaddr.isValid(text)) return true;
  // A mapped address connects to the IPv4 address itself.
  const parsed = ipaddr.process(text);
  if (isMetadata(parsed)) return true;
  if (allow.some((range) => contains(range, parsed))) return false;
  return !isPublic(parsed);
}

/**
 * @param text CIDRs or single addresses, comma separated
 * @throws Error naming the invalid part
 */
export function parseCidrs(text: string | undefined): Cidr[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseCidr);
}

export function isCidrList(text: unknown): boolean {
  try {
    parseCidrs(String(text));
    return true;
  } catch {
    // The caller uses the error text as its validation message.
    return false;
  }
}

function parseCidr(part: string): Cidr {
  // Four decimal parts only: some readers take 010.0.0.0 for another network.
  if (ipaddr.IPv4.isValidCIDRFourPartDecimal(part) || ipaddr.IPv6.isValidCIDR(part)) return ipaddr.parseCIDR(part);
  if (ipaddr.IPv4.isValidFourPartDecimal(part) || ipaddr.IPv6.isValid(part)) {
    const address = ipaddr.parse(part);
    return [address, address.toByteArray().length * 8];
  }
  throw new Error(`"${part}" is not an address range like 10.0.0.0/8 or fd00::/8`);
}

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || (contains(GLOBAL_UNICAST, address) && !contains(DOCUMENTATION, address));
}

function isMetadata(address: Address): boolean {
  if (METADATA.has(address.toString())) return true;
  return EMBEDDING.some(([range, from]) => {
    if (!contains(range, address)) return false;
    const octets = address.toByteArray().slice(from, from + IPV4_OCTETS);
    return METADATA.has(ipaddr.fromByteArray(octets).toString());
  });
}

function contains([network, bits]: Cidr, address: Address): boolean {
  return network.kind() === address.kind() && address.match(network, bits);
}
