import { AssentError, type MethodParams, type MethodResult, type Principal } from '@assent/contract';
import { CachedByKey } from '@assent/platform';
import type { Policies, Policy } from './guard';
import { compilePolicy } from './policy-document';
import type { ToolPolicyRecord, ToolPolicyRepository } from './tool-policy.repository';

/** Maximum milliseconds for which another replica may use the previous policy after a change. */
export const POLICY_CACHE_MS = 3_000;
/** Maximum tenants whose policies are cached. */
const TENANTS_MAX = 1_000;

/** A tenant's policy on the wire; version 0: not set yet. */
type TenantPolicy = MethodResult<'tool/policy/get'>;

const NONE: TenantPolicy = { version: 0, rules: [], maxCalls: null, actor: null, updatedAt: null };

/** The policy of the server and the policies of its tenants, which can only make it stricter. */
export class ToolPolicies {
  private readonly tenantPolicies: CachedByKey<Policy | null>;
  private readonly listeners = new Set<(tenantId: string) => void>();

  /** @param now milliseconds of a monotonic clock */
  constructor(
    private readonly server: Policy,
    private readonly policies: ToolPolicyRepository,
    now?: () => number,
  ) {
    const limits = { maxAgeMs: POLICY_CACHE_MS, maxKeys: TENANTS_MAX, now };
    this.tenantPolicies = new CachedByKey((tenantId) => this.load(tenantId), limits);
  }

  /** Policies for a tenant, at most POLICY_CACHE_MS old. @throws errors of the store, because there is no verdict without the rules */
  async of(tenantId: string): Promise<Policies> {
    return { server: this.server, tenant: await this.tenantPolicies.get(tenantId) };
  }

  /** Calls the listener when a tenant's policy was changed at this replica. It MUST NOT throw. */
  onChange(listener: (tenantId: string) => void): void {
    this.listeners.add(listener);
  }

  /** Another replica has changed the policy of the tenant. */
  forget(tenantId: string): void {
    this.tenantPolicies.delete(tenantId);
  }

  async get({ tenantId }: Principal): Promise<TenantPolicy> {
    return toWire(await this.policies.find(tenantId));
  }

  /**
   * Replaces the version of a tenant's policy that the caller has seen (0: none). With `dryRun` it only checks the new one.
   * @throws AssentError `invalid` with a pointer into the policy; `conflict` when the version has changed
   */
  async set(
    principal: Principal,
    { version, rules, maxCalls = null, dryRun = false }: MethodParams<'tool/policy/set'>,
  ): Promise<TenantPolicy> {
    compilePolicy({ rules, maxCalls }, 'tenant');
    if (dryRun) return this.get(principal);
    const { tenantId, subject } = principal;
    const saved = await this.policies.insertAfter(tenantId, version, { rules, maxCalls, actor: subject });
    this.tenantPolicies.delete(tenantId);
    if (saved) for (const listener of this.listeners) listener(tenantId);
    if (saved) return toWire(saved);
    const current = toWire(await this.policies.find(tenantId));
    throw new AssentError(
      'conflict',
      `The tool policy is at version ${current.version}, not ${version}: read it with tool/policy/get and apply your change to it.`,
      { version: current.version, actor: current.actor },
    );
  }

  private async load(tenantId: string): Promise<Policy | null> {
    const record = await this.policies.find(tenantId);
    return record ? compilePolicy({ rules: record.rules, maxCalls: record.maxCalls }, 'tenant') : null;
  }
}

function toWire(record: ToolPolicyRecord | undefined): TenantPolicy {
  if (!record) return NONE;
  const { version, rules, maxCalls, actor, updatedAt } = record;
  return { version, rules: [...rules], maxCalls, actor, updatedAt: updatedAt.toISOString() };
}
