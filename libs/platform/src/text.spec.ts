import fc from 'fast-check';
import { cutText, endOfText, storableText } from './text';

const texts = fc.string({ unit: 'binary', maxLength: 40 });

describe('a text that is cut', () => {
  it('has the maximum length, or one unit less, and stays well formed', () => {
    fc.assert(
      fc.property(texts, fc.nat(50), (text, maxChars) => {
        const [start, end] = [cutText(text, maxChars), endOfText(text, maxChars)];
        expect(text.startsWith(start) && text.endsWith(end)).toBe(true);
        for (const part of [start, end]) {
          expect(part.isWellFormed()).toBe(true);
          expect(part.length).toBeLessThanOrEqual(maxChars);
          expect(part.length).toBeGreaterThanOrEqual(Math.min(text.length, maxChars) - 1);
        }
      }),
    );
  });

  it('loses a surrogate pair as a whole', () => {
    expect([cutText('ab😀', 3), endOfText('😀ab', 3), cutText('ab😀', 4), cutText('', 0)]).toEqual([
      'ab',
      'ab',
      'ab😀',
      '',
    ]);
  });
});

describe('a storable text', () => {
  it('has a replacement character for each unit that Postgres refuses', () => {
    expect(storableText('a\0b\uD83Dc\uDE00d😀')).toBe('a\uFFFDb\uFFFDc\uFFFDd😀');
  });
});
