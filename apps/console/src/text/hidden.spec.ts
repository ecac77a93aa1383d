import fc from 'fast-check';
import { letterOf, spell, spellParts, spelled } from './hidden';

describe('hidden characters', () => {
  it('leaves ordinary text alone', () => {
    for (const text of ['port: 8080', 'a\tb\nc\r\nd', 'naïve Straße 漢字 العربية', '👨‍👩‍👧 and ❤️', '']) {
      expect(spelled(text)).toBe(text);
    }
    expect(spell('')).toEqual([]);
    expect(spell('abc')).toEqual([{ text: 'abc' }]);
  });

  it('writes each one as its code point, in its place, with its kind', () => {
    expect(spell('a\u202eb\u200bc\u0007\u00ad')).toEqual([
      { text: 'a' },
      { code: 'U+202E', kind: 'bidi' },
      { text: 'b' },
      { code: 'U+200B', kind: 'zero_width' },
      { text: 'c' },
      { code: 'U+0007', kind: 'control' },
      { code: 'U+00AD', kind: 'invisible' },
    ]);
  });

  it.each([
    ['a tag character', '\u{e0041}', '⟨U+E0041⟩'],
    ['a line separator', '\u2028', '⟨U+2028⟩'],
    ['a byte order mark', '\ufeffx', '⟨U+FEFF⟩x'],
    ['a carriage return in the middle', 'a\rb', 'a⟨U+000D⟩b'],
    ['half of a pair', '\ud800x', '⟨U+D800⟩x'],
    ['a joiner between letters', 'ad\u200dmin', 'ad⟨U+200D⟩min'],
    ['a variation selector after a digit', '1\ufe0f', '1⟨U+FE0F⟩'],
    ['a Hangul filler', 'if\u3164', 'if⟨U+3164⟩'],
  ])('spells out %s', (_, text, shown) => {
    expect(spelled(text)).toBe(shown);
  });

  it.each([
    ['Cyrillic in a Latin word', 'p\u0430ypal', 'p\u0430⟨U+0430⟩ypal'],
    ['Latin in a Cyrillic word', 'c\u043e\u0442\u0440\u0443\u0434', 'c⟨U+0063⟩\u043e\u0442\u0440\u0443\u0434'],
    ['Greek in an identifier', 'is_\u039fpen', 'is_\u039f⟨U+039F⟩pen'],
    ['Cherokee in a Latin word', '\u13aapple', '\u13aa⟨U+13AA⟩pple'],
  ])('marks %s', (_, text, shown) => {
    expect(spelled(text)).toBe(shown);
  });

  it.each([
    ['whole words of another script', 'run \u043f\u0440\u0438\u0432\u0435\u0442, \u03b1\u03b2\u03b3'],
    ['an escape before a word', '"\\n\u043f\u0440\u0438\u0432\u0435\u0442 \\u0041\u043f\u0440\u0438"'],
    ['formulas', '\u0394t = \u03bbx + 3\u00b5s'],
    ['scripts that no one confuses', 'T\u30b7\u30e3\u30c4 \u6f22\u5b57A'],
  ])('does not mark %s', (_, text) => {
    expect(spelled(text)).toBe(text);
  });

  it('does not depend on where a text is cut', () => {
    const unit = fc.constantFrom('a', 'b', ' ', '\u0430', '\u202e', '\u{e0041}', '\u200d', '👩', '❤', '\ufe0f', '_');
    fc.assert(
      fc.property(fc.array(fc.string({ unit, maxLength: 6 }), { maxLength: 6 }), (parts) => {
        const written = (pieces: ReturnType<typeof spell>) =>
          pieces.map((piece) => ('text' in piece ? piece.text : `${letterOf(piece)}⟨${piece.code}⟩`)).join('');
        const cut = spellParts(parts);
        expect(cut).toHaveLength(parts.length);
        expect(cut.map(written).join('')).toBe(spelled(parts.join('')));
      }),
    );
  });

  it('keeps everything that is not hidden', () => {
    const text = 'x\u2066y\u2069 // only\u200bfor tests';
    const plain = spell(text)
      .map((piece) => ('text' in piece ? piece.text : ''))
      .join('');
    expect(plain).toBe('xy // onlyfor tests');
  });
});
