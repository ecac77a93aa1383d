import fc from 'fast-check';
import { visibleText } from './visible-text';

describe('a text for a reviewer', () => {
  it.each([
    ['a bidi override', 'a\u202eb', 'a⟨U+202E⟩b'],
    ['an isolate', '\u2066', '⟨U+2066⟩'],
    ['a zero-width space', 'a\u200bb', 'a⟨U+200B⟩b'],
    ['a joiner', '\u200d', '⟨U+200D⟩'],
    ['a byte order mark', '\ufeff', '⟨U+FEFF⟩'],
    ['a soft hyphen', '\u00ad', '⟨U+00AD⟩'],
    ['a tag character', '\u{e0041}', '⟨U+E0041⟩'],
    ['a Hangul filler', '\u3164', '⟨U+3164⟩'],
    ['a no-break space', '\u00a0', '⟨U+00A0⟩'],
    ['a line separator', '\u2028', '⟨U+2028⟩'],
    ['a carriage return', 'a\rb', 'a⟨U+000D⟩b'],
    ['an escape sequence', '\u001b[2K', '⟨U+001B⟩[2K'],
    ['half a character', '\ud800', '⟨U+D800⟩'],
    ['a mark written by hand', '⟨U+200B⟩', '⟨U+27E8⟩U+200B⟩'],
  ])('shows %s', (_, text, shown) => {
    expect(visibleText(text)).toBe(shown);
  });

  it('leaves what everybody sees', () => {
    const text = 'Zürich 東京 مرحبا 🎉\n\tdone';
    expect(visibleText(text)).toBe(text);
  });

  it('shows different texts differently', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(visibleText(a) === visibleText(b)).toBe(a === b);
      }),
    );
  });
});
