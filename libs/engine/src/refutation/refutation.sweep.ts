import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { LOG, isTransient, type Log } from '@assent/platform';
import { ResolutionRepository, TreeRepository, type UnspreadResolution } from '@assent/planner';
import { RefutationService } from './refutation.service';

const EVERY_MS = 2_000;
const BATCH = 100;

/**
 * Carries what was settled in one run to the runs of the same workspace that wait on it. The rows say what is still to be
 * told, so a replica that dies in the middle leaves it to the others.
 */
@Injectable()
export class RefutationSweep implements OnModuleDestroy {
  private spreading: Promise<void> | null = null;
  /** How often something was settled since the last look began. */
  private wakes = 0;

  constructor(
    private readonly resolutions: ResolutionRepository,
    private readonly trees: TreeRepository,
    private readonly refutations: RefutationService,
    @Inject(LOG) private readonly log: Log,
  ) {}

  async onModuleDestroy(): Promise<void> {
    await this.spreading;
  }

  /** Something was settled just now: do not wait for the next look. */
  wake(): void {
    this.wakes += 1;
    void this.sweep();
  }

  @Interval(EVERY_MS)
  async sweep(): Promise<void> {
    this.spreading ??= this.spreadAll().finally(() => {
      this.spreading = null;
    });
    await this.spreading;
  }

  private async spreadAll(): Promise<void> {
    let seen: number;
    do {
      seen = this.wakes;
      try {
        for (const resolution of await this.resolutions.unspread(BATCH)) await this.tryToSpread(resolution);
      } catch (error) {
        this.log.warn({ err: error }, 'telling waiting runs what was settled failed; the next look tries again');
      }
    } while (seen !== this.wakes);
  }

  /** One that cannot be told holds up no other. */
  private async tryToSpread(resolution: UnspreadResolution): Promise<void> {
    try {
      await this.spread(resolution);
    } catch (error) {
      const { runId, assumptionId } = resolution;
      this.log.warn({ err: error, runId, assumptionId }, 'waiting runs could not be told; the next look tries again');
    }
  }

  private async spread(resolution: UnspreadResolution): Promise<void> {
    const { tenantId, workspace, key, keyTruth, actor, runId: from, source } = resolution;
    const finding = { key, keyTruth, actor, source: 'refutation' as const, from, byModel: source === 'observation' };
    for (const runId of await this.trees.waitingOn(tenantId, workspace, key)) {
      if (runId === from) continue;
      try {
        const told = await this.refutations.tell(tenantId, runId, finding);
        this.log.info({ runId, from, told }, 'a waiting run assumes what was settled elsewhere');
      } catch (error) {
        if (isTransient(error)) throw error;
        this.log.error({ err: error, runId, from }, 'a run cannot be told what was settled elsewhere; it waits on');
      }
    }
    await this.resolutions.markSpread(resolution);
  }
}
