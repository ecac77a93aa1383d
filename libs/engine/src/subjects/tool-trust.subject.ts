import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AssentError } from '@assent/contract';
import {
  SubjectRegistry,
  type ApprovalSubject,
  type SettledSubject,
  type SubjectKind,
  type SubjectRequest,
} from '@assent/approvals';
import type { Cte } from '@assent/platform';
import { ToolTrust, type TrustedTool } from '@assent/tools';
import { visible } from './visible-text';

export const TOOL_TRUST = 'tool_trust' satisfies SubjectKind;
const SYSTEM = 'system:approvals';
const REQUESTER = 'system:tools';

/** What is decided on: a tool as it is now, and as it was. */
type Content = Pick<TrustedTool, 'id' | 'hash' | 'definition' | 'trustedHash' | 'trustedDefinition'>;

/** Trust in foreign tools, in the inbox of the reviewers. */
@Injectable()
export class ToolTrustSubject implements ApprovalSubject, OnModuleInit {
  readonly kind = TOOL_TRUST;

  constructor(
    private readonly registry: SubjectRegistry,
    private readonly trust: ToolTrust,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  render(bytes: Buffer): string {
    const { id, hash, definition, trustedDefinition } = read(bytes);
    const before =
      trustedDefinition === null
        ? 'Nobody has trusted it before.'
        : `As it was trusted:\n${JSON.stringify(trustedDefinition, null, 2)}`;
    return visible(`Tool ${id} as it is now (${hash}):\n${JSON.stringify(definition, null, 2)}\n\n${before}\n`);
  }

  async onApproved({ tenantId, actor, content }: SettledSubject): Promise<readonly Cte[]> {
    const { id, hash } = read(content);
    try {
      await this.trust.trust(id, hash, { tenantId, subject: actor ?? SYSTEM });
    } catch (thrown) {
      // It has changed once more, or the tenant may not trust any longer: nobody has agreed to that.
      if (!(thrown instanceof AssentError) || thrown.retryable) throw thrown;
    }
    return [];
  }

  /** It stays disabled, as it is. */
  onRefused(): Promise<readonly Cte[]> {
    return Promise.resolve([]);
  }
}

/** What a tenant is asked about a tool. */
export function trustRequest(tenantId: string, tool: TrustedTool): SubjectRequest {
  const { id, hash, definition, trustedHash, trustedDefinition } = tool;
  const content: Content = { id, hash, definition, trustedHash, trustedDefinition };
  return {
    ...{ tenantId, kind: TOOL_TRUST, subjectId: id, requester: REQUESTER },
    title: trustedHash === null ? `Trust in the new tool ${id}` : `Trust in the tool ${id}, which has changed`,
    content: Buffer.from(JSON.stringify(content)),
  };
}

function read(content: Buffer): Content {
  return JSON.parse(content.toString('utf8')) as Content;
}
