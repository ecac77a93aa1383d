import { spell, spelled } from './hidden';

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

  it('keeps everything that is not hidden', () => {
    const text = 'x\u2066y\u2069 // only\u200bfor tests';
    const plain = spell(text)
      .map((piece) => ('text' in piece ? piece.text : ''))
      .join('');
    expect(plain).toBe('xy // onlyfor tests');
  });
});
