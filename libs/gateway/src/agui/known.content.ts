import type { AgUiEvent } from './ag-ui.event';
import type { InputMessage } from './input.mapper';

/**
 * The parts of a run's messages that a client already has. A client appends every text that it receives, also to a
 * message that it has, so a replay leaves out the beginning that the client has sent with its input.
 */
export class KnownContent {
  /** Characters that the client has, by message and by call. */
  private readonly messages = new Map<string, number>();
  private readonly calls = new Map<string, number>();
  private readonly answered = new Set<string>();

  constructor(messages: readonly InputMessage[]) {
    for (const { id, role, content, toolCallId, toolCalls = [] } of messages) {
      if (typeof content === 'string') this.messages.set(id, content.length);
      for (const call of toolCalls) this.calls.set(call.id, call.function.arguments.length);
      if (role === 'tool' && toolCallId !== undefined) this.answered.add(toolCallId);
    }
  }

  /** The event without the text that the client has; null: nothing is left. */
  rest(event: AgUiEvent): AgUiEvent | null {
    switch (event.type) {
      case 'TEXT_MESSAGE_CONTENT':
      case 'REASONING_MESSAGE_CONTENT': {
        const delta = beyond(this.messages, event.messageId, event.delta);
        return delta === '' ? null : { ...event, delta };
      }
      case 'TOOL_CALL_ARGS': {
        const delta = beyond(this.calls, event.toolCallId, event.delta);
        return delta === '' ? null : { ...event, delta };
      }
      case 'TOOL_CALL_RESULT':
        return this.answered.has(event.toolCallId) ? null : event;
      default:
        return event;
    }
  }
}

function beyond(known: Map<string, number>, id: string, delta: string): string {
  const chars = known.get(id) ?? 0;
  known.set(id, Math.max(0, chars - delta.length));
  return delta.slice(chars);
}
