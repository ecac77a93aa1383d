import fc from 'fast-check';
import { storableText } from '@assent/platform';
import type { ModelEvent } from './model.port';
import { storableEvents, storableValue } from './storable.events';

const END: ModelEvent = { kind: 'end', reason: 'stop', usage: null };

async function through(events: readonly ModelEvent[]): Promise<ModelEvent[]> {
  const source = async function* () {
    for (const event of events) yield await Promise.resolve(event);
  };
  const seen: ModelEvent[] = [];
  for await (const event of storableEvents(source())) seen.push(event);
  return seen;
}

/** Any UTF-16 units, with many surrogates. */
const units = fc.array(
  fc.oneof(fc.nat(0xffff), fc.integer({ min: 0xd800, max: 0xdfff }), fc.constantFrom(0, 0x61, 0xd83d, 0xde00)),
  { maxLength: 30 },
);

describe('the events of a model', () => {
  it('contain the same well-formed text for every way to split it', async () => {
    const cuts = fc.array(fc.nat(30), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(units, cuts, fc.array(fc.boolean()), async (codes, places, interleaved) => {
        const text = String.fromCharCode(...codes);
        const at = [0, ...places.map((place) => Math.min(place, text.length)).sort((a, b) => a - b), text.length];
        const pieces = at
          .slice(1)
          .flatMap((to, index): ModelEvent[] => [
            { kind: 'text', text: text.slice(at[index], to) },
            ...(interleaved[index] === true ? [{ kind: 'reasoning' as const, text: 'r\uD83D' }] : []),
          ]);
        const seen = await through([...pieces, END]);
        const said = seen.flatMap((event) => (event.kind === 'text' ? [event.text] : []));
        expect(said.join('')).toBe(storableText(text));
        for (const piece of said) expect(piece).toBe(storableText(piece));
        expect(seen.at(-1)).toBe(END);
      }),
    );
  });

  it('have storable names and arguments at every level', async () => {
    const args = { 'a\0': ['\uDE00', { b: 'x\0😀' }, 1, null, true] };
    expect(await through([{ kind: 'call', name: 'rm\0', args, problem: null }])).toEqual([
      {
        kind: 'call',
        name: 'rm\uFFFD',
        args: { 'a\uFFFD': ['\uFFFD', { b: 'x\uFFFD😀' }, 1, null, true] },
        problem: null,
      },
    ]);
  });

  it('lose arguments that are nested too deeply', async () => {
    const args: unknown = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000));
    expect(await through([{ kind: 'call', name: 'a', args, problem: null }])).toEqual([
      { kind: 'call', name: 'a', args: null, problem: 'its arguments are nested too deeply' },
    ]);
  });

  it('keep a storable JSON value unchanged', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
        // As parsed from JSON text: JSON.stringify writes no -0.
        const text = JSON.stringify(value);
        expect(storableValue(JSON.parse(text))).toEqual(JSON.parse(text.replaceAll('\\u0000', '\uFFFD')));
      }),
      { examples: [[-0]] },
    );
  });
});
