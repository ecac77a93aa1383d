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
import { FeatureFlags, Principals } from '@assent/platform';
import type { ToolAdapter } from './adapters/tool-adapter.port';
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
}

/** Decides calls by one state of the policies: the same call, the same verdict. */
export interface Decide {
  (call: ToolCall): GuardDecision;
  /** As if the call were about this path alone. */
  path(call: ToolCall, path: string): GuardDecision;
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
   * @throws AssentError `invalid`, pointer /policy/..., for a narrowing that is no glob (when a call is decided)
   */
  async decider(caller: ToolCaller, runId: string | null, narrowing?: Narrowing): Promise<Decide> {
    const policies = await this.policies.of(caller.tenantId);
    const callsBefore = runId !== null && hasBudget(policies) ? await this.calls.countOfRun(runId) : 0;
    const scopes = caller.scopes ?? (await this.principals.scopesOf(caller.tenantId, caller.subject, caller.authority));
    const tainted = caller.tainted ?? false;
    const automatic = await this.flags.enabled(caller.tenantId, 'auto_approval');
    const decide = (call: ToolCall, effect: Effect | null, paths: readonly string[]): GuardDecision => {
      const decision = guard({ ...call, effect, paths, scopes, tainted, callsBefore }, policies, narrowing);
      return automatic ? decision : byAPerson(decision, effect);
    };
    const whole = (call: ToolCall): GuardDecision => {
      const adapter = this.registry.find(call.tool);
      const paths = pathsOf(adapter, call.args);
      return paths instanceof AssentError ? unreadable(paths) : decide(call, adapter?.effect ?? null, paths);
    };
    const path = (call: ToolCall, one: string): GuardDecision =>
      decide({ ...call, args: { path: one } }, this.registry.find(call.tool)?.effect ?? null, [one]);
    return Object.assign(whole, { path });
  }
}

function hasBudget({ server, tenant }: Policies): boolean {
  return server.maxCalls !== null || (tenant?.maxCalls ?? null) !== null;
}

/** The root of the workspace, ".", is no path that a rule could name. */
function pathsOf(adapter: ToolAdapter | undefined, args: JsonObject): readonly string[] | AssentError {
  const { path } = args;
  // Whatever schema a tool has: a path that is no text would match no rule about paths.
  if (adapter && path !== undefined && typeof path !== 'string') {
    return new AssentError('invalid', 'The argument "path" is no text, so no rule about paths could be held.', {
      pointer: '/args/path',
    });
  }
  try {
    const told = adapter?.paths?.(args) ?? (typeof path === 'string' ? [path] : []);
    return told.filter((one) => one !== '.');
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
  return { verdict: 'deny', rule: 'default.unreadable', reason: message };
}
