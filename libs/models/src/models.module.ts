import { Module } from '@nestjs/common';
import { Config } from '@assent/platform';
import { ModelLedgerRepository } from './calls/model-ledger.repository';
import { ModelCaller } from './calls/model.caller';
import { MODEL_METRIC_PROVIDERS, ModelMetrics } from './calls/model.metrics';
import { PromptLibrary } from './prompts/prompt.library';
import { MODEL_PROVIDER, createModelProvider } from './providers/provider.factory';

/** Budgeted calls of the configured model, and the prompts. */
@Module({
  providers: [
    { provide: MODEL_PROVIDER, inject: [Config], useFactory: ({ env }: Config) => createModelProvider(env) },
    { provide: PromptLibrary, useFactory: () => PromptLibrary.load() },
    ModelLedgerRepository,
    ModelCaller,
    ModelMetrics,
    ...MODEL_METRIC_PROVIDERS,
  ],
  exports: [ModelCaller, PromptLibrary],
})
export class ModelsModule {}
