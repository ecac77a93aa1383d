import { Module } from '@nestjs/common';
import { Config } from '@assent/platform';
import { ADAPTERS } from './adapters/adapters';
import { loadPolicy } from './policy';
import { ToolCallRepository } from './tool-call.repository';
import { TOOL_METRIC_PROVIDERS, ToolMetrics } from './tool.metrics';
import { ToolRegistry } from './tool.registry';
import { TOOL_POLICY, ToolsService } from './tools.service';

/** Registry, guard, dry run and apply. Needs the platform module for `Config`. A policy file that is wrong stops the boot. */
@Module({
  providers: [
    { provide: ToolRegistry, useFactory: () => new ToolRegistry(ADAPTERS) },
    { provide: TOOL_POLICY, useFactory: (config: Config) => loadPolicy(config.policyFile), inject: [Config] },
    ToolsService,
    ToolCallRepository,
    ToolMetrics,
    ...TOOL_METRIC_PROVIDERS,
  ],
  exports: [ToolsService, ToolCallRepository, ToolMetrics],
})
export class ToolsModule {}
