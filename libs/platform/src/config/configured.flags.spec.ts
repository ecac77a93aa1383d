import { FLAGS } from '@assent/contract';
import { configured, isFlagList, readFlags } from './configured.flags';

describe('the configured feature flags', () => {
  it('are on by default, except the routing of memory plans', () => {
    expect(FLAGS.map((flag) => configured(readFlags(undefined), 'acme', flag))).toEqual(
      FLAGS.map((flag) => ({ enabled: flag !== 'memory_routing', source: 'default' })),
    );
  });

  it('apply to all tenants; an entry for one tenant takes precedence', () => {
    const flags = readFlags('auto_approval=off, acme:auto_approval=on,globex:memory_routing=off,');
    expect({
      all: configured(flags, null, 'auto_approval'),
      acme: configured(flags, 'acme', 'auto_approval'),
      globex: configured(flags, 'globex', 'auto_approval'),
      routing: configured(flags, 'globex', 'memory_routing'),
      other: configured(flags, 'acme', 'memory_routing'),
    }).toEqual({
      all: { enabled: false, source: 'configuration' },
      acme: { enabled: true, source: 'configuration' },
      globex: { enabled: false, source: 'configuration' },
      routing: { enabled: false, source: 'configuration' },
      other: { enabled: false, source: 'default' },
    });
  });

  it.each([
    'auto_approval',
    'auto_approval=yes',
    'no_such_flag=on',
    'a b:auto_approval=on',
    'auto_approval=on,auto_approval=off',
    'acme:auto_approval=on,acme:auto_approval=on',
    ':auto_approval=on',
    '__proto__=on',
  ])('are refused as "%s", naming the faulty part', (value) => {
    expect(() => readFlags(value)).toThrow(value.split(',').at(-1));
    expect(isFlagList(value)).toBe(false);
  });
});
