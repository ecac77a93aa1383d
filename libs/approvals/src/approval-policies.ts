import { AssentError, type ApprovalPolicy, type Principal, type SetApprovalPolicy } from '@assent/contract';
import { CachedByKey } from '@assent/platform';
import { compileTenantPolicy, type CompiledPolicy } from './approval-policy.compiler';
import type { ApprovalPolicyRecord, ApprovalPolicyRepository } from './approval-policy.repository';

/** How long another replica may use the previous policy after a change, in milliseconds. */
const CACHE_MS = 3_000;
/** Maximum number of tenants whose policies are cached. */
const TENANTS_MAX = 1_000;

const NONE: ApprovalPolicy = { version: 0, rules: [], actor: null, updatedAt: null };

/** The approval policy of the server and the policies of its tenants, which can only add requirements. */
export class ApprovalPolicies {
  private readonly compiled: CachedByKey<readonly CompiledPolicy[]>;

  constructor(
    private readonly server: CompiledPolicy,
    private readonly policies: ApprovalPolicyRepository,
  ) {
    const limits = { maxAgeMs: CACHE_MS, maxKeys: TENANTS_MAX };
    this.compiled = new CachedByKey((tenantId) => this.load(tenantId), limits);
  }

  /**
   * The server's policy first; the tenant's is at most CACHE_MS old.
   * @throws errors of the store: without the rules there is no decision
   */
  of(tenantId: string): Promise<readonly CompiledPolicy[]> {
    return this.compiled.get(tenantId);
  }

  async get({ tenantId }: Principal): Promise<ApprovalPolicy> {
    return toWire(await this.policies.find(tenantId));
  }

  /**
   * With `dryRun` it only checks the new policy.
   * @throws AssentError invalid with a pointer into the policy; conflict on a concurrent change
   */
  async set(principal: Principal, { version, rules, dryRun = false }: SetApprovalPolicy): Promise<ApprovalPolicy> {
    compileTenantPolicy(rules, version + 1);
    if (dryRun) return this.get(principal);
    const { tenantId, subject } = principal;
    const saved = await this.policies.insertAfter(tenantId, version, rules, subject);
    this.compiled.delete(tenantId);
    if (saved) return toWire(saved);
    const current = toWire(await this.policies.find(tenantId));
    throw new AssentError(
      'conflict',
      `The approval policy is at version ${current.version}, not ${version}. Read it again with approval/policy/get and repeat the change.`,
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
