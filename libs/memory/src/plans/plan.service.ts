import { Injectable } from '@nestjs/common';
import {
  AssentError,
  DEFAULT_PAGE,
  pageOf,
  readUuidCursor,
  type MemoryPlan,
  type Page,
  type PlanOp,
  type PlanState,
} from '@assent/contract';
import { contentHashOf, newId } from '@assent/platform';
import { peopleBehind } from '@assent/identity';
import { MemoryMetrics } from '../memory.metrics';
import { MemoryDependencies } from '../memory.dependencies';
import { applyInverse } from './plan.inverse';
import { checkOps } from './plan.checks';
import { applyOps, type PlanRules } from './plan.ops';
import type { NewPlan } from './new-plan';
import { PlanRepository, type Locked, type Named, type PlanRecord } from './plan.repository';
import { applied, hashOfOps, rejected, reverted, unchanged } from './plan.statements';

/** The requested change: a stored plan by its id, or a whole plan. */
export interface PlanRequest {
  readonly planId: string;
  /** Default: the current one. */
  readonly baseVersion?: number | undefined;
  readonly ops?: readonly PlanOp[] | undefined;
  readonly memoryRunId?: string | undefined;
}

/** The author of a change, and the rules that apply. */
export interface PlanActor {
  readonly tenantId: string;
  readonly subject: string;
  /** People who issued the subject's credential. Absent: nobody else. */
  readonly issuers?: readonly string[] | undefined;
  readonly origin: PlanRules['origin'];
}

/** Plans of fragment changes: applied as a whole, once, and revertible. */
@Injectable()
export class PlanService {
  constructor(
    private readonly plans: PlanRepository,
    private readonly dependencies: MemoryDependencies,
    private readonly metrics: MemoryMetrics,
  ) {}

  /** @throws AssentError not_found */
  async get(tenantId: string, planId: string): Promise<MemoryPlan> {
    return toWire(await this.record(tenantId, planId));
  }

  async list(
    tenantId: string,
    { state, cursor, limit = DEFAULT_PAGE }: { state?: PlanState; cursor?: string; limit?: number },
  ): Promise<Page<MemoryPlan>> {
    const rows = await this.plans.list(tenantId, state ?? null, readUuidCursor(cursor), limit);
    return pageOf(rows, limit, toWire, ({ planId }) => planId);
  }

  /**
   * Applies a plan once: the same id again returns the first result. If the tenant requires approval, the plan is only
   * proposed.
   * @throws AssentError invalid (an operation, with a pointer; the whole plan is refused), not_found,
   * idempotency_mismatch, conflict (another base: `rebasedPlanId` is the same plan on the current one; or it was
   * rejected or reverted)
   */
  async apply(actor: PlanActor, request: PlanRequest): Promise<MemoryPlan> {
    const { tenantId } = actor;
    const stored = await this.plans.find(tenantId, request.planId);
    const plan = this.planOf(actor, request, stored);
    if (stored && stored.state !== 'proposed') return toWire(requireApplied(stored));
    if (await this.dependencies.requiresApproval(tenantId)) {
      if (!stored) {
        checkOps(plan.ops);
        await this.plans.propose(tenantId, plan);
        this.metrics.plan('proposed');
      }
      const kept = await this.record(tenantId, plan.planId);
      await this.dependencies.requestApproval(tenantId, toWire(kept), peopleBehind(actor));
      return toWire(kept);
    }
    return this.carryOut(actor, plan);
  }

  /**
   * For an approved plan: applies exactly the plan with this hash.
   * @throws as `apply`, precondition_failed
   */
  async applyApproved(actor: PlanActor, planId: string, hash: string): Promise<MemoryPlan> {
    const stored = await this.record(actor.tenantId, planId);
    if (stored.hash !== hash) {
      throw new AssentError('precondition_failed', `Plan ${planId} has another hash than the decision names.`, {
        planId,
      });
    }
    if (stored.state !== 'proposed') return toWire(requireApplied(stored));
    return this.carryOut(actor, stored);
  }

