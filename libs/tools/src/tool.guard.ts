import { Injectable } from '@nestjs/common';
import {
  AssentError,
  type Authority,
  type Effect,
  type GuardDecision,
  type JsonObject,
  type Scope,
  type ToolCall,
} from '@assent/contract';
import { FeatureFlags, Principals } from '@assent/identity';
import type { ToolAdapter } from './tool-adapter.port';
import { pathsOfCall } from './call-paths';
import { guard, type Narrowing, type Policies } from './guard';
import { ToolCallRepository } from './tool-call.repository';
import { ToolPolicies } from './tool-policies';
import { ToolRegistry } from './tool.registry';

/** On whose behalf a call is made; a principal is one. */
export interface ToolCaller {
  readonly tenantId: string;
  readonly subject: string;
  /** Absent: those that the subject has now. */
  readonly scopes?: ReadonlySet<Scope>;
  /** What is known of a subject that is not calling itself; those that it has lost meanwhile do not count. */
  readonly authority?: Authority | null;
  /** The arguments may hold text from outside: tool output, recalled memory, a model. */
  readonly tainted?: boolean;
  /** A model made up the call, not the caller of `start`. */
  readonly plannedByModel?: boolean;
}

/** Decides calls by one state of the policies: the same call, the same verdict. */
export interface Decide {
  /** @param before calls of the run that are not stored yet and count against its budget */
  (call: ToolCall, before?: number): GuardDecision;
  /** As if the call were about this path alone. */
  path(call: ToolCall, path: string): GuardDecision;
}

/** The rule of a verdict on arguments that cannot be read: no decision of a policy, but bad input. */
const UNREADABLE = 'default.unreadable';

export function isUnreadable({ rule }: Pick<GuardDecision, 'rule'>): boolean {
  return rule === UNREADABLE;
}

/** Brings together what a verdict depends on. */
@Injectable()
export class ToolGuard {
  constructor(
    private readonly registry: ToolRegistry,
    private readonly policies: ToolPolicies,
    private readonly calls: ToolCallRepository,
    private readonly principals: Principals,
    private readonly flags: FeatureFlags,
  ) {}

  /** The same over another set of tools. */
  over(registry: ToolRegistry): ToolGuard {
    return new ToolGuard(registry, this.policies, this.calls, this.principals, this.flags);
  }

  /**
   * @param runId the run whose budget counts; null: none
   * @throws AssentError `invalid`, pointer /policy/..., for a narrowing that is not a valid glob (when a call is
   * decided); `overloaded` for a tool whose source is not there for the moment: that is no verdict (then, too)
   */
  async decider(caller: ToolCaller, runId: string | null, narrowing?: Narrowing): Promise<Decide> {
    const policies = await this.policies.of(caller.tenantId);
    const callsBefore = runId !== null && hasBudget(policies) ? await this.calls.countOfRun(runId) : 0;
    const scopes = caller.scopes ?? (await this.principals.scopesOf(caller.tenantId, caller.subject, caller.authority));
    const tainted = caller.tainted ?? false;
    const automatic = await this.flags.enabled(caller.tenantId, 'auto_approval');
    const decide = (call: ToolCall, effect: Effect | null, paths: readonly string[], before = 0): GuardDecision => {
      const facts = { effect, paths, scopes, tainted, callsBefore: callsBefore + before };
      const decision = guard({ ...call, ...facts }, policies, narrowing);
      return automatic ? decision : byAPerson(decision, effect);
    };
    const whole = (call: ToolCall, before = 0): GuardDecision => {
      const adapter = this.registry.find(call.tool);
      if (!adapter) return decide(call, null, [], before);
      const paths = readPaths(adapter, call.args);
      return paths instanceof AssentError ? unreadable(paths) : decide(call, adapter.effect, paths, before);
    };
    const path = (call: ToolCall, one: string): GuardDecision =>
      decide({ ...call, args: { path: one } }, this.registry.find(call.tool)?.effect ?? null, [one]);
    return Object.assign(whole, { path });
  }
}

function hasBudget({ server, tenant }: Policies): boolean {
  return server.maxCalls !== null || (tenant?.maxCalls ?? null) !== null;
}

function readPaths(adapter: ToolAdapter, args: JsonObject): readonly string[] | AssentError {
  try {
    return pathsOfCall(adapter, args);
  } catch (thrown) {
    if (thrown instanceof AssentError) return thrown;
    throw thrown;
  }
}

/** A change that a rule allows is approved by nobody but the rule; without automatic approval a person is asked. */
function byAPerson(decision: GuardDecision, effect: Effect | null): GuardDecision {
  if (decision.verdict !== 'allow' || effect === null || effect === 'read') return decision;
  return {
    verdict: 'ask',
    rule: 'flag.auto_approval',
    reason: `Automatic approval is switched off; the rule ${decision.rule} would allow it.`,
  };
}

/** Rules about paths cannot be held for a call that does not tell its paths. */
function unreadable({ message }: AssentError): GuardDecision {
  return { verdict: 'deny', rule: UNREADABLE, reason: message };
}
