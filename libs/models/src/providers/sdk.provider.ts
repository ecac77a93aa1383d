import type { FinishReason, LanguageModel, ToolSet, streamText } from 'ai';
import { chatModel, optionsOf, type ChatModel, type EndpointSettings } from './dialects';
import { EndpointFetch } from './endpoint.fetch';
import { ModelFailure } from './model.failure';
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
import { failureOf } from './sdk.failure';
import { answerParts, sdkPrompt } from './sdk.messages';

/** Loaded with the first call: most servers plan without a model, and the SDK takes a tenth of the CPU of a start. */
const loadSdk = () => import('ai');
const CODE_BLOCK = /^\s*```[a-z]*\s*\n?([\s\S]*?)\n?\s*```\s*$/i;

// Without this the SDK writes its warnings to the console, between our log lines.
globalThis.AI_SDK_LOG_WARNINGS = false;

const END_REASONS: Readonly<Record<FinishReason, EndReason>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'calls',
  'content-filter': 'filtered',
  error: 'other',
  other: 'other',
};

/**
 * A model over HTTP, through the SDK package for its dialect: the Responses API of OpenAI, the Messages API of
 * Anthropic, the Gemini API of Google, or any endpoint with a streaming POST {baseUrl}/chat/completions.
 */
export class SdkProvider implements ModelProvider {
  private readonly fetches: EndpointFetch;

  constructor(private readonly settings: EndpointSettings) {
    this.fetches = new EndpointFetch(settings);
  }

  get name(): string {
    return this.settings.provider;
  }

  get model(): string {
    return this.settings.model;
  }

  /** The first call of a process loads the SDK, which takes longer than an endpoint may take. */
  async load(): Promise<void> {
    await Promise.all([loadSdk(), chatModel(this.settings, fetch)]);
  }

  stream(request: StreamRequest): AsyncIterable<ModelEvent> {
    const target = async () => ({
      model: await this.endpoint(request),
      tools: await toolsOf(request.functions, this.settings),
    });
    return eventsOf(request, target, this.settings);
  }

  structured(request: StructuredRequest): AsyncIterable<ModelEvent> {
    const target = async () => ({ model: await answering(await this.endpoint(request), request.answer), tools: {} });
    return eventsOf(request, target, this.settings);
  }

  /** A new client per call, because the header callback belongs to one call. */
  private endpoint({ onHeaders }: ModelRequest): Promise<ChatModel> {
    return chatModel(this.settings, this.fetches.for(onHeaders));
  }
}

/** The inputs of a call. */
interface Target {
  readonly model: LanguageModel;
  readonly tools: ToolSet;
}

/** Sends the schema without the SDK's own output mode, which would hold the text back until it parses. */
async function answering(model: ChatModel, { name, schema }: AnswerSchema): Promise<LanguageModel> {
  const { wrapLanguageModel } = await loadSdk();
  return wrapLanguageModel({
    model,
    middleware: {
      specificationVersion: 'v3',
      transformParams: ({ params }) =>
        Promise.resolve({ ...params, responseFormat: { type: 'json' as const, name, schema } }),
    },
  });
}

/**
 * OpenAI's Responses API treats functions as strict by default, and would then close the open objects of their schemas.
 */
async function toolsOf(functions: readonly FunctionOffer[], { provider }: EndpointSettings): Promise<ToolSet> {
  const { jsonSchema, tool } = await loadSdk();
  const strict = provider === 'openai' ? { strict: false } : {};
  return Object.fromEntries(
    functions.map(({ name, description, parameters }) => [
      name,
      tool({ description, inputSchema: jsonSchema(parameters), ...strict }),
    ]),
  );
}

