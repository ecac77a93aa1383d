import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { ApprovalRepository, SubjectApprovals } from '@assent/approvals';
import { Config, LOG, type Log } from '@assent/platform';
import { ToolTrust } from '@assent/tools';
import { TOOL_TRUST, trustRequest } from './tool-trust.subject';

/** As often as replicas look at what others have trusted. */
const EVERY_MS = 5_000;
/** Tools at once; those behind them come when these are decided. */
const TOOLS_AT_ONCE = 200;
/** Longest page of the inbox. */
const PENDING_AT_ONCE = 100;

/** Asks the inbox about tools that nobody trusts, and takes back what nobody needs to decide any more. Safe on several replicas at once. */
@Injectable()
export class ToolTrustSweep {
  constructor(
    private readonly trust: ToolTrust,
    private readonly asking: SubjectApprovals,
    private readonly approvals: ApprovalRepository,
    private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
  ) {}

  @Interval(EVERY_MS)
  async sweep(): Promise<void> {
    if (this.config.env.TOOL_TRUST_APPROVALS === 'off') return;
    try {
      const tools = await this.trust.untrusted(TOOLS_AT_ONCE);
      for (const tenantId of this.config.trustTenants) {
        for (const tool of tools) {
          const request = trustRequest(tenantId, tool);
          if (await this.asking.isRejected(request)) {
            await this.asking.withdraw(tenantId, TOOL_TRUST, tool.id, 'the tool is again one that was rejected');
          } else {
            await this.asking.request(request);
          }
        }
        if (tools.length < TOOLS_AT_ONCE) await this.withdraw(tenantId, new Set(tools.map(({ id }) => id)));
      }
    } catch (error) {
      this.log.warn({ err: error }, 'asking about tools that nobody trusts failed; the next look tries again');
    }
  }

  /** Somebody trusts them by now, or they are again as they were trusted. */
  private async withdraw(tenantId: string, untrusted: ReadonlySet<string>): Promise<void> {
    const pending = await this.approvals.list(tenantId, {
      ...{ state: 'pending', runId: null, tool: null, requester: null, subject: TOOL_TRUST },
      ...{ after: null, limit: PENDING_AT_ONCE },
    });
    for (const { subjectId } of pending) {
      if (subjectId === null || untrusted.has(subjectId)) continue;
      await this.asking.withdraw(tenantId, TOOL_TRUST, subjectId, 'the tool is trusted as it is');
    }
  }
}
