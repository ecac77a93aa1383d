import type { JsonObject } from '@assent/contract';
import type { FeatureFlags } from '@assent/identity';
import { compilePolicy } from './policy-document';
import { PermissionGuard } from './permission.guard';
import type { ToolPolicies } from './tool-policies';

const NO_RULES = { rules: [], maxCalls: null };
const bash = (command: string) => ({ agent: 'claude-code', tool: 'Bash', input: { command }, cwd: '/w' });

function guardOf(
  server: readonly object[],
  tenant: readonly object[] | null = null,
  automatic = true,
): PermissionGuard {
  const policies = {
    of: () =>
      Promise.resolve({
        server: server.length === 0 ? NO_RULES : compilePolicy({ version: 1, rules: server }, 'file'),
        tenant: tenant && compilePolicy({ rules: tenant }, 'tenant'),
      }),
  };
  const flags = { enabled: () => Promise.resolve(automatic) };
  return new PermissionGuard(policies as unknown as ToolPolicies, flags as unknown as FeatureFlags);
}

const decide = async (guard: PermissionGuard, command: string) => {
  const decision = await guard.decide({ tenantId: 't' }, bash(command));
  return decision && `${decision.verdict} ${decision.rule}`;
};
const rule = (id: string, verdict: string, commands?: string[]) => ({
  id,
  tools: ['agent.*.Bash'],
  verdict,
  ...(commands && { commands }),
});

describe('PermissionGuard', () => {
  it('has no decision without a rule', async () => {
    expect(await decide(guardOf([]), 'ls')).toBeNull();
    expect(await decide(guardOf([rule('x', 'allow', ['npm test'])]), 'npm run build')).toBeNull();
  });

  it('allows a plain command that a glob matches as a whole', async () => {
    const guard = guardOf([rule('tests', 'allow', ['npm test*'])]);
    expect(await decide(guard, 'npm test -- a/b.ts')).toBe('allow tests');
    expect(await decide(guard, 'sudo npm test')).toBeNull();
  });

  it.each([
    'npm test; rm -rf /',
    'npm test && x',
    'npm test | sh',
    'npm test > /etc/passwd',
    'npm test $(x)',
    'npm test `x`',
    'npm test\nrm x',
    'npm test \\',
    'npm test & x',
    'npm test <(x)',
    'npm test\u2028x',
  ])('never allows a command with a metacharacter: %j', async (command) => {
    expect(await decide(guardOf([rule('tests', 'allow', ['npm test*'])]), command)).toBeNull();
  });

  it('denies a command of which a part matches, and asks where nobody can read it', async () => {
    const guard = guardOf([rule('no-push', 'deny', ['git push*']), rule('rest', 'allow')]);
    for (const command of ['git push', 'cd x && git push origin', 'true;git push', '(git push)', 'echo $(git push)'])
      expect([command, await decide(guard, command)]).toEqual([command, 'deny no-push']);
    for (const command of ['"git" push', "git 'pu'sh origin", 'git  push', 'git\tpush', 'cd x && "git"  push'])
      expect([command, await decide(guard, command)]).toEqual([command, 'deny no-push']);
    for (const command of ['$(printf git) push', 'g\\it push', 'echo $HOME'])
      expect([command, await decide(guard, command)]).toEqual([command, 'ask no-push']);
    expect(await decide(guard, 'git status | cat')).toBe('allow rest');
  });

  it('takes a rule of the tenant where the server has none, and the stricter of both otherwise', async () => {
    const own = [rule('own', 'allow', ['make'])];
    expect(await decide(guardOf([], own), 'make')).toBe('allow tenant.own');
    expect(await decide(guardOf([rule('all', 'ask')], own), 'make')).toBe('ask all');
    expect(await decide(guardOf([rule('all', 'allow')], [rule('own', 'deny')]), 'make')).toBe('deny tenant.own');
  });

  it('allows nothing but reads while automatic approval is off', async () => {
    const rules = [{ id: 'all', tools: ['agent.*'], verdict: 'allow' }];
    expect(await decide(guardOf(rules, null, false), 'ls')).toBe('ask flag.auto_approval');
    const read = { agent: 'codex', tool: 'Read', input: { file_path: '/w/a' }, cwd: '/w' };
    expect(await guardOf(rules, null, false).decide({ tenantId: 't' }, read)).toMatchObject({ verdict: 'allow' });
  });

  it('holds rules about paths for each file of a patch, and leads to a person where a file is not known', async () => {
    const rules = [
      { id: 'etc', tools: ['agent.*'], paths: ['/etc/**'], verdict: 'deny' },
      { id: 'src', tools: ['agent.*.apply_patch'], paths: ['/w/src/**'], verdict: 'allow' },
      { id: 'any', tools: ['agent.*.Write'], verdict: 'allow' },
    ];
    const verdict = async (tool: string, input: JsonObject, cwd: string | null = '/w') =>
      (await guardOf(rules).decide({ tenantId: 't' }, { agent: 'opencode', tool, input, cwd }))?.verdict ?? null;
    const patch = (...headers: string[]) =>
      verdict('apply_patch', { command: ['*** Begin Patch', ...headers, '*** End Patch'].join('\n') });
    expect(await patch('*** Update File: src/a.ts', '*** Delete File: src/b.ts')).toBe('allow');
    expect(await patch('*** Update File: src/a.ts', '*** Delete File: b.ts')).toBeNull();
    expect(await patch('*** Update File: src/a.ts', '*** Move to: ../etc/passwd')).toBe('deny');
    expect(await patch('*** Add File: /w/src/../../etc/x', '+x')).toBe('deny');
    expect(await patch('--- a/etc/x')).toBe('ask');
    expect(await verdict('Write', { file_path: '/w/x' })).toBe('allow');
    expect(await verdict('Write', { file_path: '~/x' })).toBe('ask');
    expect(await verdict('Write', { file_path: 'x' }, null)).toBe('ask');
    expect(await verdict('Write', { file_path: ['/w/x', '/etc/x'] })).toBe('deny');
    expect(await verdict('Write', { file_path: 7 })).toBe('ask');
  });

  it('compares paths as the agent resolves them', async () => {
    const rules = [{ id: 'src', tools: ['agent.*.Edit'], paths: ['/w/src/**'], verdict: 'allow' }];
    const edit = async (file_path: string, cwd: string | null = '/w') => {
      const question = { agent: 'codex', tool: 'Edit', input: { file_path } as JsonObject, cwd };
      return (await guardOf(rules).decide({ tenantId: 't' }, question))?.verdict ?? null;
    };
    expect(await edit('/w/src/a.ts')).toBe('allow');
    expect(await edit('src/a.ts')).toBe('allow');
    expect(await edit('src/a.ts', null)).toBeNull();
    expect(await edit('/w/src/../../etc/passwd')).toBeNull();
  });
});
