import { SCOPES, type Principal, type Scope } from '@assent/contract';
import { grantedExpiry, requireGrantable, requireRevocable, type KeyGrant } from './api-key.rules';

const END = new Date('2027-01-01T00:00:00Z');
const EARLIER = new Date(END.getTime() - 1);
const LATER = new Date(END.getTime() + 1);

const principal = (extra: Partial<Principal> = {}): Principal => ({
  tenantId: 'acme',
  subject: 'ann',
  scopes: new Set<Scope>(['run:read', 'key:admin']),
  roles: new Set(['dev']),
  ...extra,
});
const grant = (extra: Partial<KeyGrant> = {}): KeyGrant => ({
  subject: 'ann',
  scopes: ['run:read'],
  roles: [],
  ...extra,
});
const ann = principal();
const decider = principal({ scopes: new Set<Scope>(['run:read', 'approval:decide', 'key:admin']) });
const admin = principal({ roles: new Set(['admin']) });

describe('the rules for granting and revoking keys', () => {
  const OK = 'ok';
  const verdictOf = (ask: () => unknown): string => {
    try {
      ask();
      return OK;
    } catch (error) {
      return (error as Error).message;
    }
  };

  it.each<{ what: string; by: Principal; key: KeyGrant; grant: unknown; revoke: unknown }>([
    {
      what: 'no more than it has',
      by: ann,
      key: grant({ scopes: ['run:read', 'key:admin'], roles: ['dev'] }),
      grant: OK,
      revoke: OK,
    },
    {
      what: 'another scope',
      by: ann,
      key: grant({ scopes: ['run:read', 'run:write'] }),
      grant: /the scope run:write/,
      revoke: /the scope run:write/,
    },
    {
      what: 'another role',
      by: ann,
      key: grant({ roles: ['dev', 'security'] }),
      grant: /the role "security"/,
      revoke: /the role "security"/,
    },
    {
      what: 'the role admin',
      by: ann,
      key: grant({ roles: ['admin'] }),
      grant: /the role "admin"/,
      revoke: /the role "admin"/,
    },
    { what: 'a name below', by: ann, key: grant({ subject: 'ann/ci' }), grant: OK, revoke: OK },
    {
      what: 'a name below, by somebody who decides',
      by: decider,
      key: grant({ subject: 'ann/ci' }),
      grant: /the subject "ann\/ci"/,
      revoke: OK,
    },
    {
      what: 'a name that only begins alike',
      by: ann,
      key: grant({ subject: 'annette' }),
      grant: /the subject/,
      revoke: /the subject/,
    },
    {
      what: 'the name above',
      by: principal({ subject: 'ann/ci' }),
      key: grant(),
      grant: /the subject "ann"/,
      revoke: /the subject "ann"/,
    },
    {
      what: 'somebody else',
      by: ann,
      key: grant({ subject: 'bob' }),
      grant: /the subject "bob"/,
      revoke: /the subject "bob"/,
    },
    {
      what: 'anything, by an admin',
      by: admin,
      key: grant({ subject: 'bob', scopes: SCOPES, roles: ['admin', 'security'] }),
      grant: OK,
      revoke: OK,
    },
  ])('$what', ({ by, key, ...expected }) => {
    const said = {
      grant: verdictOf(() => {
        requireGrantable(by, key);
      }),
      revoke: verdictOf(() => {
        requireRevocable(by, { ...key, id: 'k1' });
      }),
    };
    for (const ask of ['grant', 'revoke'] as const) {
      if (expected[ask] === OK) expect([ask, said[ask]]).toEqual([ask, OK]);
      else expect([ask, said[ask]]).toEqual([ask, expect.stringMatching(expected[ask] as RegExp)]);
    }
  });

  it.each<{ what: string; by: Principal; requested: Date | null; end: Date | null | RegExp }>([
    { what: 'never, by what never ends', by: ann, requested: null, end: null },
    { what: 'as asked, by what never ends', by: ann, requested: END, end: END },
    { what: 'with its maker, when nothing is asked', by: principal({ expiresAt: END }), requested: null, end: END },
    { what: 'before its maker', by: principal({ expiresAt: END }), requested: EARLIER, end: EARLIER },
    { what: 'with its maker', by: principal({ expiresAt: END }), requested: END, end: END },
    {
      what: 'after its maker',
      by: principal({ expiresAt: END }),
      requested: LATER,
      end: /after its own credential, at 2027-01-01T00:00:00.000Z/,
    },
    {
      what: 'after its maker, an admin',
      by: { ...admin, expiresAt: END },
      requested: LATER,
      end: /after its own credential/,
    },
    {
      what: 'with its maker, an admin, when nothing is asked',
      by: { ...admin, expiresAt: END },
      requested: null,
      end: END,
    },
  ])('an end: $what', ({ by, requested, end }) => {
    if (end instanceof RegExp) expect(() => grantedExpiry(by, requested)).toThrow(end);
    else expect(grantedExpiry(by, requested)).toEqual(end);
  });
});
