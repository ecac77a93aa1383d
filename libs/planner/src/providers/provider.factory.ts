import type { Environment } from '@assent/platform';
import type { ModelProvider } from './model.port';
import { OpenAiCompatibleProvider } from './openai-compatible.provider';
import { ResilientProvider } from './resilient.provider';
import { readScript } from './scripted.provider';

/** Dependency injection token of the configured provider: a `ModelProvider`, or null when none is configured. */
export const MODEL_PROVIDER = Symbol('MODEL_PROVIDER');

/**
 * The provider that the environment asks for, with clocks and retries around it; null: no model is configured.
 * @throws Error naming the variables that are missing or wrong
 */
export function createModelProvider(env: Environment): ModelProvider | null {
  const provider = bareProvider(env);
  if (!provider) return null;
  return new ResilientProvider(provider, {
    clocks: {
      headers: env.LLM_HEADERS_TIMEOUT_MS,
      first_content: env.LLM_FIRST_CONTENT_TIMEOUT_MS,
      gap: env.LLM_GAP_TIMEOUT_MS,
      total: env.LLM_TOTAL_TIMEOUT_MS,
    },
    maxRetries: env.LLM_MAX_RETRIES,
  });
}

function bareProvider(env: Environment): ModelProvider | null {
  const { LLM_BASE_URL: baseUrl, LLM_API_KEY: apiKey, LLM_MODEL: model, LLM_SCRIPT: script } = env;
  const chosenBy = env.LLM_PROVIDER ? 'LLM_PROVIDER' : 'LLM_BASE_URL';
  const name = env.LLM_PROVIDER ?? (baseUrl ? 'openai-compatible' : script ? 'scripted' : null);
  switch (name) {
    case null:
      return null;
    case 'openai-compatible':
      requireSet({ name, chosenBy }, { LLM_BASE_URL: baseUrl, LLM_MODEL: model });
      return new OpenAiCompatibleProvider({
        baseUrl: baseUrl ?? '',
        model: model ?? '',
        ...(apiKey ? { apiKey } : {}),
      });
    case 'scripted':
      requireSet({ name, chosenBy }, { LLM_SCRIPT: script });
      return readScript(script ?? '');
  }
}

function requireSet(
  { name, chosenBy }: { readonly name: string; readonly chosenBy: string },
  variables: Readonly<Record<string, string | undefined>>,
): void {
  const missing = Object.keys(variables).filter((variable) => !variables[variable]);
  if (missing.length > 0) {
    throw new Error(`The model provider ${name} is not usable: set ${missing.join(' and ')}, or unset ${chosenBy}.`);
  }
}
