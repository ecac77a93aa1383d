import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge } from 'prom-client';
import { FLAGS, type Flag } from '@assent/contract';
import { LOG, type Log, configured, type ConfiguredFlags } from '@assent/platform';
import { FlagRepository } from './flag.repository';

const STANDARD = 'assent_feature_flag';
const TENANTS = 'assent_feature_flag_tenants';
const CHECKS = 'assent_feature_flag_checks_total';

/** Metrics of the flags: their defaults, the tenants that differ, and the number of checks. */
@Injectable()
export class FlagMetrics implements OnModuleInit {
  constructor(
    @InjectMetric(STANDARD) private readonly standard: Gauge<'flag'>,
    @InjectMetric(TENANTS) private readonly tenants: Gauge<'flag' | 'enabled'>,
    @InjectMetric(CHECKS) private readonly checks: Counter<'flag' | 'enabled'>,
    private readonly repository: FlagRepository,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onModuleInit(): void {
    // prom-client awaits `collect` before each scrape; the provider helper of the Nest module cannot inject services
    // into it.
    Object.assign(this.tenants, { collect: () => this.countTenants() });
  }

  /** The value for a tenant without a setting of its own. */
  standards(flags: ConfiguredFlags): void {
    for (const flag of FLAGS) {
      this.standard.set({ flag }, Number(configured(flags, null, flag).enabled));
      for (const enabled of ['true', 'false']) this.checks.inc({ flag, enabled }, 0);
    }
  }

  checked(flag: Flag, enabled: boolean): void {
    this.checks.inc({ flag, enabled: String(enabled) });
  }

  private async countTenants(): Promise<void> {
    try {
      const counts = await this.repository.countOfAll();
      for (const flag of FLAGS) {
        for (const enabled of [true, false]) {
          const tenants = counts.find((count) => count.flag === flag && count.enabled === enabled)?.tenants ?? 0;
          this.tenants.set({ flag, enabled: String(enabled) }, tenants);
        }
      }
    } catch (err) {
      this.log.warn({ err }, 'could not count the feature flags; their metrics keep the last values');
    }
  }
}

export const FLAG_METRIC_PROVIDERS = [
  makeGaugeProvider({
    name: STANDARD,
    help: 'Whether a feature flag is on for a tenant without a setting of its own',
    labelNames: ['flag'],
  }),
  makeGaugeProvider({
    name: TENANTS,
    help: 'Tenants with a setting of their own for a feature flag',
    labelNames: ['flag', 'enabled'],
  }),
  makeCounterProvider({
    name: CHECKS,
    help: 'Checks of a feature flag, by result',
    labelNames: ['flag', 'enabled'],
  }),
];
