import { AssentError, SCOPES, type Principal } from '@assent/contract';
import { SessionLinks, mayOpenDevice, type LinkRequest } from './session.links';

const principal: Principal = { tenantId: 'local', subject: 'developer', scopes: new Set(SCOPES), roles: new Set() };
const SEATS = [principal];
const LIFE_MS = 600_000;
const here: LinkRequest = { ip: '127.0.0.1', host: '127.0.0.1:8080', origin: 'http://127.0.0.1:8080' };
const away: LinkRequest = { ip: '203.0.113.7', host: 'assent.example', origin: 'https://assent.example' };

describe('one-time links', () => {
  const started = new Date('2026-03-02T08:00:00Z');
  let links: SessionLinks;

  beforeEach(() => {
    jest.useFakeTimers({ now: started, doNotFake: ['nextTick', 'setImmediate'] });
    links = new SessionLinks();
  });
  afterEach(() => jest.useRealTimers());

  const opened = (token: string, request = here): boolean => {
    try {
      return links.take(token, request) !== null;
    } catch (error) {
      expect(error).toBeInstanceOf(AssentError);
      expect(error).toMatchObject({
        reason: 'invalid_link',
        message: expect.stringContaining('npm run console') as unknown,
      });
      return false;
    }
  };

  it('have tokens of 256 bits and open once', () => {
    const { token, expiresAt } = links.create(SEATS, LIFE_MS);
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(expiresAt).toEqual(new Date(started.getTime() + LIFE_MS));
    expect([opened(token), opened(token)]).toEqual([true, false]);
  });

  it('open until their end, and not at it', () => {
    const [last, late] = [links.create(SEATS, LIFE_MS), links.create(SEATS, LIFE_MS)];
    jest.setSystemTime(started.getTime() + LIFE_MS - 1);
    expect(opened(last.token)).toBe(true);
    jest.setSystemTime(started.getTime() + LIFE_MS);
    expect([opened(late.token), opened(late.token)]).toEqual([false, false]);
  });

  it.each<[string, Partial<LinkRequest>]>([
    ['another address', { ip: '203.0.113.7' }],
    ['another Host', { host: 'assent.example' }],
    ['a Host that begins like loopback', { host: '127.0.0.1.example:8080', origin: 'http://127.0.0.1.example:8080' }],
    ['no Host', { host: undefined }],
    ['a page of another origin', { origin: 'https://app.example' }],
    ['a page of another port', { origin: 'http://127.0.0.1:9090' }],
    ['a page without an origin', { origin: 'null' }],
  ])('of a local server do not open for %s, and stay as they are', (_, change) => {
    const { token } = links.create(SEATS, LIFE_MS);
    expect(opened(token, { ...here, ...change })).toBe(false);
    expect(opened(token)).toBe(true);
  });

  it.each([['localhost:8080'], ['[::1]:8080'], ['127.0.0.1']])('of a local server open at %s', (host) => {
    const { token } = links.create(SEATS, LIFE_MS);
    expect(opened(token, { ip: '::1', host, origin: `http://${host}` })).toBe(true);
  });

  it('for another device open from the server’s own pages and from no page, behind a proxy too', () => {
    const open = (request: LinkRequest, publicOrigin: string | null = null) => mayOpenDevice(request, publicOrigin);
    expect([open(away), open({ ...away, origin: undefined })]).toEqual([true, true]);
    expect(open({ ...away, host: '10.0.0.5:8080' }, 'https://assent.example')).toBe(true);
    expect(open({ ...away, origin: 'https://app.example' }, 'https://assent.example')).toBe(false);
  });

  it.each([['nothing'], [''], ['x'.repeat(43)]])('do not open by %p', (token) => {
    links.create(SEATS, LIFE_MS);
    expect(opened(token)).toBe(false);
  });

  it('are a hundred at most: another one ends the oldest', () => {
    const tokens = Array.from({ length: 101 }, () => links.create(SEATS, LIFE_MS).token);
    expect([opened(tokens[0] ?? ''), opened(tokens[1] ?? '')]).toEqual([false, true]);
  });
});
