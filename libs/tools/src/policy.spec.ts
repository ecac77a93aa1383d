import { guard } from './guard';
import { loadPolicy, parsePolicy } from './policy';
import { useWorkspace } from './testing/temp-workspace';

const policy = (...rules: object[]) => JSON.stringify({ version: 1, rules });
const rule = (changes: object = {}) => ({ id: 'a', tools: ['file.*'], verdict: 'deny', ...changes });

describe('parsePolicy', () => {
  it.each([
    ['no JSON', '{', '', 'The policy file: is not JSON.'],
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
      'a glob that is none',
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
    ['an id twice', policy(rule(), rule()), '/rules/1/id', 'rule 2: id "a" stands twice'],
    [
      'an id of the built-in decisions',
      policy(rule({ id: 'default.read' })),
      '/rules/0/id',
      'rule 1: id must not begin with "default."',
    ],
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

describe('loadPolicy', () => {
  const workspace = useWorkspace();

  it('gives no rules without a file', async () => {
    expect(await loadPolicy(null)).toEqual([]);
  });

  it('reads the rules of a file', async () => {
    await workspace.write(
      'policy.json',
      policy(rule({ id: 'config', paths: ['config/**'], verdict: 'allow', reason: 'Anybody may.' })),
    );
    const rules = await loadPolicy(workspace.at('policy.json'));
    expect(guard({ tool: 'file.write', effect: 'write', workspace: 'w', args: { path: 'config/a' } }, rules)).toEqual({
      verdict: 'allow',
      rule: 'config',
      reason: 'Anybody may.',
    });
  });

  it('names no path of the machine when the file cannot be read', async () => {
    await expect(loadPolicy(workspace.at('none.json'))).rejects.toMatchObject({
      reason: 'invalid',
      message:
        'The policy file: cannot be read: check that POLICY_FILE exists and the server may read it. Correct it and start again.',
    });
  });
});
