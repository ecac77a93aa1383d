import fc from 'fast-check';
import { createParser } from 'eventsource-parser';
import { EventParser, type StreamEvent } from './event.parser';

const MAX_CHARS = 1_000;

interface Read {
  readonly events: StreamEvent[];
  readonly retries: number[];
}

function ours(pieces: readonly string[]): Read {
  const retries: number[] = [];
  const parser = new EventParser(MAX_CHARS, (retryMs) => retries.push(retryMs));
  return { events: pieces.flatMap((piece) => parser.feed(piece) ?? []), retries };
}

/** What another implementation reads. */
function other(text: string): Read {
  const read: Read = { events: [], retries: [] };
  const parser = createParser({
    onEvent: ({ event, data }) => read.events.push({ event, data }),
    onRetry: (retryMs) => read.retries.push(retryMs),
  });
  parser.feed(text);
  // It keeps a return at the end of the text until it knows what follows.
  parser.feed(':\n');
  return read;
}

describe('an event stream', () => {
  it('is read as another implementation reads it, cut in any places', () => {
    const line = fc.oneof(
      fc.constantFrom(
        '',
        ':',
        ': comment',
        'data',
        'data:',
        'data: a',
        'data:  b',
        'data:c: d',
        'event: ping',
        'event',
      ),
      fc.constantFrom('retry: 20', 'retry: 2x', 'retry:', 'id: 7', 'unknown: x', ' data: x', 'data : x'),
    );
    const end = fc.constantFrom('\n', '\r\n', '\r');
    const text = fc.array(fc.tuple(line, end), { maxLength: 20 }).map((lines) => lines.flat().join(''));
    fc.assert(
      fc.property(text, fc.array(fc.nat({ max: 300 }), { maxLength: 6 }), (whole, cuts) => {
        const places = [0, ...cuts.map((cut) => Math.min(cut, whole.length)), whole.length].sort((a, b) => a - b);
        const pieces = places.map((place, index) => whole.slice(places[index - 1] ?? 0, place));
        expect(ours(pieces)).toEqual(other(whole));
      }),
      { numRuns: 500 },
    );
  });

  it('holds no event longer than the limit, in one line or in many', () => {
    const parser = () => new EventParser(MAX_CHARS, () => undefined);
    expect(parser().feed(`data: ${'x'.repeat(MAX_CHARS)}`)).toBeNull();
    expect(parser().feed('data: 12345678\n'.repeat(MAX_CHARS / 8))).toBeNull();
    expect(parser().feed(`data: ${'x'.repeat(MAX_CHARS - 10)}\n\n`)).toHaveLength(1);
  });
});
