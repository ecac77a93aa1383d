import { Injectable } from '@nestjs/common';
import type { Effect, GuardDecision, JsonObject, Principal } from '@assent/contract';
import { FeatureFlags } from '@assent/identity';
import { guardPermission } from './guard';
import { permissionPaths } from './permission-paths';
import { requiringPerson } from './tool.guard';
import { ToolPolicies } from './tool-policies';

/** Tools of coding agents that change nothing, in lower case. */
const READS: ReadonlySet<string> = new Set(['read', 'grep', 'glob']);

/** A coding agent's question: may this tool run with this input? */
export interface PermissionQuestion {
  readonly agent: string;
  readonly tool: string;
  readonly input: JsonObject;
  readonly cwd: string | null;
}

/** The name that policies have for an agent's tool. */
export function permissionTool({ agent, tool }: Pick<PermissionQuestion, 'agent' | 'tool'>): string {
  return `agent.${agent}.${tool}`;
}

export function permissionEffect({ tool }: Pick<PermissionQuestion, 'tool'>): Effect {
  return READS.has(tool.toLowerCase()) ? 'read' : 'external';
}

/** Applies the tool policies of server and tenant to the questions of coding agents. */
@Injectable()
export class PermissionGuard {
  constructor(
    private readonly policies: ToolPolicies,
    private readonly flags: FeatureFlags,
  ) {}

  /** @returns null: no rule matches; the caller's default applies */
  async decide(
    { tenantId, scopes }: Pick<Principal, 'tenantId'> & Partial<Pick<Principal, 'scopes'>>,
    question: PermissionQuestion,
  ): Promise<GuardDecision | null> {
    const effect = permissionEffect(question);
    const { paths, areUnreadable: arePathsUnreadable } = permissionPaths(question);
    const asked = { tool: permissionTool(question), args: question.input, paths, arePathsUnreadable, effect };
    const decision = guardPermission({ ...asked, scopes: scopes ?? null }, await this.policies.of(tenantId));
    if (decision === null || (await this.flags.enabled(tenantId, 'auto_approval'))) return decision;
    return requiringPerson(decision, effect);
  }
}
