import fc from 'fast-check';
import { guard } from './guard';
import { loadPolicy, parsePolicy } from './policy';
import { useWorkspace } from './testing/temp-workspace';

const policy = (...rules: object[]) => JSON.stringify({ version: 1, rules });
const rule = (changes: object = {}) => ({ id: 'a', tools: ['file.*'], verdict: 'deny', ...changes });

describe('parsePolicy', () => {
  it.each([
    ['no JSON', '{', '', 'The policy file (POLICY_FILE): is not JSON.'],
    ['another version', '{"version":2,"rules":[]}', '/version', 'version must be equal to constant'],
    ['no rules', '{"version":1}', '/rules', 'rules is required'],
    [
      'a property that does not exist',
      '{"version":1,"rules":[],"default":"allow"}',
      '/default',
      'default is not a known property',
    ],
    [
      'a rule without an id',
      policy(rule(), { tools: ['*'], verdict: 'allow' }),
      '/rules/1/id',
      'rule 2: id is required',
    ],
    [
      'a verdict that does not exist',
      policy(rule({ verdict: 'maybe' })),
      '/rules/0/verdict',
      'rule 1: verdict must be one of allow, ask, deny',
    ],
    ['a condition with a typo', policy(rule({ path: ['x'] })), '/rules/0/path', 'rule 1: path is not a known property'],
    [
      'an effect that does not exist',
      policy(rule({ effects: ['delete'] })),
      '/rules/0/effects/0',
      'rule 1: effects/0 must be one of read, write, external',
    ],
    [
      'an empty list of tools',
      policy(rule({ tools: [] })),
      '/rules/0/tools',
      'rule 1: tools must NOT have fewer than 1 items',
    ],
    [
      'an invalid glob',
      policy(rule(), rule({ id: 'b', paths: ['ok', '+(a|b)'] })),
      '/rules/1/paths/1',
      'rule 2: paths/1 uses [ ] ( ) ! or \\',
    ],
    [
      'a glob that is too long',
      policy(rule({ paths: ['x'.repeat(300)] })),
      '/rules/0/paths/0',
      'rule 1: paths/0 must NOT have more than 256 characters',
    ],
    ['an id twice', policy(rule(), rule()), '/rules/1/id', 'rule 2: id "a" is duplicated'],
    [
      'an id of the built-in decisions',
      policy(rule({ id: 'default.read' })),
      '/rules/0/id',
      'rule 1: id must not begin with "default."',
    ],
    [
      'an id that those of a tenant have',
      policy(rule({ id: 'tenant.a' })),
      '/rules/0/id',
      'rule 1: id must not begin with "default."',
    ],
    [
      'a host that is a URL',
      policy(rule({ hosts: ['https://a.org/'] })),
      '/rules/0/hosts/0',
      'rule 1: hosts/0 must match pattern',
    ],
    [
      'a host in letters that no URL has',
      policy(rule({ hosts: ['Bücher.de'] })),
      '/rules/0/hosts/0',
      'rule 1: hosts/0 must match pattern',
    ],
    [
      'a verb in capitals',
      policy(rule({ sqlVerbs: ['SELECT'] })),
      '/rules/0/sqlVerbs/0',
      'rule 1: sqlVerbs/0 must match pattern',
    ],
    ['no programs', policy(rule({ programs: [] })), '/rules/0/programs', 'must NOT have fewer than 1 items'],
    [
      'an amount without a bound',
      policy(rule({ amounts: [{ pointer: '/n' }] })),
      '/rules/0/amounts/0',
      'rule 1: amounts/0 must NOT have fewer than 2 properties',
    ],
    [
      'an amount that is no pointer',
      policy(rule({ amounts: [{ pointer: 'n', atMost: 1 }] })),
      '/rules/0/amounts/0/pointer',
      'rule 1: amounts/0/pointer must match pattern',
    ],
    [
      'a scope that does not exist',
      policy(rule({ scopes: ['root'] })),
      '/rules/0/scopes/0',
      'rule 1: scopes/0 must be one of run:write,',
    ],
    ['a taint that is no choice', policy(rule({ tainted: false })), '/rules/0/tainted', 'must be equal to constant'],
    ['a budget below zero', '{"version":1,"maxCalls":-1,"rules":[]}', '/maxCalls', 'maxCalls must be >= 0'],
    ['an id that could break a log line', policy(rule({ id: 'a\nb' })), '/rules/0/id', 'rule 1: id must match pattern'],
  ])('says where the mistake is: %s', (_, text, pointer, message) => {
    expect(() => parsePolicy(text)).toThrow(
      expect.objectContaining({
        reason: 'invalid',
        details: { pointer },
        message: expect.stringContaining(message) as string,
      }) as Error,
    );
  });
});

describe('parsePolicy on any text', () => {
  it('gives a policy, or an error of the caller with a pointer that leads into the text', () => {
    const odd = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('allow', '/n', '*', '[', 'a.org', 'select', 'x'.repeat(300), 'default.a'),
    );
    const lists = fc.array(odd, { maxLength: 3 });
    const names = [
      ...['id', 'tools', 'verdict', 'workspaces', 'effects', 'paths', 'hosts', 'sqlVerbs', 'programs', 'amounts'],
      ...['scopes', 'tainted', 'reason', '__proto__', 'other'],
    ];
    const rules = fc.dictionary(fc.constantFrom(...names), fc.oneof(odd, lists));
    const valid = fc.record({ id: fc.constantFrom('a', 'b'), tools: fc.constant(['*']), verdict: fc.constant('deny') });
    const documents = fc.record({
      version: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, odd),
      rules: fc.array(
        fc.oneof(
          valid,
          fc.tuple(valid, rules).map(([first, more]) => ({ ...first, ...more })),
          rules,
        ),
      ),
    });
    fc.assert(
      fc.property(fc.oneof({ weight: 9, arbitrary: documents }, odd), (document) => {
        try {
          expect(parsePolicy(JSON.stringify(document)).rules.length).toBeLessThanOrEqual(500);
        } catch (thrown) {
          expect(thrown).toMatchObject({ reason: 'invalid', details: { pointer: expect.stringMatching(/^(\/|$)/) } });
          expect((thrown as Error).message).toMatch(
            /^The policy file \(POLICY_FILE\): .+\. Correct it and start again\.$/s,
          );
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('loadPolicy', () => {
  const workspace = useWorkspace();

  it('gives no rules without a file', async () => {
    expect(await loadPolicy(null)).toEqual({ rules: [], maxCalls: null });
  });

  it('reads the rules of a file', async () => {
    await workspace.write(
      'policy.json',
      policy(rule({ id: 'config', paths: ['config/**'], verdict: 'allow', reason: 'Anybody may.' })),
    );
    const server = await loadPolicy(workspace.at('policy.json'));
    const call = { tool: 'file.write', effect: 'write', workspace: 'w', args: {}, paths: ['config/a'] } as const;
    const decided = guard(
      { ...call, scopes: null, tainted: false, isGateway: false, callsBefore: 0 },
      { server, tenant: null },
    );
    expect(decided).toEqual({ verdict: 'allow', rule: 'config', reason: 'Anybody may.' });
  });

  it('names no path of the machine when the file cannot be read', async () => {
    await expect(loadPolicy(workspace.at('none.json'))).rejects.toMatchObject({
      reason: 'invalid',
      message:
        'The policy file (POLICY_FILE): cannot be read: check that POLICY_FILE exists and the server may read it. Correct it and start again.',
    });
  });
});
