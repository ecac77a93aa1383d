import fc from 'fast-check';
import { placeOf, readJson, spanOf } from './json.source';

const errorOf = (text: string) => {
  const source = readJson(text);
  return 'error' in source ? { offset: source.error.offset, kind: source.error.kind } : null;
};

describe('JSON as it was typed', () => {
  it('has the value that JSON.parse gives, and a span for every value in it', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 2, '\t'), (text, indent) => {
        const typed = JSON.stringify(JSON.parse(text), null, indent);
        const source = readJson(typed);
        if ('error' in source) throw new Error(`refused at ${source.error.offset}`);
        expect(source.value).toEqual(JSON.parse(text));
        for (const { start, end } of source.spans.values()) JSON.parse(typed.slice(start, end));
      }),
    );
  });

  it('is refused exactly where JSON.parse refuses it, but for keys that repeat', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', '\n', 'x', '\\', '0'), (text, at, typed) => {
        const place = at % (text.length + 1);
        const changed = text.slice(0, place) + typed + text.slice(place + 1);
        const error = errorOf(changed);
        if (error?.kind === 'duplicate') return;
        if (error) expect(() => JSON.parse(changed) as unknown).toThrow(SyntaxError);
        else expect(() => JSON.parse(changed) as unknown).not.toThrow();
      }),
    );
  });

  it.each([
    ['', 0, 'end'],
    ['[1,]', 3, 'unexpected'],
    ['{"a" 1}', 5, 'unexpected'],
    ['{"a": 1', 7, 'end'],
    ['{"a": 1, "a": 2}', 9, 'duplicate'],
    ['["a\nb"]', 1, 'string'],
    ['[] []', 3, 'after'],
  ] as const)('names the place of the error in %j', (text, offset, kind) => {
    expect(errorOf(text)).toEqual({ offset, kind });
  });

  it('refuses a text that is nested too deeply, before the stack ends', () => {
    expect(errorOf('['.repeat(100_000))).toEqual({ offset: 201, kind: 'depth' });
  });

  it('is refused exactly where JSON.parse refuses it, close to JSON as it is', () => {
    const nearJson = fc.string({
      unit: fc.constantFrom(...Array.from('{}[]:,"\\-.eE01 tn\n'), 'true', 'null', '"a":'),
      maxLength: 12,
    });
    fc.assert(
      fc.property(nearJson, (text) => {
        const error = errorOf(text);
        if (error?.kind === 'duplicate') return;
        if (error) expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
        else expect(() => JSON.parse(text) as unknown).not.toThrow();
      }),
      { numRuns: 700 },
    );
  });

  it('finds the value of a pointer, or the nearest one around it', () => {
    const text = '{\n  "rules": [\n    {"id": "a", "x/y~z": [ ]}\n  ]\n}';
    const source = readJson(text);
    if ('error' in source) throw new Error('refused');
    const at = (pointer: string) => {
      const { start, end } = spanOf(source.spans, pointer);
      return { ...placeOf(text, start), value: text.slice(start, end) };
    };
    expect(at('/rules/0/id')).toEqual({ line: 3, column: 12, value: '"a"' });
    expect(at('/rules/0/x~1y~0z')).toEqual({ line: 3, column: 26, value: '[ ]' });
    expect(at('/rules/0/verdict')).toEqual({ line: 3, column: 5, value: '{"id": "a", "x/y~z": [ ]}' });
    expect(at('/version')).toEqual({ line: 1, column: 1, value: text });
  });
});
