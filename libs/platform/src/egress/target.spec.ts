import { parseCidrs } from './address';
import { parseTarget, URL_MAX_CHARS } from './target';

const closed = { allow: [] };

describe('a URL that the server should call', () => {
  it.each([
    ['decimal', 'http://2130706433/'],
    ['octal', 'http://0177.0.0.01/'],
    ['hex', 'http://0x7f.0x0.0x0.0x1/'],
    ['one hex number', 'http://0x7f000001/'],
    ['short', 'http://127.1/'],
    ['trailing dot', 'http://127.0.0.1./'],
    ['full-width digits', 'http://１２７.０.０.１/'],
    ['circled digits', 'http://①②⑦.⓪.⓪.①/'],
    ['percent-encoded', 'http://%31%32%37.0.0.1/'],
    ['ideographic full stops', 'http://127。0。0。1/'],
    ['brackets', 'http://[::1]/'],
    ['mapped', 'http://[::ffff:169.254.169.254]/'],
    ['NAT64', 'https://[64:ff9b::a00:1]/'],
    ['metadata', 'http://169.254.169.254/latest/meta-data/'],
    ['backslash instead of slash', 'http:\\\\127.0.0.1\\'],
    ['the name of loopback', 'http://localhost/'],
    ['the name of loopback with the dot of a full name', 'http://localhost./'],
    ['the name of loopback in capitals', 'https://LOCALHOST.:8443/'],
    ['a name below that of loopback', 'http://hooks.localhost/'],
    ['a name below that of loopback with a dot', 'http://hooks.localhost./'],
  ])('is refused if it names a forbidden address: %s', (_, url) => {
    expect(() => parseTarget(url, closed)).toThrow(expect.objectContaining({ reason: 'forbidden' }) as Error);
  });

  it.each([
    ['a public host before an @', 'http://example.com@127.0.0.1/', /credentials/],
    ['a password', 'https://user:pw@example.com/', /credentials/],
    ['a zone', 'http://[fe80::1%25eth0]/', /cannot be read/],
    ['another scheme', 'file:///etc/passwd', /scheme/],
    ['another scheme', 'gopher://example.com/', /scheme/],
    ['another scheme', 'ftp://example.com/', /scheme/],
    ['no scheme', '//example.com/', /cannot be read/],
    ['an empty label', 'http://localhost../', /empty label/],
    ['an empty label inside', 'http://example..com/', /empty label/],
    ['too long', `https://example.com/${'a'.repeat(URL_MAX_CHARS)}`, /longer/],
  ])('is refused for %s', (_, url, problem) => {
    expect(() => parseTarget(url, closed)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(problem) }) as Error,
    );
  });

  it('never repeats credentials in its error', () => {
    expect(() => parseTarget('https://user:hunter2@example.com/', closed)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }) as Error,
    );
  });

  it('is limited to the configured ports, including the default port', () => {
    const rules = { allow: [], ports: [443, 8443] };
    expect(() => parseTarget('http://example.com/', rules)).toThrow(/Port 80 is not/);
    expect(() => parseTarget('https://example.com:444/', rules)).toThrow(/Port 444 is not/);
    expect(parseTarget('https://example.com/', rules).host).toBe('example.com');
    expect(parseTarget('https://example.com:8443/', rules).host).toBe('example.com:8443');
  });

  it('is read without the trailing dot of a fully qualified name', () => {
    expect(parseTarget('https://Example.com.:8443/x', closed).href).toBe('https://example.com:8443/x');
  });

  it('may name what EGRESS_ALLOW opens', () => {
    const open = { allow: parseCidrs('127.0.0.0/8') };
    expect(parseTarget('http://localhost.:8080/x', open).href).toBe('http://localhost:8080/x');
    expect(parseTarget('http://127.1:8080/x', { allow: parseCidrs('127.0.0.0/8') }).href).toBe(
      'http://127.0.0.1:8080/x',
    );
  });
});
