import { Module } from '@nestjs/common';
import { Config, LOG, SERVER_SECRETS, type Log } from '@assent/platform';
import { ClientCallRepository } from './client-call.repository';
import { ClientOutputs } from './client.outputs';
import { GatewaySettings } from './gateway.settings';
import { loadPolicy } from './policy';
import { McpPinRepository } from './mcp-pin.repository';
import { Redactor } from './redaction';
import { ToolCallRepository } from './tool-call.repository';
import { ToolPolicyRepository } from './tool-policy.repository';
import { PermissionGuard } from './permission.guard';
import { ToolPolicies } from './tool-policies';
import { ToolCalls } from './tool.calls';
import { findFamilies } from './tool.families';
import { ToolGuard } from './tool.guard';
import { hideSecrets, redactorOf, toolHost } from './tool.host';
import { ToolLimits } from './tool.limits';
import { TOOL_METRIC_PROVIDERS, ToolMetrics } from './tool.metrics';
import { ToolRegistry } from './tool.registry';
import { ToolRevisions } from './tool.revisions';
import { ToolTrust } from './tool-trust';
import { ToolSources } from './tool.sources';
import { createTools, gatewaySettingsIn, readToolsFile, secretsNamedIn } from './tools-file';
import { ToolsService } from './tools.service';

/**
 * Registry, guard, dry run and apply. Needs the platform module for `Config`, the log and the database. An invalid policy file or
 * tools file stops the start.
 */
@Module({
  providers: [
    { provide: Redactor, useFactory: redactorOf, inject: [SERVER_SECRETS] },
    {
      provide: ToolSources,
      useFactory: async (config: Config, log: Log, redactor: Redactor, trust: ToolTrust) => {
        const text = await readToolsFile(config.toolsFile);
        const made = await createTools(text, findFamilies(), toolHost(config, log, redactor, trust));
        hideSecrets(secretsNamedIn(text), config, redactor);
        return new ToolSources(made);
      },
      inject: [Config, LOG, Redactor, ToolTrust],
    },
    {
      provide: GatewaySettings,
      // After the tool sources, which check the file.
      useFactory: async (config: Config, _checked: ToolSources) =>
        gatewaySettingsIn(await readToolsFile(config.toolsFile)),
      inject: [Config, ToolSources],
    },
    {
      provide: ToolRegistry,
      useFactory: ({ adapters, sources }: ToolSources, log: Log) => new ToolRegistry(adapters, sources, log),
      inject: [ToolSources, LOG],
    },
    {
      provide: ToolPolicies,
      useFactory: async (config: Config, repository: ToolPolicyRepository) =>
        new ToolPolicies(await loadPolicy(config.policyFile), repository),
      inject: [Config, ToolPolicyRepository],
    },
    {
      provide: ToolCalls,
      useFactory: (metrics: ToolMetrics, redactor: Redactor) =>
        new ToolCalls(
          new ToolLimits((tool, state) => {
            metrics.breaker(tool, state);
          }),
          redactor,
        ),
      inject: [ToolMetrics, Redactor],
    },
    McpPinRepository,
    ToolTrust,
    ToolGuard,
    PermissionGuard,
    ToolsService,
    ToolRevisions,
    ToolCallRepository,
    ToolPolicyRepository,
    ClientCallRepository,
    ClientOutputs,
    ToolMetrics,
    ...TOOL_METRIC_PROVIDERS,
  ],
  exports: [
    ToolsService,
    GatewaySettings,
    ToolRevisions,
    ToolTrust,
    ToolPolicies,
    PermissionGuard,
    ToolCallRepository,
    ClientCallRepository,
    ClientOutputs,
    ToolMetrics,
  ],
})
export class ToolsModule {}
