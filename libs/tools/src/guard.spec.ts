import fc from 'fast-check';
import type { Effect, JsonObject, Verdict } from '@assent/contract';
import { guard, isStricter, type Narrowing } from './guard';
import { parsePolicy } from './policy';

const rulesOf = (...rules: object[]) =>
  parsePolicy(
    JSON.stringify({ version: 1, rules: rules.map((rule, index) => ({ id: `r${index}`, tools: ['**'], ...rule })) }),
  );
const call = (tool: string, effect: Effect | null, args: JsonObject = {}, workspace = 'docs') => ({
  tool,
  effect,
  workspace,
  args,
});

describe('guard', () => {
  it.each<[Effect | null, Verdict, string]>([
    ['read', 'allow', 'default.read'],
    ['write', 'ask', 'default.write'],
    ['external', 'ask', 'default.external'],
    [null, 'deny', 'default.unknown'],
  ])('decides a call of effect %s by default: %s', (effect, verdict, rule) => {
    expect(guard(call('any.tool', effect), [])).toMatchObject({ verdict, rule });
  });

  it('denies a tool that does not exist, whatever the rules allow', () => {
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
  it.each<[string, Effect, JsonObject, string, Verdict, string]>([
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
    expect(guard(call(tool, effect, args, workspace), RULES)).toMatchObject({ verdict, rule });
  });

  it('tells the reason of the rule, or names the rule', () => {
    expect(guard(call('file.read', 'read', {}, 'payroll'), RULES).reason).toBe('Payroll is private.');
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

  it.each<[string, Effect, Narrowing, Verdict, string]>([
    ['file.read', 'read', { ask: ['file.*'] }, 'ask', 'start.ask'],
    ['file.read', 'read', { deny: ['file.*'] }, 'deny', 'start.deny'],
    ['file.read', 'read', { deny: ['*.write'] }, 'allow', 'default.read'],
    ['file.write', 'write', { ask: ['file.*'] }, 'ask', 'default.write'],
    ['file.write', 'write', { ask: ['*'], deny: ['file.{write,patch}'] }, 'deny', 'start.deny'],
    ['mcp.x', 'external', { ask: ['*'] }, 'deny', 'r3'],
  ])('narrows %s (%s) by %j to %s by %s', (tool, effect, narrowing, verdict, rule) => {
    expect(guard(call(tool, effect), RULES, narrowing)).toMatchObject({ verdict, rule });
  });

  it('refuses a narrowing that is no glob, with a pointer into the params of start', () => {
    expect(() => guard(call('file.read', 'read'), [], { deny: ['ok.*', '[x]'] })).toThrow(
      expect.objectContaining({ reason: 'invalid', details: { pointer: '/policy/deny/1' } }) as Error,
    );
  });

  const tools = fc.constantFrom('file.read', 'file.write', 'mcp.a.b', 'http.request');
  const globs = fc.array(fc.constantFrom('*', 'file.*', 'file.read', 'mcp.*', '{file,http}.*', 'none'), {
    maxLength: 3,
  });
  const verdicts = fc.constantFrom<Verdict>('allow', 'ask', 'deny');
  const paths = fc.constantFrom('a', 'secrets/a', 'SECRETS/a', 'notes/b.md', '.');
  const rules = fc.array(
    fc.record(
      {
        verdict: verdicts,
        tools: globs.filter((list) => list.length > 0),
        paths: fc.constantFrom(['**'], ['secrets/**'], ['*.md', 'notes/*']),
      },
      { requiredKeys: ['verdict'] },
    ),
    { maxLength: 4 },
  );
  const calls = fc.record({
    tool: tools,
    effect: fc.constantFrom<Effect | null>('read', 'write', 'external', null),
    workspace: fc.constant('docs'),
    args: fc.record({ path: paths }, { requiredKeys: [] }),
  });
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
});
