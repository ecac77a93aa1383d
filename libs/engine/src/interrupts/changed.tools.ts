import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ApprovalRepository, DiffRepository, VoidService, type ApprovalRecord } from '@assent/approvals';
import { LOG, forAllTenants, type Log } from '@assent/platform';
import { insertStep } from '@assent/planner';
import { ToolsService } from '@assent/tools';

const ACTOR = 'system:tools';
const PAGE = 100;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/**
 * Voids pending calls through the MCP gateway when the definition of their tool changes: a reviewer must not approve a
 * call of another tool than the one shown. A call that is missed here is refused before it is made.
 */
@Injectable()
export class ChangedTools implements OnApplicationBootstrap {
  private checking: Promise<void> = Promise.resolve();

  constructor(
    private readonly tools: ToolsService,
    private readonly approvals: ApprovalRepository,
    private readonly diffs: DiffRepository,
    private readonly voids: VoidService,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** The tools may have changed while no server was running. Tools that this replica lacks may exist on others. */
  onApplicationBootstrap(): void {
    this.tools.onChange((names) => {
      this.checkNext(names);
    });
    this.checkNext(this.tools.foreignNames());
  }

  /** One check at a time. */
  private checkNext(names: readonly string[]): void {
    this.checking = this.checking.then(() =>
      forAllTenants(() => this.check(names)).catch((err: unknown) => {
        this.log.warn({ err }, 'could not void calls of changed tools; they are refused before they are made');
      }),
    );
  }

  private async check(names: readonly string[]): Promise<void> {
    for (let after = FIRST_ID; ;) {
      const page = await this.approvals.pendingOfGateway(names, after, PAGE);
      for (const approval of page) await this.checkOne(approval);
      const last = page.at(-1);
      if (!last || page.length < PAGE) return;
      after = last.id;
    }
  }

  /** A failure does not block the others. */
  private async checkOne(approval: ApprovalRecord): Promise<void> {
    try {
      if (await this.isOutdated(approval)) await this.void(approval);
    } catch (err) {
      const approvalId = approval.id;
      this.log.warn({ err, approvalId }, 'could not void the call of a changed tool; it is refused before it is made');
    }
  }

  private async isOutdated({ tenantId, diffId }: ApprovalRecord): Promise<boolean> {
    const diff = diffId === null ? undefined : await this.diffs.find(tenantId, diffId);
    return diff !== undefined && this.tools.isOutdated(diff.content, diff.hash);
  }

  private async void(approval: ApprovalRecord): Promise<void> {
    const { step, tool, goal } = approval;
    const reason = `the definition of ${tool} has changed`;
    const ended = { action: { kind: 'tool' as const, label: goal }, outcome: { kind: 'voided', reason } };
    const writes = step === null ? [] : [insertStep({ step, ...ended })];
    await this.voids.void(approval, { reason, actor: ACTOR, frames: [], writes, resumed: 'voided' });
  }
}
