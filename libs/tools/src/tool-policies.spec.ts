import type { Principal } from '@assent/contract';
import { POLICY_CACHE_MS, ToolPolicies } from './tool-policies';
import type { ToolPolicyRecord, ToolPolicyRepository } from './tool-policy.repository';

/** An in-memory repository that counts reads and can fail. */
class FakeRows implements Pick<ToolPolicyRepository, 'find' | 'insertAfter'> {
  readonly byTenant = new Map<string, ToolPolicyRecord>();
  looks = 0;
  failure: Error | null = null;

  find(tenantId: string): Promise<ToolPolicyRecord | undefined> {
    this.looks += 1;
    return this.failure ? Promise.reject(this.failure) : Promise.resolve(this.byTenant.get(tenantId));
  }

  insertAfter: ToolPolicyRepository['insertAfter'] = (tenantId, version, policy) => {
    if ((this.byTenant.get(tenantId)?.version ?? 0) !== version) return Promise.resolve(undefined);
    const record = { ...policy, version: version + 1, updatedAt: new Date(0) };
    this.byTenant.set(tenantId, record);
    return Promise.resolve(record);
  };
}

describe('ToolPolicies', () => {
  const rules = [{ id: 'a', tools: ['http.*'], verdict: 'deny' }];
  const principal = (tenantId: string): Principal => ({
    tenantId,
    subject: 'ann',
    scopes: new Set(),
    roles: new Set(),
  });
  const open = () => {
    const rows = new FakeRows();
    const clock = { ms: 1 };
    const server = { rules: [], maxCalls: null };
    const policies = new ToolPolicies(server, rows as unknown as ToolPolicyRepository, () => clock.ms);
    return { rows, clock, policies, server };
  };

  it('has no policy of a tenant at first', async () => {
    const { policies, server } = open();
    expect(await policies.of('t')).toEqual({ server, tenant: null });
    expect(await policies.get(principal('t'))).toEqual({
      version: 0,
      rules: [],
      maxCalls: null,
      actor: null,
      updatedAt: null,
    });
  });

  it('puts a policy in the place of the version that was read, for this tenant alone, at once', async () => {
    const { policies } = open();
    await policies.of('t');
    expect(await policies.set(principal('t'), { version: 0, rules, maxCalls: 5 })).toEqual({
      version: 1,
      rules,
      maxCalls: 5,
      actor: 'ann',
      updatedAt: '1970-01-01T00:00:00.000Z',
    });
    expect((await policies.of('t')).tenant).toMatchObject({
      maxCalls: 5,
      rules: [{ id: 'tenant.a', verdict: 'deny' }],
    });
    expect((await policies.of('other')).tenant).toBeNull();
    expect(await policies.set(principal('t'), { version: 1, rules: [] })).toMatchObject({ version: 2, maxCalls: null });
  });

  it('refuses to change a version that was changed in the meantime', async () => {
    const { policies } = open();
    await policies.set(principal('t'), { version: 0, rules });
    await expect(policies.set(principal('t'), { version: 0, rules: [] })).rejects.toMatchObject({
      reason: 'conflict',
      details: { version: 1, actor: 'ann' },
    });
    expect(await policies.get(principal('t'))).toMatchObject({ version: 1, rules });
  });

  it('refuses rules that cannot be used, with a pointer into the params', async () => {
    const { policies, rows } = open();
    const bad = [...rules, { id: 'b', tools: ['[x]'], verdict: 'ask' }];
    await expect(policies.set(principal('t'), { version: 0, rules: bad })).rejects.toMatchObject({
      reason: 'invalid',
      details: { pointer: '/rules/1/tools/0' },
      message: expect.stringMatching(/^The policy: rule 2: tools\/0 .*nothing was changed\.$/),
    });
    expect(rows.byTenant.size).toBe(0);
  });

  it('notices a change by another replica after a while, and not before', async () => {
    const { policies, rows, clock } = open();
    await Promise.all([policies.of('t'), policies.of('t')]);
    await rows.insertAfter('t', 0, { rules, maxCalls: null, actor: 'bob' });
    clock.ms = POLICY_CACHE_MS;
    expect([(await policies.of('t')).tenant, rows.looks]).toEqual([null, 1]);
    clock.ms = POLICY_CACHE_MS + 2;
    expect((await policies.of('t')).tenant).not.toBeNull();
    expect(rows.looks).toBe(2);
  });

  it('gives no verdict without the rules, and asks again the next time', async () => {
    const { policies, rows } = open();
    rows.failure = new Error('no database');
    await expect(policies.of('t')).rejects.toThrow('no database');
    rows.failure = null;
    expect((await policies.of('t')).tenant).toBeNull();
  });
});
