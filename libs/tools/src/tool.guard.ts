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

/** The requester on whose behalf a call is made; a principal fits. */
export interface ToolCaller {
  readonly tenantId: string;
  readonly subject: string;
  /** Absent: the subject's current scopes. */
  readonly scopes?: ReadonlySet<Scope>;
  /** Stored authority of a subject that is not calling itself. Scopes that the subject has lost since do not count. */
  readonly authority?: Authority | null;
  /** The arguments may contain external text: tool output, recalled memory, or model text. */
  readonly tainted?: boolean;
  /** A model chose the call, not the caller of `start`. */
  readonly plannedByModel?: boolean;
  /** A model makes the call through the MCP gateway. */
  readonly isGateway?: boolean;
}

/** Decides calls on one snapshot of the policies, so that the same call gets the same verdict. */
export interface Decide {
  /** @param before calls of the run that are not stored yet but count against its budget */
  (call: ToolCall, before?: number): GuardDecision;
  /** Decides as if the call touched only this path. */
  path(call: ToolCall, path: string): GuardDecision;
}

/** Rule id for arguments that cannot be read. It reports bad input, not a policy decision. */
const UNREADABLE = 'default.unreadable';

export function isUnreadable({ rule }: Pick<GuardDecision, 'rule'>): boolean {
  return rule === UNREADABLE;
}

/** Collects the inputs of a verdict. */
@Injectable()
export class ToolGuard {
  constructor(
    private readonly registry: ToolRegistry,
    private readonly policies: ToolPolicies,
    private readonly calls: ToolCallRepository,
    private readonly principals: Principals,
    private readonly flags: FeatureFlags,
  ) {}

  /** The same guard over another registry. */
  over(registry: ToolRegistry): ToolGuard {
    return new ToolGuard(registry, this.policies, this.calls, this.principals, this.flags);
  }

  /**
   * @param runId the run whose budget counts; null: none
   * @throws AssentError `invalid`, pointer /policy/..., for a narrowing that is not a valid glob (when a call is
   * decided); `overloaded` for a tool whose source is temporarily unavailable (also when a call is decided)
   */
  async decider(caller: ToolCaller, runId: string | null, narrowing?: Narrowing): Promise<Decide> {
    const policies = await this.policies.of(caller.tenantId);
    const callsBefore = runId !== null && hasBudget(policies) ? await this.calls.countOfRun(runId) : 0;
    const scopes = caller.scopes ?? (await this.principals.scopesOf(caller.tenantId, caller.subject, caller.authority));
    const { tainted = false, isGateway = false } = caller;
    const automatic = await this.flags.enabled(caller.tenantId, 'auto_approval');
    const decide = (call: ToolCall, effect: Effect | null, paths: readonly string[], before = 0): GuardDecision => {
      const facts = { effect, paths, scopes, tainted, isGateway, callsBefore: callsBefore + before };
      const decision = guard({ ...call, ...facts }, policies, narrowing);
      return automatic ? decision : requiringPerson(decision, effect);
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

/** An allow rule approves a change without a person. Without automatic approval a person must approve it. */
export function requiringPerson(decision: GuardDecision, effect: Effect | null): GuardDecision {
  if (decision.verdict !== 'allow' || effect === null || effect === 'read') return decision;
  return {
    verdict: 'ask',
    rule: 'flag.auto_approval',
    reason: `Automatic approval is switched off; the rule ${decision.rule} would allow it.`,
  };
}

/** Denies a call whose paths cannot be read, because rules about paths cannot be checked for it. */
function unreadable({ message }: AssentError): GuardDecision {
  return { verdict: 'deny', rule: UNREADABLE, reason: message };
}
