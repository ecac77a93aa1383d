import { storableText } from '@assent/platform';
import type { ModelEvent } from './model.port';

/** Maximum depth of arguments, far below the depth that overflows the stack of a recursive function. */
const MAX_ARGS_DEPTH = 64;

/** Levels that a list of parts adds above the arguments of a call. */
const PARTS_DEPTH = 3;

type Piece = Extract<ModelEvent, { text: string }>;

/**
 * The events with text that can be stored and sent: U+0000 and lone surrogates become U+FFFD. A surrogate pair that is
 * split between two events is emitted with the second one, so that the result does not depend on the split.
 */
export async function* storableEvents(events: AsyncIterable<ModelEvent>): AsyncGenerator<ModelEvent> {
  const held = new Map<Piece['kind'], string>();
  for await (const event of events) {
    if (event.kind === 'call') {
      yield storableCall(event);
      continue;
    }
    if (event.kind === 'end') {
      for (const [kind, half] of held) if (half !== '') yield { kind, text: storableText(half) };
      yield storableEnd(event);
      continue;
    }
    const text = (held.get(event.kind) ?? '') + event.text;
    const half = /[\uD800-\uDBFF]$/.exec(text)?.[0] ?? '';
    held.set(event.kind, half);
    const whole = text.slice(0, text.length - half.length);
    if (whole !== '') yield { kind: event.kind, text: storableText(whole) };
  }
}

/**
 * A JSON value with all its strings and keys made storable.
 * @throws RangeError when it is nested deeper than 64 levels
 */
export function storableValue(value: unknown, depth = 0): unknown {
  if (depth > MAX_ARGS_DEPTH) throw new RangeError(`It is nested deeper than ${MAX_ARGS_DEPTH} levels.`);
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map((item) => storableValue(item, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [storableText(name), storableValue(member, depth + 1)]),
  );
}

function storableEnd(event: Extract<ModelEvent, { kind: 'end' }>): ModelEvent {
  const { parts, ...rest } = event;
  if (!parts) return event;
  try {
    return { ...rest, parts: storableValue(parts, -PARTS_DEPTH) as NonNullable<typeof parts> };
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    // Its text and calls suffice; the call with these arguments is refused in any case.
    return rest;
  }
}

function storableCall(call: Extract<ModelEvent, { kind: 'call' }>): ModelEvent {
  const name = storableText(call.name);
  try {
    return { ...call, name, args: storableValue(call.args) };
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    return { ...call, name, args: null, problem: 'its arguments are nested too deeply' };
  }
}
