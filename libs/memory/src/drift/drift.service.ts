import { Injectable } from '@nestjs/common';
import { AssentError, type MemoryDrift } from '@assent/contract';
import { Config } from '@assent/platform';
import { MemoryMetrics } from '../memory.metrics';
import { PlanRepository } from '../plans/plan.repository';
import { PlanService } from '../plans/plan.service';
import { gainOf, isDrifting } from './drift';
import { DriftRepository } from './drift.repository';

const AGENT = 'system:memory';

/** Watches what memory is worth; when it can no longer be said to help, nothing more is promoted. */
@Injectable()
export class DriftService {
  constructor(
    private readonly drift: DriftRepository,
    private readonly plans: PlanRepository,
    private readonly service: PlanService,
    private readonly metrics: MemoryMetrics,
    private readonly config: Config,
  ) {}

  async get(tenantId: string): Promise<MemoryDrift> {
    const { MEMORY_DRIFT_WINDOW: window, MEMORY_DRIFT_MIN_RUNS } = this.config.env;
    const [{ recall, control }, state] = await Promise.all([
      this.drift.sides(tenantId, window),
      this.drift.state(tenantId),
    ]);
    return { ...state, recall, control, gain: gainOf(recall, control, MEMORY_DRIFT_MIN_RUNS), window };
  }

  /** Somebody has looked into it: promotion goes on until the next look finds it adrift again. */
  async clear(tenantId: string, actor: string): Promise<MemoryDrift> {
    await this.drift.thaw(tenantId, actor);
    return this.get(tenantId);
  }

  /** One look. @returns what came of it, as a sentence */
  async check(tenantId: string): Promise<string> {
    const { MEMORY_DRIFT_WINDOW, MEMORY_DRIFT_MIN_RUNS, MEMORY_DRIFT_ROLLBACK } = this.config.env;
    const { recall, control, since } = await this.drift.sides(tenantId, MEMORY_DRIFT_WINDOW);
    const gain = gainOf(recall, control, MEMORY_DRIFT_MIN_RUNS);
    if (!gain) return `too few runs to judge: ${recall.runs} with memory, ${control.runs} without`;
    this.metrics.measured(tenantId, gain);
    const told = `gain ${gain.mean.toFixed(3)} (${gain.lower.toFixed(3)} to ${gain.upper.toFixed(3)})`;
    if (!isDrifting(gain)) {
      const thawed = await this.drift.thaw(tenantId, AGENT);
      return thawed ? `${told}: promotion goes on again` : told;
    }
    if (!(await this.drift.freeze(tenantId, gain, { recall, control }))) return `${told}: promotion stays frozen`;
    if (MEMORY_DRIFT_ROLLBACK === 'off' || !since) return `${told}: promotion is frozen`;
    return `${told}: promotion is frozen, ${await this.rollBack(tenantId, since)} plans of the window were taken back`;
  }

  /** Newest first, so that none rests on a later one; what a person has built on stays. */
  private async rollBack(tenantId: string, since: Date): Promise<number> {
    let count = 0;
    for (const { planId } of await this.plans.ofAgent(tenantId, since)) {
      try {
        await this.service.revert({ tenantId, subject: AGENT, origin: 'plan' }, planId);
        count += 1;
      } catch (thrown) {
        if (!(thrown instanceof AssentError && thrown.reason === 'conflict')) throw thrown;
      }
    }
    return count;
  }
}
