import type { JsonObject } from '@assent/contract';
import { canonicalJson } from '@assent/platform';

/** The content that a decision about a coding agent's question is bound to, with secrets redacted. */
export interface PermissionContent {
  readonly agent: string;
  readonly agentVersion: string | null;
  readonly tool: string;
  readonly input: JsonObject;
  readonly cwd: string | null;
  readonly session: string | null;
}

/** Agents whose hook response has no field for another input. */
const WITHOUT_UPDATED_INPUT: ReadonlySet<string> = new Set(['codex', 'opencode']);

/** The stored and hashed bytes: canonical JSON (RFC 8785). */
export function permissionBytes(content: PermissionContent): Buffer {
  return Buffer.from(canonicalJson(content));
}

export function readPermission(content: Buffer): PermissionContent {
  return JSON.parse(content.toString('utf8')) as PermissionContent;
}

/** Whether a reviewer may replace the input: the agent accepts another one, and no part of it is hidden. */
export function isEditable({ agent }: Pick<PermissionContent, 'agent'>, risks: readonly string[]): boolean {
  return !WITHOUT_UPDATED_INPUT.has(agent) && !risks.includes('redacted');
}
