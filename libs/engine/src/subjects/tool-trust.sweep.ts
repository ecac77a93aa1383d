import { Injectable } from '@nestjs/common';
import { ApprovalRepository, SubjectApprovals, type ApprovalRecord } from '@assent/approvals';
import { Config, Sweeper } from '@assent/platform';
import { ToolTrust, type TrustedTool } from '@assent/tools';
import { TOOL_TRUST, trustRequest } from './tool-trust.subject';

/** The same interval at which replicas check for trust given by others. */
const EVERY_MS = 5_000;
/** Maximum page size of the inbox. */
const PENDING_PAGE = 100;

/** A tool that needs a tenant's decision, or whose request is obsolete. */
interface Item {
  readonly key: string;
  readonly settle: () => Promise<unknown>;
}

/** Requests decisions on untrusted tools, and withdraws obsolete requests. Safe to run on several replicas at once. */
@Injectable()
export class ToolTrustSweep {
  private items: readonly Item[] = [];

  constructor(
    private readonly trust: ToolTrust,
    private readonly asking: SubjectApprovals,
    private readonly approvals: ApprovalRepository,
    private readonly config: Config,
    sweeper: Sweeper,
  ) {
    sweeper.items<Item>({
      name: 'tool_trust',
      everyMs: EVERY_MS,
      prepare: () => this.readItems(),
      find: (limit, except) => Promise.resolve(this.among(limit, new Set(except))),
      keyOf: ({ key }) => key,
      handle: async ({ settle }) => {
        await settle();
        return true;
      },
    });
  }

  private async readItems(): Promise<boolean> {
    if (this.config.env.TOOL_TRUST_APPROVALS === 'off') return false;
    const tools = await this.trust.untrusted();
    const items: Item[] = [];
    for (const tenantId of this.config.trustTenants) items.push(...(await this.itemsOf(tenantId, tools)));
    this.items = items;
    return true;
  }

  private among(limit: number, except: ReadonlySet<string>): readonly Item[] {
    return this.items.filter(({ key }) => !except.has(key)).slice(0, limit);
  }

  private async itemsOf(tenantId: string, tools: readonly TrustedTool[]): Promise<Item[]> {
    const untrusted = new Set(tools.map(({ id }) => id));
    const pending = await this.pending(tenantId);
    return [
      ...tools.map((tool) => ({ key: `${tenantId}/${tool.id}`, settle: () => this.ask(tenantId, tool) })),
      ...pending.flatMap(({ subjectId }) =>
        subjectId === null || untrusted.has(subjectId)
          ? []
          : [{ key: `${tenantId}/${subjectId}`, settle: () => this.withdraw(tenantId, subjectId) }],
      ),
    ];
  }

  private async pending(tenantId: string): Promise<ApprovalRecord[]> {
    const found: ApprovalRecord[] = [];
    for (;;) {
      const last = found.at(-1);
      const page = await this.approvals.list(tenantId, {
        state: 'pending',
        runId: null,
        tool: null,
        requester: null,
        subject: TOOL_TRUST,
        workspace: null,
        risk: null,
        q: null,
        order: 'created',
        after: last ? { id: last.id, expiresAt: null } : null,
        limit: PENDING_PAGE,
      });
      found.push(...page);
      if (page.length < PENDING_PAGE) return found;
    }
  }

  private async ask(tenantId: string, tool: TrustedTool): Promise<void> {
    const request = trustRequest(tenantId, tool);
    // In this order: a request that is not pending may have been rejected a moment before.
    if (await this.asking.isPending(request)) return;
    if (await this.asking.isRejected(request)) {
      await this.asking.withdraw(tenantId, TOOL_TRUST, tool.id, { reason: 'the tool is again one that was rejected' });
    } else {
      await this.asking.request(request);
    }
  }

  /** Withdraws the request for a tool that has been trusted since, or has its trusted definition again. */
  private withdraw(tenantId: string, toolId: string): Promise<unknown> {
    return this.asking.withdraw(tenantId, TOOL_TRUST, toolId, { reason: 'the tool is trusted as it is' });
  }
}
