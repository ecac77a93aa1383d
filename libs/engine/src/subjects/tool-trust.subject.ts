import { Injectable } from '@nestjs/common';
import { AssentError } from '@assent/contract';
import type { ApprovalSubject, ApprovedSubject, SubjectKind, SubjectRequest, SubjectView } from '@assent/approvals';
import type { RunPart } from '@assent/platform';
import { ClientOutputs, ToolTrust, type TrustedTool } from '@assent/tools';
import { visible } from './visible-text';

export const TOOL_TRUST = 'tool_trust' satisfies SubjectKind;
const SYSTEM = 'system:approvals';
const REQUESTER = 'system:tools';

/** The subject of the decision: the current and the trusted definition of a tool. */
type Content = Pick<TrustedTool, 'id' | 'hash' | 'definition' | 'trustedHash' | 'trustedDefinition'>;

/** Shows foreign tools to the reviewers who decide whether to trust them. */
@Injectable()
export class ToolTrustView implements SubjectView {
  readonly kind = TOOL_TRUST;

  constructor(private readonly outputs: ClientOutputs) {}

  render(bytes: Buffer): string {
    const { id, hash, definition, trustedDefinition } = read(bytes);
    const before =
      trustedDefinition === null
        ? 'Nobody has trusted it before.'
        : `As it was trusted:\n${JSON.stringify(trustedDefinition, null, 2)}`;
    return visible(`Tool ${id} as it is now (${hash}):\n${JSON.stringify(definition, null, 2)}\n\n${before}\n`);
  }

  redacted(text: string): string {
    return this.outputs.text(text);
  }
}

/** Trusts foreign tools once they are approved. */
@Injectable()
export class ToolTrustSubject implements ApprovalSubject {
  readonly kind = TOOL_TRUST;

  constructor(private readonly trust: ToolTrust) {}

  async onApproved({ tenantId, actor, content }: ApprovedSubject): Promise<readonly RunPart[]> {
    const { id, hash } = read(content);
    try {
      await this.trust.trust(id, hash, { tenantId, subject: actor ?? SYSTEM });
    } catch (thrown) {
      // The tool has changed again, or the tenant may no longer give trust; the approval covers neither.
      if (!(thrown instanceof AssentError) || thrown.retryable) throw thrown;
    }
    return [];
  }

  /** The tool stays disabled. */
  onRefused(): Promise<readonly RunPart[]> {
    return Promise.resolve([]);
  }
}

/** The request to a tenant to trust a tool. */
export function trustRequest(tenantId: string, tool: TrustedTool): SubjectRequest {
  const { id, hash, definition, trustedHash, trustedDefinition } = tool;
  const content: Content = { id, hash, definition, trustedHash, trustedDefinition };
  return {
    tenantId,
    kind: TOOL_TRUST,
    subjectId: id,
    requester: REQUESTER,
    title: trustedHash === null ? `Trust in the new tool ${id}` : `Trust in the tool ${id}, which has changed`,
    content: Buffer.from(JSON.stringify(content)),
  };
}

function read(content: Buffer): Content {
  return JSON.parse(content.toString('utf8')) as Content;
}