  /** Rejects a plan. Idempotent. */
  async refuse({ tenantId, subject }: PlanActor, planId: string): Promise<void> {
    if (await this.plans.refuse(tenantId, planId, subject)) this.metrics.plan('rejected');
  }

  /**
   * Reverts an applied plan. Idempotent.
   * @throws AssentError not_found, conflict (it was never applied, or a later plan depends on it: `plans`)
   */
  async revert({ tenantId, subject }: PlanActor, planId: string): Promise<MemoryPlan> {
    const stored = await this.record(tenantId, planId);
    if (stored.state === 'reverted') return toWire(stored);
    if (stored.state !== 'applied' || !stored.inverse || stored.appliedVersion === null) {
      const text = stored.reverts === null ? `is ${stored.state}` : 'takes another plan back';
      throw conflict(`Plan ${planId} ${text}: there is nothing to take back.`, { state: stored.state });
    }
    const ids = (stored.result ?? []).map(({ fragmentId }) => fragmentId);
    const later = await this.plans.later(tenantId, stored.appliedVersion, ids);
    if (later.length > 0) {
      throw conflict(`Later plans changed the same fragments. Revert those first.`, { plans: later });
    }
    const { inverse } = stored;
    const [row] = await this.plans.locked(
      tenantId,
      planId,
      { ids, texts: [], agents: [] },
      ({ plan, version, fragments }) => {
        if (plan?.state !== 'applied') return unchanged(tenantId, planId);
        const effect = applyInverse(inverse, fragments);
        const revertId = newId();
        return reverted(tenantId, stored, revertId, subject, { ...effect, planId: revertId, version: version + 1 });
      },
    );
    this.metrics.plan('reverted');
    return toWire(row ?? (await this.record(tenantId, planId)));
  }

  private planOf(actor: PlanActor, request: PlanRequest, stored: PlanRecord | null): NewPlan {
    const { planId, baseVersion, memoryRunId = null } = request;
    if (!request.ops) {
      if (stored) return stored;
      throw planNotFound(planId);
    }
    const ops = request.ops.map((op) => this.redacted(op));
    if (stored && stored.hash !== hashOfOps(ops)) {
      throw new AssentError(
        'idempotency_mismatch',
        `Plan ${planId} already exists with other operations. Use a new id.`,
        {
          planId,
        },
      );
    }
    return { planId, baseVersion: baseVersion ?? PRESENT, ops, author: actor.subject, memoryRunId, rebasedFrom: null };
  }

  private async carryOut(actor: PlanActor, plan: NewPlan): Promise<MemoryPlan> {
    const { tenantId } = actor;
    const outcome: { rebased?: NewPlan | null; base?: number } = {};
    const [row] = await this.plans.locked(tenantId, plan.planId, named(plan.ops), (locked) => {
      if (locked.plan && locked.plan.state !== 'proposed') return unchanged(tenantId, plan.planId);
      const base = plan.baseVersion === PRESENT ? locked.version : plan.baseVersion;
      if (base > locked.version) {
        throw new AssentError('invalid', `The memory has version ${locked.version}, this plan is for ${base}.`, {
          pointer: '/baseVersion',
        });
      }
      const based = { ...plan, baseVersion: base };
      if (base < locked.version) {
        outcome.base = locked.version;
        outcome.rebased = rebasedOf(based, locked);
        return rejected(tenantId, based, outcome.rebased);
      }
      const effect = applyOps(plan.ops, stateOf(plan.planId, locked), {
        origin: actor.origin,
        promotes: !locked.frozen,
      });
      const version = locked.version + 1;
      const { touched: result, changed, before, inverse } = effect;
      return applied(tenantId, based, actor.subject, {
        planId: plan.planId,
        version,
        changed,
        before,
        inverse,
        result,
      });
    });
    if (outcome.base !== undefined) {
      this.metrics.plan('rejected');
      throw conflict(
        `Plan ${plan.planId} was made for version ${plan.baseVersion} of the memory, which has ${outcome.base}: look again, or apply the rebased plan.`,
        { version: outcome.base, rebasedPlanId: outcome.rebased?.planId ?? null },
      );
    }
    const done = requireApplied(row ?? (await this.record(tenantId, plan.planId)));
    this.metrics.plan('applied');
    return toWire(done);
  }

