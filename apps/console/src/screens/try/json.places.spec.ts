import fc from 'fast-check';
import { lineAt, readJson, spanAt } from './json.places';

const TEXT = `{
  "goal": "a \\"b\\"",
  "beliefs": {"assumptions": [{"p": 0.5}, {"p": 2}]},
  "a/b~": [ ]
}`;

function at(pointer: string): string | null {
  const reading = readJson(TEXT);
  if (!reading.isValid) throw new Error(reading.message);
  const span = spanAt(reading.spans, pointer);
  return span && TEXT.slice(span.start, span.end);
}

describe('the place of a JSON pointer', () => {
  it('is the value that it names', () => {
    expect(at('/goal')).toBe('"a \\"b\\""');
    expect(at('/beliefs/assumptions/1/p')).toBe('2');
    expect(at('/a~1b~0')).toBe('[ ]');
    expect(at('')).toBe(TEXT);
  });

  it('is the nearest value around it where it names a missing one', () => {
    expect(at('/beliefs/assumptions/1/text')).toBe('{"p": 2}');
    expect(at('/nothing')).toBe(TEXT);
  });

  it('has a line', () => {
    expect([0, TEXT.indexOf('"beliefs"'), TEXT.length].map((offset) => lineAt(TEXT, offset))).toEqual([1, 3, 5]);
  });
});

describe('reading JSON', () => {
  it('agrees with JSON.parse on every value, and finds every value again', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat({ max: 3 }), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const reading = readJson(text);
        expect(reading).toMatchObject({ isValid: true });
        if (!reading.isValid) return;
        expect(reading.value).toEqual(JSON.parse(text));
        for (const { start, end } of reading.spans.values()) JSON.parse(text.slice(start, end));
      }),
    );
  });

  it('accepts exactly what JSON.parse accepts', () => {
    const accepts = (text: string) => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    const nearJson = fc.string({
      unit: fc.constantFrom(...Array.from('{}[]:,"\\-.eE01 tn\n'), 'true', 'null', '"a":'),
      maxLength: 12,
    });
    fc.assert(
      fc.property(nearJson, (text) => expect(readJson(text).isValid).toBe(accepts(text))),
      { numRuns: 2_000 },
    );
  });

  it('says what is wrong, and where', () => {
    expect(readJson('{"a": 1 "b": 2}')).toEqual({ isValid: false, message: 'A comma or } is missing', at: 8 });
    expect(readJson('{"a": }')).toEqual({ isValid: false, message: 'A value is missing', at: 6 });
    expect(readJson('{"a": "x')).toEqual({ isValid: false, message: 'This string does not end', at: 6 });
    expect(readJson('{} {}')).toEqual({ isValid: false, message: 'Nothing may follow the value', at: 3 });
  });

  it('refuses a text that is nested too deeply instead of failing on it', () => {
    expect(readJson('['.repeat(100_000))).toMatchObject({ isValid: false, message: 'It is nested too deeply' });
  });
});
