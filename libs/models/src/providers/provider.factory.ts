import { llmProvider, type Environment } from '@assent/platform';
import { DEFAULT_BASE_URLS, type EndpointSettings, type HttpProvider } from './dialects';
import type { ModelProvider } from './model.port';
import { ResilientProvider } from './resilient.provider';
import { readScript } from './scripted.provider';
import { SdkProvider } from './sdk.provider';

/** Dependency injection token of the configured provider: a `ModelProvider`, or null when none is configured. */
export const MODEL_PROVIDER = Symbol('MODEL_PROVIDER');

/**
 * The configured provider with clocks and retries; null: no model is configured.
 * @throws Error naming the missing or invalid variables
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
  const name = llmProvider(env);
  switch (name) {
    case null:
      return null;
    case 'openai-compatible':
      requireSet({ name, chosenBy }, { LLM_BASE_URL: baseUrl, LLM_MODEL: model });
      return new SdkProvider(settingsOf(env, name, baseUrl ?? ''));
    case 'openai':
    case 'anthropic':
    case 'google':
      // A gateway in front of the provider may hold the key.
      requireSet({ name, chosenBy }, { ...(baseUrl ? {} : { LLM_API_KEY: apiKey }), LLM_MODEL: model });
      return new SdkProvider(settingsOf(env, name, baseUrl ?? DEFAULT_BASE_URLS[name]));
    case 'scripted':
      requireSet({ name, chosenBy }, { LLM_SCRIPT: script });
      return readScript(script ?? '');
  }
}

function settingsOf(env: Environment, provider: HttpProvider, baseUrl: string): EndpointSettings {
  const { LLM_API_KEY: apiKey, LLM_TEMPERATURE: temperature, LLM_REASONING_EFFORT: reasoningEffort } = env;
  const headers = objectIn('LLM_EXTRA_HEADERS', env.LLM_EXTRA_HEADERS, (value) => typeof value === 'string');
  return {
    provider,
    baseUrl,
    model: env.LLM_MODEL ?? '',
    maxTokensField: env.LLM_MAX_TOKENS_FIELD,
    extraBody: objectIn('LLM_EXTRA_BODY', env.LLM_EXTRA_BODY, () => true),
    headers: headers as Record<string, string>,
    ...(apiKey ? { apiKey } : {}),
    ...(temperature === undefined ? {} : { temperature }),
    ...(reasoningEffort === undefined ? {} : { reasoningEffort }),
  };
}

/** Parses the variable; {} if it is not set. Errors do not quote the value, which may hold secrets. */
function objectIn(
  variable: string,
  text: string | undefined,
  accepts: (value: unknown) => boolean,
): Record<string, unknown> {
  if (!text) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Reported below, together with valid JSON of another form.
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(accepts)) {
    return value as Record<string, unknown>;
  }
  const example = variable === 'LLM_EXTRA_HEADERS' ? '{"x-title":"Assent"}' : '{"top_p":0.9}';
  throw new Error(`${variable} is not a JSON object of the form ${example}. Correct it and start again.`);
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
