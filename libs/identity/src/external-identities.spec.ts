import { AssentError, type Principal, type Scope } from '@assent/contract';
import { requireMapper } from './external-identities';

const mapper = (
  roles: string[],
  scopes: Scope[] = ['key:admin', 'approval:decide'],
  more: Partial<Principal> = {},
) => ({
  tenantId: 't',
  subject: 'ada',
  scopes: new Set(scopes),
  roles: new Set(roles),
  ...more,
});

describe('who may map an account', () => {
  it('is an admin who may decide and has each of the roles', () => {
    expect(() => requireMapper(mapper(['admin', 'security']), ['security'])).not.toThrow();
    expect(() => requireMapper(mapper(['admin']), [])).not.toThrow();
  });

  it.each<[string, Principal, string[]]>([
    ['somebody without the role admin', mapper(['security']), ['security']],
    ['an admin who cannot decide', mapper(['admin'], ['key:admin']), []],
    ['an admin without one of the roles', mapper(['admin', 'security']), ['security', 'operations']],
    ['a session of an admin', mapper(['admin'], undefined, { isSession: true }), []],
  ])('is not %s', (_, principal, roles) => {
    expect(() => requireMapper(principal, roles)).toThrow(AssentError);
  });
});