async function* eventsOf(
  request: ModelRequest,
  target: () => Promise<Target>,
  settings: EndpointSettings,
): AsyncGenerator<ModelEvent> {
  const { messages, maxOutputTokens, signal } = request;
  const stop = new AbortController();
  const { temperature } = settings;
  const [{ streamText }, { model, tools }] = await Promise.all([loadSdk(), target()]);
  const answer = streamText({
    model,
    ...sdkPrompt(messages),
    ...(Object.keys(tools).length === 0 ? {} : { tools }),
    ...(temperature === undefined ? {} : { temperature }),
    providerOptions: optionsOf(settings),
    maxOutputTokens,
    abortSignal: AbortSignal.any([signal, stop.signal]),
    maxRetries: 0,
    // The stream delivers the same error as a part; without this handler the SDK also prints it.
    onError: () => undefined,
  });
  try {
    let end: Finish | null = null;
    const repaired = new Map<string, unknown>();
    for await (const part of answer.fullStream) {
      signal.throwIfAborted();
      if (part.type === 'error') throw await failureOf(part.error, settings);
      if (part.type === 'finish') end = part;
      const event = eventOf(part);
      if (event?.kind === 'call' && event.id !== undefined) repaired.set(event.id, event.args);
      if (event) yield event;
    }
    signal.throwIfAborted();
    const finish = whole(end);
    yield endOf(finish, answerParts((await answer.response).messages, repaired));
  } catch (thrown) {
    signal.throwIfAborted();
    throw await failureOf(thrown, settings);
  } finally {
    stop.abort();
  }
  signal.throwIfAborted();
}

type Part = ReturnType<typeof streamText>['fullStream'] extends AsyncIterable<infer P> ? P : never;
type Finish = Extract<Part, { type: 'finish' }>;

const NOT_OFFERED = 'it was not offered';

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
      return callOf(part);
    default:
      return null;
  }
}

function callOf(call: Extract<Part, { type: 'tool-call' }>): ModelEvent {
  const { args, problem } = readArguments(call.input);
  const known = call.invalid === true && problem === null && typeof call.input === 'object' ? NOT_OFFERED : problem;
  return { kind: 'call', id: call.toolCallId, name: call.toolName, args, problem: known };
}

/** @throws ModelFailure if the answer is incomplete */
function whole(end: Finish | null): Finish {
  if (end === null || (end.finishReason === 'other' && end.rawFinishReason === undefined)) {
    throw new ModelFailure('connection', 'The stream of the model endpoint ended before the answer did.');
  }
  if (end.finishReason === 'error') {
    throw new ModelFailure(
      'server_error',
      'The model endpoint stopped before the end of the answer and gave no reason.',
    );
  }
  return end;
}

function endOf({ finishReason, totalUsage }: Finish, parts: ReturnType<typeof answerParts>): ModelEvent {
  return { kind: 'end', reason: END_REASONS[finishReason], usage: usageOf(totalUsage), parts };
}

/** Ignore usage unless both token counts are present. */
function usageOf({ inputTokens, outputTokens, inputTokenDetails }: Finish['totalUsage']): ModelUsage | null {
  if (inputTokens === undefined || outputTokens === undefined) return null;
  const { cacheReadTokens: cached = 0 } = inputTokenDetails;
  return { inputTokens, outputTokens, ...(cached > 0 ? { cachedTokens: cached } : {}) };
}

/** Arguments of a call as an object. `problem`: why they cannot be read; `args` is then the unchanged input. */
interface ReadArguments {
  readonly args: unknown;
  readonly problem: string | null;
}

/**
 * Reads arguments that a model wrote: an object, its JSON text, that text in a code block, or encoded twice. An empty
 * text is an empty object. Truncated text is reported as unreadable; missing parts are not guessed.
 */
function readArguments(input: unknown): ReadArguments {
  if (input === null || input === undefined) return { args: {}, problem: null };
  if (typeof input !== 'string') return { args: input, problem: null };
  const text = CODE_BLOCK.exec(input)?.[1] ?? input;
  if (text.trim() === '') return { args: {}, problem: null };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { args: input, problem: 'its arguments are not valid JSON' };
  }
  // Encoded twice. The recursion ends because each decoding shortens the text.
  return typeof value === 'string' && value !== input ? readArguments(value) : { args: value, problem: null };
}
