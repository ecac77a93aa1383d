import { AssentError, type MethodParams, type MethodResult, type Principal } from '@assent/contract';
import type { Policies, Policy } from './guard';
import { compilePolicy } from './policy-document';
import type { ToolPolicyRecord, ToolPolicyRepository } from './tool-policy.repository';

/** How long another replica may go on with the policy before a change, in milliseconds. */
export const POLICY_CACHE_MS = 3_000;
/** Tenants whose policies are kept ready. */
const TENANTS_MAX = 1_000;

/** A tenant's policy on the wire; version 0: there is none yet. */
type TenantPolicy = MethodResult<'tool/policy/get'>;

const NONE: TenantPolicy = { version: 0, rules: [], maxCalls: null, actor: null, updatedAt: null };

/** The policy of the server and those of its tenants, which can only make it stricter. */
export class ToolPolicies {
  private readonly cache = new Map<string, { readonly until: number; readonly policy: Promise<Policy | null> }>();

  /** @param now milliseconds of a clock that does not jump */
  constructor(
    private readonly server: Policy,
    private readonly policies: ToolPolicyRepository,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** What holds for a tenant; at most POLICY_CACHE_MS old. */
  async of(tenantId: string): Promise<Policies> {
    return { server: this.server, tenant: await this.cached(tenantId) };
  }

  async get({ tenantId }: Principal): Promise<TenantPolicy> {
    return toWire(await this.policies.find(tenantId));
  }

  /**
   * Puts a tenant's policy in the place of the version the caller has seen (0: none).
   * @throws AssentError `invalid` with a pointer into the policy; `conflict` when somebody was faster
   */
  async set(
    { tenantId, subject }: Principal,
    { version, rules, maxCalls = null }: MethodParams<'tool/policy/set'>,
  ): Promise<TenantPolicy> {
    compilePolicy({ rules, maxCalls }, 'tenant');
    const saved = await this.policies.insertAfter(tenantId, version, { rules, maxCalls, actor: subject });
    this.cache.delete(tenantId);
    if (saved) return toWire(saved);
    const current = toWire(await this.policies.find(tenantId));
    throw new AssentError(
      'conflict',
      `The tool policy is at version ${current.version}, not ${version}: read it again with tool/policy/get and decide anew.`,
      { version: current.version, actor: current.actor },
    );
  }

  private async cached(tenantId: string): Promise<Policy | null> {
    const now = this.now();
    const known = this.cache.get(tenantId);
    if (known && now < known.until) return known.policy;
    const policy = this.load(tenantId);
    const entry = { until: now + POLICY_CACHE_MS, policy };
    this.cache.delete(tenantId);
    this.cache.set(tenantId, entry);
    const [oldest] = this.cache.keys();
    if (this.cache.size > TENANTS_MAX && oldest !== undefined) this.cache.delete(oldest);
    try {
      return await policy;
    } catch (error) {
      // No verdict without the rules: the next look asks again.
      if (this.cache.get(tenantId) === entry) this.cache.delete(tenantId);
      throw error;
    }
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
