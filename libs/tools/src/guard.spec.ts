import fc from 'fast-check';
import type { Effect, JsonObject, Scope, GuardVerdict } from '@assent/contract';
import { guard as decide, isStricter, type GuardedCall, type Narrowing, type Policy } from './guard';
import { compilePolicy } from './policy-document';

const NO_RULES: Policy = { rules: [], maxCalls: null };
const numbered = (rules: object[]) => rules.map((rule, index) => ({ id: `r${index}`, tools: ['**'], ...rule }));
const rulesOf = (...rules: object[]) => compilePolicy({ version: 1, rules: numbered(rules) }, 'file');
const tenantOf = (...rules: object[]) => compilePolicy({ rules: numbered(rules) }, 'tenant');
const guard = (call: GuardedCall, server: Policy, narrowing?: Narrowing, tenant: Policy | null = null) =>
  decide(call, { server, tenant }, narrowing);
const call = (
  tool: string,
  effect: Effect | null,
  args: JsonObject = {},
  more: Partial<GuardedCall> = {},
): GuardedCall => ({
  tool,
  effect,
  workspace: 'docs',
  args,
  paths: typeof args['path'] === 'string' && args['path'] !== '.' ? [args['path']] : [],
  scopes: new Set<Scope>(['run:write']),
  tainted: false,
  isGateway: false,
  callsBefore: 0,
  ...more,
});

