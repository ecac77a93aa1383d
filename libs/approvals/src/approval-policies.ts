import { AssentError, type ApprovalPolicy, type Principal, type SetApprovalPolicy } from '@assent/contract';
import { compileTenantPolicy, type CompiledPolicy } from './approval-policy.compiler';
import type { ApprovalPolicyRecord, ApprovalPolicyRepository } from './approval-policy.repository';

/** How long another replica may go on with the policy before a change, in milliseconds. */
const CACHE_MS = 3_000;
/** Tenants whose policies are kept ready. */
const TENANTS_MAX = 1_000;

const NONE: ApprovalPolicy = { version: 0, rules: [], actor: null, updatedAt: null };

interface Cached {
  readonly until: number;
  readonly policies: Promise<readonly CompiledPolicy[]>;
}

/** The approval policy of the server and those of its tenants, which can only ask for more. */
export class ApprovalPolicies {
  private readonly cache = new Map<string, Cached>();

  constructor(
    private readonly server: CompiledPolicy,
    private readonly policies: ApprovalPolicyRepository,
  ) {}

  /** The server's first; the tenant's is at most CACHE_MS old. */
  async of(tenantId: string): Promise<readonly CompiledPolicy[]> {
    const known = this.cache.get(tenantId);
    if (known && performance.now() < known.until) return known.policies;
    const entry = { until: performance.now() + CACHE_MS, policies: this.load(tenantId) };
    this.cache.delete(tenantId);
    this.cache.set(tenantId, entry);
    const [oldest] = this.cache.keys();
    if (this.cache.size > TENANTS_MAX && oldest !== undefined) this.cache.delete(oldest);
    try {
      return await entry.policies;
    } catch (error) {
      // Nothing is decided without the rules: the next look asks again.
      if (this.cache.get(tenantId) === entry) this.cache.delete(tenantId);
      throw error;
    }
  }

  async get({ tenantId }: Principal): Promise<ApprovalPolicy> {
    return toWire(await this.policies.find(tenantId));
  }

  /** @throws AssentError invalid with a pointer into the policy; conflict when somebody was faster */
  async set({ tenantId, subject }: Principal, { version, rules }: SetApprovalPolicy): Promise<ApprovalPolicy> {
    compileTenantPolicy(rules, version + 1);
    const saved = await this.policies.insertAfter(tenantId, version, rules, subject);
    this.cache.delete(tenantId);
    if (saved) return toWire(saved);
    const current = toWire(await this.policies.find(tenantId));
    throw new AssentError(
      'conflict',
      `The approval policy is at version ${current.version}, not ${version}: read it again with approval/policy/get and decide anew.`,
      { version: current.version, actor: current.actor },
    );
  }

  private async load(tenantId: string): Promise<readonly CompiledPolicy[]> {
    const record = await this.policies.find(tenantId);
    return record ? [this.server, compileTenantPolicy(record.rules, record.version)] : [this.server];
  }
}

function toWire(record: ApprovalPolicyRecord | undefined): ApprovalPolicy {
  if (!record) return NONE;
  const { version, rules, actor, updatedAt } = record;
  return { version, rules: [...rules], actor, updatedAt: updatedAt.toISOString() };
}
