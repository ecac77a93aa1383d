import type { AnswerPart, ModelEvent } from './model.port';

const OPEN = '<think>';
const CLOSE = '</think>';

/**
 * Reports a `<think>` block at the start of the text as reasoning. Models behind endpoints without a reasoning parser
 * write their reasoning into the answer. A block that is never closed is reasoning to the end.
 */
export async function* thinkingApart(events: AsyncIterable<ModelEvent>): AsyncGenerator<ModelEvent> {
  let state: 'start' | 'thinking' | 'said' = 'start';
  let held = '';
  for await (const event of events) {
    if (event.kind !== 'text') {
      if (event.kind === 'end' && held !== '') yield { kind: state === 'thinking' ? 'reasoning' : 'text', text: held };
      yield event.kind === 'end' && event.parts ? { ...event, parts: event.parts.map(withoutThinking) } : event;
      continue;
    }
    if (state === 'said') {
      yield event;
      continue;
    }
    held += event.text;
    if (state === 'start') {
      const text = held.trimStart();
      if (OPEN.startsWith(text.slice(0, OPEN.length)) && text.length < OPEN.length) continue;
      state = text.startsWith(OPEN) ? 'thinking' : 'said';
      if (state === 'thinking') held = text.slice(OPEN.length);
    }
    if (state === 'thinking') {
      const end = held.indexOf(CLOSE);
      const thought = end < 0 ? held.slice(0, safeLength(held)) : held.slice(0, end);
      if (thought !== '') yield { kind: 'reasoning', text: thought };
      held = held.slice(thought.length);
      if (end < 0) continue;
      state = 'said';
      held = held.slice(CLOSE.length).trimStart();
    }
    if (held !== '') yield { kind: 'text', text: held };
    held = '';
  }
}

/** Removes reasoning from an answer that is sent back: models are not trained on their own reasoning. */
function withoutThinking(part: AnswerPart): AnswerPart {
  if (part.kind !== 'text' || !part.text.trimStart().startsWith(OPEN)) return part;
  const end = part.text.indexOf(CLOSE);
  return { ...part, text: end < 0 ? '' : part.text.slice(end + CLOSE.length).trimStart() };
}

/** Length of the prefix that holds no start of the closing tag. */
function safeLength(text: string): number {
  for (let length = Math.min(CLOSE.length - 1, text.length); length > 0; length -= 1) {
    if (CLOSE.startsWith(text.slice(text.length - length))) return text.length - length;
  }
  return text.length;
}
