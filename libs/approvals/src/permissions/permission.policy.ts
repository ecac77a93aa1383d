import type { JsonObject } from '@assent/contract';
import type { PermissionContent } from './permission.content';

/** The files of a question. `areUnreadable`: it may touch further ones. */
export interface PermissionPaths {
  readonly paths: readonly string[];
  readonly areUnreadable: boolean;
}

/** The tools' rules for questions of coding agents. Bound by the engine. */
export abstract class PermissionPolicy {
  /** The rule that denies the question; null: no rule denies it. */
  abstract deniedBy(tenantId: string, content: PermissionContent): Promise<string | null>;

  /** The files that the input names. */
  abstract paths(content: PermissionContent): PermissionPaths;

  /** The input with secrets redacted. */
  abstract redacted(input: JsonObject): JsonObject;

  /** One line for people that says what the agent wants. @param reason the agent's own words */
  abstract title(content: PermissionContent, reason?: string | null): string;
}
