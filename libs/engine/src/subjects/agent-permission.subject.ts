import { Injectable } from '@nestjs/common';
import {
  PermissionPolicy,
  readPermission,
  type ApprovalSubject,
  type PermissionContent,
  type SubjectKind,
  type SubjectView,
} from '@assent/approvals';
import type { JsonObject } from '@assent/contract';
import type { RunPart } from '@assent/platform';
import { ClientOutputs, PermissionGuard, ToolsService, permissionPaths, type PermissionPaths } from '@assent/tools';
import { permissionText, permissionTitle } from './permission-text';
import { visible } from './visible-text';

const AGENT_PERMISSION = 'agent_permission' satisfies SubjectKind;

/** Shows questions of coding agents. */
@Injectable()
export class AgentPermissionView implements SubjectView {
  readonly kind = AGENT_PERMISSION;

  constructor(private readonly outputs: ClientOutputs) {}

  render(bytes: Buffer): string {
    return visible(permissionText(readPermission(bytes)));
  }

  redacted(text: string): string {
    return this.outputs.text(text);
  }
}

/** The agent that waits for the decision carries it out. */
@Injectable()
export class AgentPermissionSubject implements ApprovalSubject {
  readonly kind = AGENT_PERMISSION;

  onApproved(): Promise<readonly RunPart[]> {
    return Promise.resolve([]);
  }

  onRefused(): Promise<readonly RunPart[]> {
    return Promise.resolve([]);
  }
}

/** Connects questions of coding agents to the tool policy and to redaction. */
@Injectable()
export class ToolPermissionPolicy extends PermissionPolicy {
  constructor(
    private readonly guard: PermissionGuard,
    private readonly tools: ToolsService,
  ) {
    super();
  }

  async deniedBy(tenantId: string, content: PermissionContent): Promise<string | null> {
    const decision = await this.guard.decide({ tenantId }, content);
    return decision?.verdict === 'deny' ? decision.rule : null;
  }

  paths(content: PermissionContent): PermissionPaths {
    return permissionPaths(content);
  }

  redacted(input: JsonObject): JsonObject {
    return this.tools.redactForDisplay(input);
  }

  title(content: PermissionContent, reason: string | null = null): string {
    return permissionTitle(content, reason);
  }
}
