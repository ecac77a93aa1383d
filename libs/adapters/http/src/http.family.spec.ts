import { MemoryTrust } from '@assent/tools/testing';
import { schemaCheck, type ToolHost } from '@assent/tools';
import { family } from './http.family';

const host: ToolHost = {
  trust: new MemoryTrust(),
  log: { info: () => undefined, warn: () => undefined },
  secret: () => 'x',
  redact: (text) => text,
};

describe('the section "http" of the tools file', () => {
  const check = schemaCheck(family.settingsSchema);

  it('offers nothing until a host is allowed', () => {
    expect([family.create({}, host), family.create({ hosts: [] }, host)]).toEqual([[], []]);
  });

  it('takes what the documentation shows', () => {
    const settings = {
      hosts: ['api.example.com', '*.internal.example'],
      ports: [443],
      headers: {
        'https://api.example.com': { authorization: { secret: 'API_TOKEN', prefix: 'Bearer ' }, accept: '*/*' },
      },
      maxResponseBytes: 100_000,
      idempotencyKeys: true,
    };
    expect(check(settings)).toMatchObject({ ok: true });
    expect(family.create(settings, host)).toHaveLength(1);
  });

  it.each([
    [{ host: ['x'] }],
    [{ hosts: [''] }],
    [{ hosts: ['x'], ports: [0] }],
    [{ hosts: ['x'], maxResponseBytes: 1e9 }],
    [{ hosts: ['x'], headers: { 'api.example.com': {} } }],
    [{ hosts: ['x'], headers: { 'https://x': { Authorization: 'upper case' } } }],
    [{ hosts: ['x'], headers: { 'https://x': { 'x-key': { secret: 'lower' } } } }],
    [{ hosts: ['x'], headers: { 'https://x': { 'x-key': 'a\nb' } } }],
  ])('does not take %j', (settings) => {
    expect(check(settings)).toMatchObject({ ok: false });
  });

  it.each([
    [{ hosts: ['[a-z]'] }, /not supported/],
    [{ hosts: ['x'], headers: { 'https://API.example.com': {} } }, /plain spelling/],
    [{ hosts: ['x'], headers: { 'https://user@api.example.com': {} } }, /plain spelling/],
    [{ hosts: ['x'], headers: { 'https://api.example.com:443': {} } }, /plain spelling/],
  ])('refuses %j when it is made', (settings, problem) => {
    expect(() => family.create(settings, host)).toThrow(problem);
  });
});
