import { Injectable } from '@nestjs/common';
import { AssentError, type MemoryDrift } from '@assent/contract';
import { Config } from '@assent/platform';
import { MemoryMetrics } from '../memory.metrics';
import { PlanRepository } from '../plans/plan.repository';
import { PlanService } from '../plans/plan.service';
import { doesHarm, gainOf, totalOf } from './drift';
import { DriftRepository } from './drift.repository';

const AGENT = 'system:memory';
/** With the default window and share of control runs, each part has enough runs on both sides. */
const PARTS = 5;

/** Measures the gain of memory, and freezes promotion if memory does harm. */
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
    const [parts, state] = await Promise.all([this.drift.parts(tenantId, window, PARTS), this.drift.state(tenantId)]);
    const { recall, control } = totalOf(parts);
    const series = parts.map((part) => ({
      from: part.from.toISOString(),
      to: part.to.toISOString(),
      recall: part.recall,
      control: part.control,
      gain: gainOf(part.recall, part.control, MEMORY_DRIFT_MIN_RUNS),
    }));
    return { ...state, recall, control, gain: gainOf(recall, control, MEMORY_DRIFT_MIN_RUNS), window, series };
  }

  /** An operator has investigated: promotion resumes until the next check finds drift again. */
  async clear(tenantId: string, actor: string): Promise<MemoryDrift> {
    await this.drift.thaw(tenantId, actor);
    return this.get(tenantId);
  }

  /** One check. @returns the result, as a sentence */
  async check(tenantId: string): Promise<string> {
    const { MEMORY_DRIFT_WINDOW, MEMORY_DRIFT_MIN_RUNS, MEMORY_DRIFT_ROLLBACK } = this.config.env;
    const { recall, control, since } = totalOf(await this.drift.parts(tenantId, MEMORY_DRIFT_WINDOW, 1));
    const gain = gainOf(recall, control, MEMORY_DRIFT_MIN_RUNS);
    if (!gain) return `too few runs to judge: ${recall.runs} with memory, ${control.runs} without`;
    this.metrics.measured(tenantId, gain);
    const summary = `gain ${gain.mean.toFixed(3)} (${gain.lower.toFixed(3)} to ${gain.upper.toFixed(3)})`;
    if (!doesHarm(recall, control, MEMORY_DRIFT_MIN_RUNS)) {
      const thawed = await this.drift.thaw(tenantId, AGENT);
      const verdict = gain.lower < 0 ? `${summary}; it may be worth nothing` : summary;
      return thawed ? `${verdict}: promotion goes on again` : verdict;
    }
    if (!(await this.drift.freeze(tenantId, gain, { recall, control }))) return `${summary}: promotion stays frozen`;
    if (MEMORY_DRIFT_ROLLBACK === 'off' || !since) return `${summary}: promotion is frozen`;
    return `${summary}: promotion is frozen, ${await this.rollBack(tenantId, since)} plans of the window were taken back`;
  }

  /** Newest first, so that none is reverted before a plan that builds on it; plans that people built on stay. */
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
