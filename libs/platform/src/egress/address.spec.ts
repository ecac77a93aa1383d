import fc from 'fast-check';
import { tmpdir } from 'node:os';
import { loadConfig } from '../config/config';
import { isCidrList, isForbidden, parseCidrs } from './address';

const octet = fc.integer({ min: 0, max: 255 });
const private4 = fc.oneof(
  fc.tuple(fc.constantFrom(10, 127, 0), octet, octet, octet),
  fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), octet, octet),
  fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
  fc.tuple(fc.constant(169), fc.constant(254), octet, octet),
  fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), octet, octet),
  fc.tuple(fc.integer({ min: 224, max: 255 }), octet, octet, octet),
);

/** Every form in which the C library reads an IPv4 address: 1 to 4 parts, each decimal, octal or hex. */
function spellings([a, b, c, d]: readonly [number, number, number, number], radix: number): string[] {
  const write = (value: number) => (radix === 10 ? '' : radix === 8 ? '0' : '0x') + value.toString(radix);
  const tail2 = c * 256 + d;
  const tail3 = b * 65_536 + tail2;
  return [[a, b, c, d], [a, b, tail2], [a, tail3], [a * 16_777_216 + tail3]].map((parts) => parts.map(write).join('.'));
}

function hex([a, b, c, d]: readonly [number, number, number, number]): string {
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

describe('an address that the server must not connect to', () => {
  it.each([
    ['this network', '0.0.0.0'],
    ['loopback', '127.0.0.1'],
    ['loopback, decimal', '2130706433'],
    ['loopback, octal', '0177.0.0.1'],
    ['loopback, hex', '0x7f000001'],
    ['loopback, short', '127.1'],
    ['loopback, trailing dot', '127.0.0.1.'],
    ['private', '10.1.2.3'],
    ['private', '172.31.255.255'],
    ['private', '192.168.0.1'],
    ['link-local', '169.254.1.1'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['multicast', '224.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['reserved', '240.0.0.1'],
    ['documentation', '192.0.2.1'],
    ['documentation', '198.51.100.7'],
    ['documentation', '203.0.113.7'],
    ['benchmarking', '198.18.0.1'],
    ['6to4 relay', '192.88.99.1'],
    ['unspecified', '::'],
    ['loopback', '::1'],
    ['loopback in brackets', '[::1]'],
    ['mapped', '::ffff:127.0.0.1'],
    ['mapped, hex', '::ffff:7f00:1'],
    ['mapped, even a public one is judged as IPv4', '::ffff:10.0.0.1'],
    ['compatible', '::127.0.0.1'],
    ['translated', '::ffff:0:7f00:1'],
    ['NAT64', '64:ff9b::7f00:1'],
    ['NAT64 of a public address', '64:ff9b::808:808'],
    ['local NAT64', '64:ff9b:1::7f00:1'],
    ['6to4', '2002:7f00:1::'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ['unique local', 'fd12:3456::1'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['a public one with a zone', '2606:4700:4700::1111%1'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['documentation', '2001:db8::1'],
    ['documentation', '3fff::1'],
    ['discard', '100::1'],
    ['segment routing', '5f00::1'],
    ['not assigned', '4000::1'],
    ['metadata', '169.254.169.254'],
    ['metadata of Alibaba', '100.100.100.200'],
    ['metadata of Azure, a public address', '168.63.129.16'],
    ['metadata of AWS over IPv6', 'fd00:ec2::254'],
    ['no address', 'example.com'],
    ['no address', ''],
    ['no address', '1.2.3.4.5'],
    ['no address', '256.1.1.1'],
  ])('%s: %s', (_, address) => {
    expect(isForbidden(address)).toBe(true);
  });

  it.each(['8.8.8.8', '1.1.1.1', '::ffff:8.8.8.8', '2606:4700:4700::1111', '[2606:4700:4700::1111]', '172.32.0.1'])(
    'includes the non-public %s',
    (address) => {
      expect(isForbidden(address)).toBe(false);
    },
  );

  it('is forbidden in every spelling, and inside every IPv6 address that carries it', () => {
    fc.assert(
      fc.property(private4, fc.constantFrom(8, 10, 16), (octets, radix) => {
        const all = [
          ...spellings(octets, radix),
          ...['::ffff:', '::', '::ffff:0:', '64:ff9b::'].map((prefix) => `${prefix}${hex(octets)}`),
          `2002:${hex(octets)}::1`,
        ];
        expect(all.filter((address) => !isForbidden(address))).toEqual([]);
      }),
    );
  });

  it('never throws, and allows no text that is not an address', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(isForbidden(`${text}x`)).toBe(true);
      }),
    );
  });
});

describe('EGRESS_ALLOW', () => {
  const allow = parseCidrs('127.0.0.0/8, fd00::/8,10.0.0.7');

  it.each([
    ['127.0.0.1', false],
    ['::ffff:127.0.0.1', false],
    ['fd00::1', false],
    ['10.0.0.7', false],
    ['10.0.0.8', true],
    ['::1', true],
    ['192.168.0.1', true],
  ])('allows exactly the configured ranges: %s', (address, forbidden) => {
    expect(isForbidden(address, allow)).toBe(forbidden);
  });

  it.each(['169.254.169.254', '::ffff:169.254.169.254', '64:ff9b::a9fe:a9fe', '2002:a9fe:a9fe::', 'fd00:ec2::254'])(
    'never allows the metadata service %s',
    (address) => {
      expect(isForbidden(address, parseCidrs('0.0.0.0/0,::/0'))).toBe(true);
    },
  );

  it.each(['10.0.0.0/33', '010.0.0.0/8', 'localhost', '10.0.0.0/8;::1', '10/8', 'fe80::1%eth0/64x'])(
    'refuses %s',
    (text) => {
      expect(isCidrList(text)).toBe(false);
      expect(() => parseCidrs(text)).toThrow(/is not an address range/);
    },
  );

  it('stops the start if it cannot be parsed', () => {
    expect(() => loadConfig({ EGRESS_ALLOW: '10.0.0.0/33' }, tmpdir())).toThrow(/EGRESS_ALLOW must be address ranges/);
    expect(loadConfig({ EGRESS_ALLOW: '127.0.0.0/8' }, tmpdir()).env.EGRESS_ALLOW).toBe('127.0.0.0/8');
  });

  it('may be empty', () => {
    expect([parseCidrs(undefined), parseCidrs(' ')]).toEqual([[], []]);
  });
});