describe('guard', () => {
  it.each<[Effect | null, GuardVerdict, string]>([
    ['read', 'allow', 'default.read'],
    ['write', 'ask', 'default.write'],
    ['external', 'ask', 'default.external'],
    [null, 'deny', 'default.unknown'],
  ])('decides a call of effect %s by default: %s', (effect, verdict, rule) => {
    expect(guard(call('any.tool', effect), NO_RULES)).toMatchObject({ verdict, rule });
  });

  it.each<[Effect, object[], GuardVerdict, string]>([
    ['read', [], 'ask', 'default.gateway'],
    ['external', [], 'ask', 'default.gateway'],
    ['read', [{ verdict: 'allow', effects: ['read'] }], 'allow', 'r0'],
    ['external', [{ verdict: 'allow' }], 'ask', 'r0'],
    ['external', [{ verdict: 'allow', tainted: true }], 'allow', 'r0'],
    ['read', [{ verdict: 'deny' }], 'deny', 'r0'],
  ])('decides a call of effect %s through the gateway with the rules %j: %s by %s', (effect, rules, verdict, rule) => {
    const throughGateway = call('mcp.s.tool', effect, {}, { isGateway: true, tainted: true });
    expect(guard(throughGateway, rulesOf(...rules))).toMatchObject({ verdict, rule });
  });

  it('denies a tool that does not exist, even if a rule allows it', () => {
    expect(guard(call('shell.run', null), rulesOf({ verdict: 'allow' }))).toEqual({
      verdict: 'deny',
      rule: 'default.unknown',
      reason: 'There is no such tool.',
    });
  });

  const RULES = rulesOf(
    { verdict: 'deny', paths: ['secrets/**', '**/.env'] },
    { verdict: 'allow', tools: ['file.write', 'file.patch'], workspaces: ['docs'], paths: ['notes/**', '**/*.md'] },
    { verdict: 'ask', tools: ['file.*'], effects: ['read'], workspaces: ['payroll'], reason: 'Payroll is private.' },
    { verdict: 'deny', tools: ['mcp.*'] },
  );
  it.each<[string, Effect, JsonObject, string, GuardVerdict, string]>([
    ['file.read', 'read', { path: 'secrets/key.pem' }, 'docs', 'deny', 'r0'],
    ['file.read', 'read', { path: 'app/.env' }, 'docs', 'deny', 'r0'],
    ['file.list', 'read', { path: 'secrets' }, 'docs', 'deny', 'r0'],
    ['file.list', 'read', {}, 'docs', 'allow', 'default.read'],
    ['file.list', 'read', { path: '.' }, 'docs', 'allow', 'default.read'],
    ['file.write', 'write', { path: 'notes/a.txt' }, 'docs', 'allow', 'r1'],
    ['file.write', 'write', { path: 'notes/a.txt' }, 'payroll', 'ask', 'default.write'],
    ['file.write', 'write', { path: 'secrets/a.md' }, 'docs', 'deny', 'r0'],
    ['file.write', 'write', { path: 'src/a.ts' }, 'docs', 'ask', 'default.write'],
    ['file.read', 'read', { path: 'a' }, 'payroll', 'ask', 'r2'],
    ['mcp.github.create_issue', 'external', {}, 'docs', 'deny', 'r3'],
    ['http.request', 'external', { path: 3 }, 'docs', 'ask', 'default.external'],
  ])('decides %s (%s) %j in %s: %s by %s', (tool, effect, args, workspace, verdict, rule) => {
    expect(guard(call(tool, effect, args, { workspace }), RULES)).toMatchObject({ verdict, rule });
  });

  it('gives the reason of the rule, or its name', () => {
    expect(guard(call('file.read', 'read', {}, { workspace: 'payroll' }), RULES).reason).toBe('Payroll is private.');
    expect(guard(call('mcp.x', 'read'), RULES).reason).toBe('Rule r3 of the policy file.');
  });

  it('holds a rule against every spelling some disk takes for the same path, a rule for it only as written', () => {
    const denying = rulesOf({ verdict: 'deny', paths: ['secrets/**'] });
    const allowing = rulesOf({ verdict: 'allow', paths: ['notes/**'] });
    for (const path of ['SECRETS/a', 'Secrets/a', 'se\u200dcrets/a']) {
      expect(guard(call('file.read', 'read', { path }), denying).verdict).toBe('deny');
    }
    for (const path of ['NOTES/a', 'no\u200dtes/a']) {
      expect(guard(call('file.write', 'write', { path }), allowing).verdict).toBe('ask');
    }
    expect(guard(call('file.write', 'write', { path: 'notes/a' }), allowing).verdict).toBe('allow');
  });

  it.each<[string, Effect, Narrowing, GuardVerdict, string]>([
    ['file.read', 'read', { ask: ['file.*'] }, 'ask', 'start.ask'],
    ['file.read', 'read', { deny: ['file.*'] }, 'deny', 'start.deny'],
    ['file.read', 'read', { deny: ['*.write'] }, 'allow', 'default.read'],
    ['file.write', 'write', { ask: ['file.*'] }, 'ask', 'default.write'],
    ['file.write', 'write', { ask: ['*'], deny: ['file.{write,patch}'] }, 'deny', 'start.deny'],
    ['mcp.x', 'external', { ask: ['*'] }, 'deny', 'r3'],
  ])('narrows %s (%s) by %j to %s by %s', (tool, effect, narrowing, verdict, rule) => {
    expect(guard(call(tool, effect), RULES, narrowing)).toMatchObject({ verdict, rule });
  });

  it('refuses an invalid glob of a narrowing, with a pointer into the params of start', () => {
    expect(() => guard(call('file.read', 'read'), NO_RULES, { deny: ['ok.*', '[x]'] })).toThrow(
      expect.objectContaining({ reason: 'invalid', details: { pointer: '/policy/deny/1' } }) as Error,
    );
  });

  it('checks every path of a call: the strictest verdict applies', () => {
    const rules = rulesOf({ verdict: 'deny', paths: ['secrets/**'] }, { verdict: 'allow', paths: ['notes/**'] });
    const verdictOf = (...paths: string[]) => guard(call('file.move', 'write', {}, { paths }), rules).verdict;
    expect([
      verdictOf('notes/a', 'notes/b'),
      verdictOf('notes/a', 'src/b'),
      verdictOf('notes/a', 'secrets/b'),
      verdictOf('secrets/a', 'notes/b'),
    ]).toEqual(['allow', 'ask', 'deny', 'deny']);
  });

  it.each([
    ['as written', { statement: 'delete from a' }, 'allow', 'deny'],
    ['among other things', { statement: 'select 1; delete from a' }, 'ask', 'deny'],
    ['perhaps', { statement: "select 'open" }, 'ask', 'deny'],
    ['not at all', { statement: 'select 1' }, 'ask', 'ask'],
  ])(
    'holds a rule against arguments for all they could amount to, one for them as written: %s',
    (_, args, allow, deny) => {
      const verdictBy = (verdict: GuardVerdict) =>
        guard(call('sql.execute', 'external', args), rulesOf({ verdict, sqlVerbs: ['delete'] })).verdict;
      expect([verdictBy('allow'), verdictBy('deny')]).toEqual([allow, deny]);
    },
  );

  it.each<[string[], Scope[] | null, 'holds' | 'only against' | 'no']>([
    [['tool:admin'], ['run:write', 'tool:admin'], 'holds'],
    [['tool:admin', 'run:write'], ['run:write', 'tool:admin'], 'holds'],
    [['tool:admin', 'run:write'], ['run:write'], 'no'],
    [['tool:admin'], [], 'no'],
    [['tool:admin'], null, 'only against'],
  ])('takes the scopes %j of a caller with %j: %s', (wanted, has, outcome) => {
    const subject = call('sql.execute', 'external', {}, { scopes: has && new Set(has) });
    const verdictBy = (verdict: GuardVerdict) => guard(subject, rulesOf({ verdict, scopes: wanted })).verdict;
    expect([verdictBy('allow'), verdictBy('deny')]).toEqual(
      { holds: ['allow', 'deny'], 'only against': ['ask', 'deny'], no: ['ask', 'ask'] }[outcome],
    );
  });

  it.each<[object[], Effect, GuardVerdict, GuardVerdict, string]>([
    [[{ verdict: 'allow' }], 'write', 'allow', 'ask', 'r0'],
    [[{ verdict: 'allow' }], 'external', 'allow', 'ask', 'r0'],
    [[{ verdict: 'allow' }], 'read', 'allow', 'allow', 'r0'],
    [[{ verdict: 'allow', tainted: true }], 'external', 'allow', 'allow', 'r0'],
    [[{ verdict: 'deny', tainted: true }, { verdict: 'allow' }], 'external', 'allow', 'deny', 'r0'],
    [[{ verdict: 'ask', tainted: true }, { verdict: 'deny' }], 'external', 'deny', 'deny', 'r1'],
    [[{ verdict: 'ask', tainted: true }], 'read', 'allow', 'ask', 'r0'],
    [[], 'external', 'ask', 'ask', 'default.external'],
  ])('by %j gives a call with effect %s %s, and %s when it is tainted', (rules, effect, plain, tainted, rule) => {
    const policy = rulesOf(...rules);
    expect(guard(call('a.b', effect), policy).verdict).toBe(plain);
    expect(guard(call('a.b', effect, {}, { tainted: true }), policy)).toMatchObject({ verdict: tainted, rule });
  });

  it('says why a rule that allows does not hold for a tainted call', () => {
    const policy = rulesOf({ verdict: 'allow', reason: 'Notes are free.' });
    expect(guard(call('a.b', 'write', {}, { tainted: true }), policy).reason).toBe(
      'Notes are free. But the arguments come from outside, so a person decides.',
    );
  });

  it('denies what goes beyond the calls a run may make, and says so', () => {
    const policy = { ...rulesOf({ verdict: 'allow' }), maxCalls: 2 };
    const after = (callsBefore: number) => guard(call('file.read', 'read', {}, { callsBefore }), policy);
    expect(after(1).verdict).toBe('allow');
    expect(after(2)).toEqual({
      verdict: 'deny',
      rule: 'budget.max-calls',
      reason: 'The run has made 2 tool calls, and the policy allows 2: start another run.',
    });
    const stricter = guard(call('file.read', 'read', {}, { callsBefore: 1 }), policy, {}, { rules: [], maxCalls: 1 });
    expect(stricter).toMatchObject({ verdict: 'deny', rule: 'tenant.budget.max-calls' });
  });

  it.each<[object[], object[], GuardVerdict, string]>([
    [[{ verdict: 'deny' }], [{ verdict: 'allow' }], 'deny', 'tenant.r0'],
    [[{ verdict: 'allow' }], [{ verdict: 'ask' }], 'ask', 'r0'],
    [[{ verdict: 'allow' }], [], 'ask', 'default.external'],
    [[{ verdict: 'ask' }], [{ verdict: 'deny' }], 'deny', 'r0'],
    [[{ verdict: 'ask' }], [{ verdict: 'ask' }], 'ask', 'tenant.r0'],
    [[{ verdict: 'deny', tools: ['other.*'] }], [{ verdict: 'allow' }], 'allow', 'r0'],
    [[{ verdict: 'allow' }, { verdict: 'deny' }], [{ verdict: 'allow' }], 'allow', 'tenant.r0'],
  ])('takes the rules %j of a tenant with those of the server, %j: %s by %s', (tenant, server, verdict, rule) => {
    const decided = guard(call('a.b', 'external'), rulesOf(...server), {}, tenantOf(...tenant));
    expect(decided).toMatchObject({ verdict, rule });
  });

  const tools = fc.constantFrom('file.read', 'file.write', 'mcp.a.b', 'http.request');
  const globs = fc.array(fc.constantFrom('*', 'file.*', 'file.read', 'mcp.*', '{file,http}.*', 'none'), {
    maxLength: 3,
  });
  const verdicts = fc.constantFrom<GuardVerdict>('allow', 'ask', 'deny');
  const paths = fc.constantFrom('a', 'secrets/a', 'SECRETS/a', 'notes/b.md', '.');
  const rules = fc.array(
    fc.record(
      {
        verdict: verdicts,
        tools: globs.filter((list) => list.length > 0),
        paths: fc.constantFrom(['**'], ['secrets/**'], ['*.md', 'notes/*']),
        hosts: fc.constantFrom(['a.org'], ['*']),
        amounts: fc.constantFrom([{ pointer: '/n', atMost: 3 }]),
        scopes: fc.constantFrom(['tool:admin']),
        tainted: fc.constant(true),
      },
      { requiredKeys: ['verdict'] },
    ),
    { maxLength: 4 },
  );
  const calls = fc
    .record({
      tool: tools,
      effect: fc.constantFrom<Effect | null>('read', 'write', 'external', null),
      args: fc.record(
        { path: paths, url: fc.constantFrom('https://a.org', 'https://b.org', '?'), n: fc.constantFrom(1, 5, '5') },
        { requiredKeys: [] },
      ),
      tainted: fc.boolean(),
      scopes: fc.constantFrom<readonly Scope[] | null>([], ['tool:admin'], null),
      callsBefore: fc.nat(3),
    })
    .map(({ tool, effect, args, scopes, ...more }) =>
      call(tool, effect, args, { ...more, scopes: scopes && new Set(scopes) }),
    );
  const narrowings = fc.record({ deny: globs, ask: globs }, { requiredKeys: [] });

  it('is never widened by a narrowing, and more of it never widens less of it', () => {
    fc.assert(
      fc.property(calls, rules, narrowings, narrowings, (subject, written, narrowing, more) => {
        const compiled = rulesOf(...written);
        const plain = guard(subject, compiled).verdict;
        const narrowed = guard(subject, compiled, narrowing).verdict;
        const both = guard(subject, compiled, {
          deny: [...(narrowing.deny ?? []), ...(more.deny ?? [])],
          ask: [...(narrowing.ask ?? []), ...(more.ask ?? [])],
        }).verdict;
        expect([isStricter(plain, narrowed), isStricter(narrowed, both)]).toEqual([false, false]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('gives a path in another spelling never more than the path as written', () => {
    fc.assert(
      fc.property(rules, fc.constantFrom<Effect>('read', 'write'), (written, effect) => {
        const compiled = rulesOf(...written);
        const verdictOf = (path: string) => guard(call('file.read', effect, { path }), compiled).verdict;
        expect(isStricter(verdictOf('secrets/a'), verdictOf('SECRETS/a'))).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is never widened by taint, by a tenant or by a budget, for any rules', () => {
    fc.assert(
      fc.property(calls, rules, rules, fc.nat(3), (subject, written, tenants, maxCalls) => {
        const server = rulesOf(...written);
        const verdictOf = (changes: Partial<GuardedCall>, policy = server, tenant: Policy | null = null) =>
          guard({ ...subject, ...changes }, policy, {}, tenant).verdict;
        const plain = verdictOf({});
        const untainted = verdictOf({ tainted: false });
        expect(isStricter(untainted, verdictOf({ tainted: true }))).toBe(false);
        expect(isStricter(plain, verdictOf({}, server, tenantOf(...tenants)))).toBe(false);
        expect(isStricter(plain, verdictOf({}, { ...server, maxCalls }))).toBe(false);
      }),
      { numRuns: 3_000 },
    );
  });
});