  private async record(tenantId: string, planId: string): Promise<PlanRecord> {
    const plan = await this.plans.find(tenantId, planId);
    if (plan) return plan;
    throw planNotFound(planId);
  }

  private redacted(op: PlanOp): PlanOp {
    const clean = (text: string) => this.dependencies.redact(text);
    const rationale = clean(op.rationale);
    if (op.op === 'delete') return { ...op, rationale };
    const words = {
      ...(op.text === undefined ? {} : { text: clean(op.text) }),
      ...('keys' in op ? { keys: op.keys.map(clean) } : {}),
      ...(op.tags ? { tags: op.tags.map(clean) } : {}),
    };
    return { ...op, ...words, rationale };
  }
}

/** Base version of a plan that applies to any version of the memory. */
const PRESENT = -1;

function stateOf(planId: string, { fragments }: Locked) {
  return { fragments, newId: (position: number) => derivedId(planId, position) };
}

/** The same plan on the current base; null when it cannot be applied there. */
function rebasedOf(plan: NewPlan, locked: Locked): NewPlan | null {
  try {
    applyOps(plan.ops, stateOf(plan.planId, locked), { origin: 'plan', promotes: false });
  } catch (thrown) {
    if (thrown instanceof AssentError) return null;
    throw thrown;
  }
  const planId = derivedId(plan.planId, locked.version, 'rebased');
  return { ...plan, planId, baseVersion: locked.version, rebasedFrom: plan.planId };
}

/** The fragments that a plan names, and the texts that it adds, with their agents. */
function named(ops: readonly PlanOp[]): Named {
  const ids = ops.flatMap((op) => (op.op === 'merge' ? op.fragmentIds : op.op === 'add' ? [] : [op.fragmentId]));
  const texts = ops.flatMap((op) => (op.op === 'delete' || op.text === undefined ? [] : [op.text]));
  const agents = ops.flatMap((op) => (op.op === 'add' && typeof op.agent === 'string' ? [op.agent] : []));
  return { ids, texts, agents };
}

/**
 * An id that is derived from the plan and the position, and unique to them. It sorts by time like the plan's own id.
 */
export function derivedId(planId: string, position: number, kind = 'fragment'): string {
  const digest = contentHashOf(`${kind}:${planId}:${position}`).slice('sha256:'.length);
  return `${planId.slice(0, 14)}7${digest.slice(0, 3)}-8${digest.slice(3, 6)}-${digest.slice(6, 18)}`;
}

function requireApplied(plan: PlanRecord): PlanRecord {
  if (plan.state === 'applied') return plan;
  throw conflict(`Plan ${plan.planId} is ${plan.state}. Make a new one.`, { state: plan.state });
}

function planNotFound(planId: string): AssentError {
  return new AssentError('not_found', `There is no plan ${planId}. memory/plan/list lists them.`, {
    planId,
  });
}

function conflict(text: string, details: Record<string, unknown>): AssentError {
  return new AssentError('conflict', text, details);
}

function toWire(plan: PlanRecord): MemoryPlan {
  const { planId, state, baseVersion, appliedVersion, ops, hash, result, author, memoryRunId, reverts, rebasedFrom } =
    plan;
  const times = { createdAt: plan.createdAt.toISOString(), appliedAt: plan.appliedAt?.toISOString() ?? null };
  const what = { ops: [...ops], hash, result, author, memoryRunId, reverts, rebasedFrom };
  return { planId, state, baseVersion, appliedVersion, ...what, ...times };
}
