import { oneLine, printable } from './printable';

describe('text from elsewhere', () => {
  it('cannot move the cursor, change colours or turn the reading direction', () => {
    expect(printable('a\u001b[31mb\u202ec\u200bd\re\tf')).toBe('a<U+001B>[31mb<U+202E>c<U+200B>d<U+000D>e\tf');
  });

  it('is left alone where it can be seen', () => {
    expect(printable('zu spät · 遅い 🕰')).toBe('zu spät · 遅い 🕰');
  });

  it('fits into one line', () => {
    expect(oneLine('  one\n two\u0007 ', 80)).toBe('one two<U+0007>');
    expect(oneLine('a long sentence', 7)).toBe('a long…');
  });
});
