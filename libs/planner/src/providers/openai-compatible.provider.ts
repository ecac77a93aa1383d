import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
  jsonSchema,
  streamText,
  tool,
  wrapLanguageModel,
  type FinishReason,
  type LanguageModel,
  type ToolSet,
} from 'ai';
import type { EndpointSecrets } from './endpoint.words';
import { limitedBody } from './limited.body';
import { failureOf } from './openai-compatible.failure';
import type {
  AnswerSchema,
  EndReason,
  FunctionOffer,
  ModelEvent,
  ModelProvider,
  ModelRequest,
  ModelUsage,
  StreamRequest,
  StructuredRequest,
} from './model.port';

export interface OpenAiCompatibleSettings {
  /** With its /v1. */
  readonly baseUrl: string;
  readonly apiKey?: string;
  readonly model: string;
}

const END_REASONS: Readonly<Record<FinishReason, EndReason>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'calls',
  'content-filter': 'filtered',
  error: 'other',
  other: 'other',
};

/** Any endpoint that speaks POST {baseUrl}/chat/completions with streaming: hosted ones, vLLM, llama.cpp, Ollama. */
export class OpenAiCompatibleProvider implements ModelProvider {
  readonly name = 'openai-compatible';

  constructor(private readonly settings: OpenAiCompatibleSettings) {}

  get model(): string {
    return this.settings.model;
  }

  stream(request: StreamRequest): AsyncIterable<ModelEvent> {
    return eventsOf(request, this.endpoint(request), toolsOf(request.functions), this.settings);
  }

  structured(request: StructuredRequest): AsyncIterable<ModelEvent> {
    return eventsOf(request, answering(this.endpoint(request), request.answer), {}, this.settings);
  }

  /** A client for one call, because what is told of the headers is told to that call. */
  private endpoint({ onHeaders }: ModelRequest) {
    const { baseUrl, apiKey, model } = this.settings;
    const endpoint = createOpenAICompatible({
      name: 'llm',
      baseURL: baseUrl,
      ...(apiKey === undefined ? {} : { apiKey }),
      includeUsage: true,
      supportsStructuredOutputs: true,
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        onHeaders();
        return limitedBody(response);
      },
    });
    return endpoint.chatModel(model);
  }
}

type ChatModel = Exclude<Parameters<typeof wrapLanguageModel>[0]['model'], string>;

/** The schema goes to the endpoint; the text comes back as it is, for the SDK would hold it back until it parses. */
function answering(model: ChatModel, { name, schema }: AnswerSchema): LanguageModel {
  return wrapLanguageModel({
    model,
    middleware: {
      specificationVersion: 'v3',
      transformParams: ({ params }) =>
        Promise.resolve({ ...params, responseFormat: { type: 'json' as const, name, schema } }),
    },
  });
}

function toolsOf(functions: readonly FunctionOffer[]): ToolSet {
  return Object.fromEntries(
    functions.map(({ name, description, parameters }) => [
      name,
      tool({ description, inputSchema: jsonSchema(parameters) }),
    ]),
  );
}

async function* eventsOf(
  request: ModelRequest,
  model: LanguageModel,
  tools: ToolSet,
  secrets: EndpointSecrets,
): AsyncGenerator<ModelEvent> {
  const { messages, maxOutputTokens, signal } = request;
  const stop = new AbortController();
  const system = messages.find(({ role }) => role === 'system');
  const { fullStream } = streamText({
    model,
    ...(system ? { system: system.content } : {}),
    messages: messages.flatMap(({ role, content }) => (role === 'system' ? [] : [{ role, content }])),
    tools,
    maxOutputTokens,
    abortSignal: AbortSignal.any([signal, stop.signal]),
    maxRetries: 0,
    // The same error comes as a part of the stream; without this the SDK writes it to the console.
    onError: () => undefined,
  });
  try {
    for await (const part of fullStream) {
      signal.throwIfAborted();
      if (part.type === 'error') throw failureOf(part.error, secrets);
      const event = eventOf(part);
      if (event) yield event;
    }
  } catch (thrown) {
    signal.throwIfAborted();
    throw failureOf(thrown, secrets);
  } finally {
    stop.abort();
  }
  signal.throwIfAborted();
}

type Part = ReturnType<typeof streamText>['fullStream'] extends AsyncIterable<infer P> ? P : never;

function eventOf(part: Part): ModelEvent | null {
  switch (part.type) {
    case 'reasoning-delta':
      return { kind: 'reasoning', text: part.text };
    case 'text-delta':
      return { kind: 'text', text: part.text };
    case 'tool-input-start':
      return { kind: 'name', text: part.toolName };
    case 'tool-input-delta':
      return { kind: 'arguments', text: part.delta };
    case 'tool-call':
      return { kind: 'call', name: part.toolName, args: part.input, problem: problemOf(part) };
    case 'finish':
      return { kind: 'end', reason: END_REASONS[part.finishReason], usage: usageOf(part.totalUsage) };
    default:
      return null;
  }
}

function problemOf(call: Extract<Part, { type: 'tool-call' }>): string | null {
  if (call.invalid !== true) return null;
  return typeof call.input === 'string' ? 'its arguments are no valid JSON' : 'it was not offered';
}

/** Half a count is no count. */
function usageOf({ inputTokens, outputTokens }: Extract<Part, { type: 'finish' }>['totalUsage']): ModelUsage | null {
  return inputTokens === undefined || outputTokens === undefined ? null : { inputTokens, outputTokens };
}
