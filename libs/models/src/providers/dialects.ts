import type { streamText, wrapLanguageModel } from 'ai';
import type { Environment } from '@assent/platform';
import type { EndpointSecrets } from './endpoint.message';

/** The providers that speak over HTTP, as LLM_PROVIDER names them. */
export type HttpProvider = Exclude<NonNullable<Environment['LLM_PROVIDER']>, 'scripted'>;

type ReasoningEffort = NonNullable<Environment['LLM_REASONING_EFFORT']>;

export interface EndpointSettings extends EndpointSecrets {
  readonly provider: HttpProvider;
  readonly model: string;
  readonly temperature?: number;
  readonly reasoningEffort?: ReasoningEffort;
  /** Name of the answer limit in the request body, for `openai-compatible`. */
  readonly maxTokensField?: Environment['LLM_MAX_TOKENS_FIELD'];
  /** Merged into the body of every request; overrides existing properties. */
  readonly extraBody?: Readonly<Record<string, unknown>>;
}

/** Base URLs of the providers' own APIs. */
export const DEFAULT_BASE_URLS: Readonly<Record<Exclude<HttpProvider, 'openai-compatible'>, string>> = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com/v1',
  google: 'https://generativelanguage.googleapis.com/v1beta',
};

export type ChatModel = Exclude<Parameters<typeof wrapLanguageModel>[0]['model'], string>;
type ProviderOptions = NonNullable<Parameters<typeof streamText>[0]['providerOptions']>;

/** A client for one call. Only the package of the provider is loaded. */
export async function chatModel(settings: EndpointSettings, fetch: typeof globalThis.fetch): Promise<ChatModel> {
  const { provider, model, baseUrl: baseURL, apiKey, headers = {} } = settings;
  // Without an explicit key the SDK would read one from its own environment variable.
  const common = { baseURL, headers, fetch, apiKey: apiKey ?? '' };
  switch (provider) {
    case 'openai': {
      const { createOpenAI } = await import('@ai-sdk/openai');
      return createOpenAI(common).responses(model);
    }
    case 'anthropic': {
      const { createAnthropic } = await import('@ai-sdk/anthropic');
      return createAnthropic(common)(model);
    }
    case 'google': {
      const { createGoogleGenerativeAI } = await import('@ai-sdk/google');
      return createGoogleGenerativeAI(common)(model);
    }
    case 'openai-compatible': {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      return createOpenAICompatible({
        name: 'llm',
        baseURL,
        headers,
        fetch,
        ...(apiKey === undefined ? {} : { apiKey }),
        includeUsage: true,
        supportsStructuredOutputs: true,
      }).chatModel(model);
    }
  }
}

/** SDK options that only this provider understands. */
export function optionsOf({ provider, reasoningEffort: effort }: EndpointSettings): ProviderOptions {
  switch (provider) {
    case 'openai':
      // The provider stores nothing, so its reasoning arrives encrypted and is sent back with the next request.
      return { openai: { store: false, ...(effort ? { reasoningEffort: effort } : {}) } };
    case 'anthropic':
      return effort ? { anthropic: anthropicThinking(effort) } : {};
    case 'google':
      return effort ? { google: { thinkingConfig: googleThinking(effort) } } : {};
    case 'openai-compatible':
      return effort ? { llm: { reasoningEffort: effort } } : {};
  }
}

/** Adaptive thinking counts towards max_tokens; a fixed thinking budget would be added to it. */
function anthropicThinking(effort: ReasoningEffort) {
  if (effort === 'none') return { thinking: { type: 'disabled' } };
  return { thinking: { type: 'adaptive' }, effort: effort === 'minimal' ? 'low' : effort };
}

function googleThinking(effort: ReasoningEffort) {
  if (effort === 'none') return { thinkingBudget: 0 };
  return { thinkingLevel: effort === 'xhigh' ? 'high' : effort, includeThoughts: true };
}
