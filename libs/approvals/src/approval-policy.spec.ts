import type { ApprovalRule } from '@assent/contract';
import { evaluatePolicies, type PolicyQuestion } from './approval-policy';
import { compileTenantPolicy, loadApprovalPolicy, type CompiledPolicy } from './approval-policy.compiler';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const question = (changes: Partial<PolicyQuestion> = {}): PolicyQuestion => ({
  subject: 'diff',
  tool: 'file.write',
  workspace: 'shop',
  effect: 'write',
  args: {},
  lines: 3,
  files: 1,
  risks: [],
  paths: [{ exact: 'src/a.ts', folded: 'SRC/A.TS' }],
  personRequired: false,
  ...changes,
});
const rulesOf = (policies: readonly CompiledPolicy[], asked = question()): string[] =>
  evaluatePolicies(asked, policies).requirements.clauses.map(({ rule }) => rule);

describe('approval policies', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assent-policy-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const server = async (...rules: Partial<ApprovalRule>[]): Promise<CompiledPolicy> => {
    const file = join(folder, 'policy.json');
    await writeFile(file, JSON.stringify({ version: 1, rules }));
    return loadApprovalPolicy(file);
  };

  it('ask for one decision when no rule matches', async () => {
    expect(evaluatePolicies(question(), [await server({ id: 'a', tools: ['http.*'] })])).toMatchObject({
      auto: null,
      ttlSeconds: null,
      requirements: { clauses: [{ rule: 'default', quorum: 1 }] },
    });
  });

  it.each<[string, Partial<ApprovalRule>, Partial<PolicyQuestion>, boolean]>([
    ['a tool', { tools: ['file.*'] }, {}, true],
    ['an effect', { effects: ['external'] }, {}, false],
    ['a workspace', { workspaces: ['shop'] }, {}, true],
    ['a path', { paths: ['src/**'] }, {}, true],
    ['a path in another spelling', { paths: ['SRC/**'] }, {}, true],
    ['a path of a change without any', { paths: ['**'] }, { paths: [] }, false],
    ['an amount', { amounts: [{ pointer: '/total', atLeast: 100 }] }, { args: { total: 100 } }, true],
    ['a smaller amount', { amounts: [{ pointer: '/total', atLeast: 100 }] }, { args: { total: 99 } }, false],
    [
      'an amount written as a text',
      { amounts: [{ pointer: '/total', atLeast: 100 }] },
      { args: { total: '1e9' } },
      true,
    ],
    ['any of the risks', { risks: ['hidden', 'large'] }, { risks: ['large'] }, true],
    ['a size', { linesAtLeast: 4 }, {}, false],
    ['a subject', { subjects: ['memory_plan'] }, {}, false],
  ])('match by %s', async (_, rule, changes, matches) => {
    const found = rulesOf([await server({ id: 'a', ...rule })], question(changes));
    expect(found).toEqual([matches ? 'a' : 'default']);
  });

  it('require all that any path could require where not every path is known, and approve nothing alone', async () => {
    const policy = await server(
      { id: 'auto', auto: true },
      { id: 'ci', paths: ['.github/**'], tools: ['x'] },
      { id: 'etc', paths: ['etc/**'] },
      { id: 'rest' },
      { id: 'never' },
    );
    const asked = question({ paths: [], arePathsUnreadable: true });
    expect(rulesOf([policy], asked)).toEqual(['etc', 'rest']);
    expect(evaluatePolicies(asked, [policy]).auto).toBeNull();
  });

  it('take the first matching rule for each path, and require all that these rules require', async () => {
    const policy = await server({ id: 'ci', paths: ['.github/**'] }, { id: 'src', paths: ['src/**'] }, { id: 'rest' });
    const paths = ['.github/ci.yml', 'src/a.ts'].map((exact) => ({ exact, folded: exact.toUpperCase() }));
    expect(rulesOf([policy], question({ paths }))).toEqual(['ci', 'src']);
  });

  it('of a tenant add to those of the server, even if the server would approve automatically', async () => {
    const auto = await server({ id: 'auto', auto: true });
    expect(evaluatePolicies(question(), [auto]).auto).toMatchObject({ rule: 'auto' });
    const tenant = compileTenantPolicy([{ id: 'mine' }], 7);
    expect(evaluatePolicies(question(), [auto, tenant])).toMatchObject({
      auto: null,
      requirements: { clauses: [{ rule: 'tenant.mine', version: '7' }] },
    });
  });

  it.each<[string, Partial<PolicyQuestion>, boolean]>([
    ['a plain change', {}, true],
    ['hidden characters', { risks: ['hidden'] }, false],
    ['arguments from outside', { risks: ['tainted'] }, false],
    ['a run that wants a person', { personRequired: true }, false],
    ['another spelling of the path', { paths: [{ exact: 'SRC/a.ts', folded: 'SRC/A.TS' }] }, false],
    ['one path more', { paths: [...question().paths, { exact: 'other', folded: 'OTHER' }] }, false],
    ['another subject', { subject: 'memory_plan' }, false],
  ])('approve automatically, or not: %s', async (_, changes, given) => {
    const { auto } = evaluatePolicies(question(changes), [await server({ id: 'auto', auto: true, paths: ['src/**'] })]);
    expect(auto !== null).toBe(given);
  });

  it.each<[string, object, string]>([
    ['a property that does not exist', { id: 'a', role: ['x'] }, '/rules/0/role'],
    ['an id of the built-in', { id: 'default' }, '/rules/0/id'],
    ['auto with people', { id: 'a', auto: true, quorum: 2 }, '/rules/0/quorum'],
    ['tainted without auto', { id: 'a', tainted: true }, '/rules/0/tainted'],
    ['an invalid glob', { id: 'a', paths: ['[x]'] }, '/rules/0/paths'],
    ['a quorum of nobody', { id: 'a', quorum: 0 }, '/rules/0/quorum'],
  ])('are refused when they are invalid: %s', async (_, rule, pointer) => {
    await expect(server(rule as Partial<ApprovalRule>)).rejects.toMatchObject({
      reason: 'invalid',
      details: { pointer },
    });
  });

  it('of a tenant never approve automatically', () => {
    expect(() => compileTenantPolicy([{ id: 'a', auto: true }], 1)).toThrow('a tenant can only add requirements');
  });
});
