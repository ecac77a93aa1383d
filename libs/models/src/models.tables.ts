import { double, instant, integer, text, uuid, table } from '@assent/platform';

export const MODEL_CALLS = table(
  'model_calls',
  {
    id: uuid(),
    tenantId: text(),
    runId: uuid(),
    step: integer(),
    purpose: text(),
    provider: text(),
    model: text(),
    outcome: text(),
    inputTokens: integer(),
    outputTokens: integer(),
    /** Input tokens that came from the provider's cache. */
    cachedTokens: integer().default(0),
    costUsd: double(),
    durationMs: integer(),
    createdAt: instant(),
  },
  {
    primaryKey: ['id'],
    indexes: {
      model_calls_run: ['runId'],
      model_calls_tenant: ['tenantId', 'createdAt'],
    },
  },
);
