import { Global, Module } from '@nestjs/common';
import { Config, readFlags } from '@assent/platform';
import { FeatureFlags } from './feature.flags';
import { FLAG_METRIC_PROVIDERS, FlagMetrics } from './flag.metrics';
import { FlagRepository } from './flag.repository';

/** Feature flags. */
@Global()
@Module({
  providers: [
    FlagRepository,
    FlagMetrics,
    ...FLAG_METRIC_PROVIDERS,
    {
      provide: FeatureFlags,
      useFactory: (config: Config, repository: FlagRepository, metrics: FlagMetrics) => {
        const flags = readFlags(config.env.FEATURE_FLAGS);
        metrics.standards(flags);
        return new FeatureFlags(flags, repository, (flag, enabled) => {
          metrics.checked(flag, enabled);
        });
      },
      inject: [Config, FlagRepository, FlagMetrics],
    },
  ],
  exports: [FeatureFlags],
})
export class FlagsModule {}
