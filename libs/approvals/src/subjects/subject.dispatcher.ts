import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { LOG, type AuditEntry, type Cte, type Log } from '@assent/platform';
import { InboxHints } from '../inbox.hints';
import { SubjectRegistry } from './subject.registry';
import { SubjectRepository, type Claimed } from './subject.repository';

const EVERY_MS = 2_000;
const BATCH = 10;
/** Time a subject has to carry out a decision; then another replica may try. */
const CLAIM_SECONDS = 60;
const ACTOR = 'system:dispatch';

/** Carries out what was decided about subjects beside diffs: after the decision, once, and again by anybody after a crash. */
@Injectable()
export class SubjectDispatcher implements OnModuleInit {
  private sweeping: Promise<void> | null = null;
  private again = false;

  constructor(
    private readonly subjects: SubjectRepository,
    private readonly registry: SubjectRegistry,
    private readonly hints: InboxHints,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.hints.onSettled(() => void this.sweep());
  }

  /** One at a time in this process; a hint that comes meanwhile is not forgotten. */
  @Interval(EVERY_MS)
  async sweep(): Promise<void> {
    if (this.sweeping) {
      this.again = true;
      return this.sweeping;
    }
    this.sweeping = this.carryOutAll().finally(() => {
      this.sweeping = null;
    });
    return this.sweeping;
  }

  private async carryOutAll(): Promise<void> {
    try {
      do {
        this.again = false;
        const kinds = this.registry.names();
        const claimed = kinds.length === 0 ? [] : await this.subjects.claim(kinds, CLAIM_SECONDS, BATCH);
        for (const one of claimed) await this.carryOut(one);
        this.again ||= claimed.length === BATCH;
      } while (this.again);
    } catch (error) {
      this.log.warn({ err: error }, 'looking for decisions to carry out failed; the next look tries again');
    }
  }

  private async carryOut(claimed: Claimed): Promise<void> {
    const { approvalId, kind, state, subjectId, hash } = claimed;
    try {
      const subject = this.registry.find(kind);
      if (!subject) return;
      const writes: readonly Cte[] =
        state === 'approved'
          ? await subject.onApproved(claimed)
          : await subject.onRefused(claimed, state === 'cancelled' ? 'voided' : state);
      const entry: AuditEntry = {
        ...{ action: 'approval.dispatch', actor: ACTOR, subjectType: 'approval', subjectId: approvalId, hash },
        detail: { kind, subjectId, state },
      };
      if (!(await this.subjects.finish(claimed, writes, entry))) {
        this.log.warn(
          { approvalId, kind },
          'carrying out a decision took longer than its claim; whoever has it now says what was done',
        );
      }
    } catch (error) {
      this.log.error(
        { err: error, approvalId, kind },
        'a decision could not be carried out; it is tried again when the claim has run out',
      );
    }
  }
}
