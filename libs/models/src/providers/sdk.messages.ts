import type { AssistantModelMessage, ModelMessage as SdkMessage, ToolModelMessage } from 'ai';
import type { JsonObject } from '@assent/contract';
import type { AnswerPart, ModelMessage, ProviderItems } from './model.port';

type SdkPart = Exclude<AssistantModelMessage['content'], string>[number];
type SdkOptions = NonNullable<AssistantModelMessage['providerOptions']>;

/** Marks the end of the part that Anthropic should cache; every other provider ignores it. */
const CACHE_BREAKPOINT: SdkOptions = { anthropic: { cacheControl: { type: 'ephemeral' } } };

/**
 * A conversation in the form of the SDK: the system prompt is separate, cache breakpoints follow it and the last
 * message.
 */
export function sdkPrompt(messages: readonly ModelMessage[]) {
  const [first] = messages;
  const system = first?.role === 'system' ? { role: first.role, content: first.content } : null;
  const rest = (system ? messages.slice(1) : messages).map(sdkMessage);
  const last = rest.at(-1);
  return {
    ...(system ? { system: { ...system, providerOptions: CACHE_BREAKPOINT } } : {}),
    messages: last ? [...rest.slice(0, -1), { ...last, providerOptions: CACHE_BREAKPOINT }] : rest,
  };
}

function sdkMessage(message: ModelMessage): SdkMessage {
  if (message.role === 'tool') return sdkResults(message.results);
  if (message.role !== 'assistant') return { role: message.role, content: message.content };
  const { content } = message;
  return { role: 'assistant', content: typeof content === 'string' ? content : content.map(sdkPart) };
}

function sdkResults(results: Extract<ModelMessage, { role: 'tool' }>['results']): ToolModelMessage {
  return {
    role: 'tool',
    content: results.map(({ id, name, text }) => ({
      type: 'tool-result',
      toolCallId: id,
      toolName: name,
      output: { type: 'text', value: text },
    })),
  };
}

function sdkPart(part: AnswerPart): SdkPart {
  const options = part.items ? { providerOptions: part.items as SdkOptions } : {};
  if (part.kind !== 'call') return { type: part.kind, text: part.text, ...options };
  return { type: 'tool-call', toolCallId: part.id, toolName: part.name, input: part.args, ...options };
}

/**
 * The answer assembled by the SDK, in the form that the next request sends back.
 * @param args parsed arguments by call id
 */
export function answerParts(messages: readonly SdkMessage[], args: ReadonlyMap<string, unknown>): AnswerPart[] {
  return messages.flatMap((message) => {
    if (message.role !== 'assistant') return [];
    const { content } = message;
    if (typeof content === 'string') return [{ kind: 'text' as const, text: content }];
    return content.flatMap((part) => answerPart(part, args));
  });
}

function answerPart(part: SdkPart, read: ReadonlyMap<string, unknown>): AnswerPart[] {
  const items = 'providerOptions' in part ? part.providerOptions : undefined;
  const carried = items ? { items: items as ProviderItems } : {};
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return [{ kind: part.type, text: part.text, ...carried }];
    case 'tool-call': {
      const input = read.get(part.toolCallId) ?? part.input;
      const args = isObject(input) ? input : {};
      return [{ kind: 'call', id: part.toolCallId, name: part.toolName, args, ...carried }];
    }
    default:
      return [];
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
