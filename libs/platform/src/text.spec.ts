import fc from 'fast-check';
import { cutText, endOfText, excerpt, storableText } from './text';

const texts = fc.string({ unit: 'binary', maxLength: 40 });

describe('a text that is cut', () => {
  it('has the maximum length, or one unit less, and stays well formed', () => {
    fc.assert(
      fc.property(texts, fc.nat(50), (text, maxChars) => {
        const start = cutText(text, maxChars);
        expect([text.startsWith(start), start.isWellFormed()]).toEqual([true, true]);
        expect(start.length).toBeLessThanOrEqual(maxChars);
        expect(start.length).toBeGreaterThanOrEqual(Math.min(text.length, maxChars) - 1);
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

describe('an excerpt', () => {
  it('is the text itself where it fits', () => {
    expect([excerpt('one two', 7), excerpt('', 1)]).toEqual(['one two', '']);
  });

  it('is never cut inside a word, which may be a secret', () => {
    const excerpts = [9, 8, 7, 4, 3].map((maxChars) => excerpt('one two three', maxChars));
    expect(excerpts).toEqual(['one two…', 'one two…', 'one…', 'one…', '…']);
  });

  it('is cut anywhere in a script without spaces', () => {
    expect(excerpt('変更を適用する', 4)).toBe('変更を…');
  });

  it('has the maximum length, is well formed and ends where a word ends', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 50 }), (text, maxChars) => {
        const shown = excerpt(text, maxChars);
        expect(shown.length).toBeLessThanOrEqual(maxChars);
        if (shown === text) return;
        const kept = shown.slice(0, -1);
        const isInWord = [kept.length - 1, kept.length].every((at) => /[!-~]/.test(text.charAt(at)));
        expect([shown.at(-1), text.startsWith(kept), isInWord]).toEqual(['…', true, false]);
        expect(kept.isWellFormed() || !text.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe('the end of a text', () => {
  it('is the text itself where it fits', () => {
    expect([endOfText('one two', 7), endOfText('', 0)]).toEqual(['one two', '']);
  });

  it('never begins inside a word, which may be a secret', () => {
    const ends = [12, 9, 8, 5, 4].map((maxChars) => endOfText('one two three', maxChars));
    expect(ends).toEqual([' two three', 'two three', ' three', 'three', '']);
  });

  it('begins anywhere in a script without spaces', () => {
    expect(endOfText('変更を適用する', 3)).toBe('用する');
  });

  it('has the maximum length, less a part of a word or a surrogate pair, and is well formed', () => {
    fc.assert(
      fc.property(texts, fc.nat(50), (text, maxChars) => {
        const end = endOfText(text, maxChars);
        expect([text.endsWith(end), end.isWellFormed()]).toEqual([true, true]);
        expect(end.length).toBeLessThanOrEqual(maxChars);
        const lost = text.slice(Math.max(text.length - maxChars - 1, 0), text.length - end.length);
        const isPartOfWord = /^[!-~]+$/.test(lost);
        expect(isPartOfWord || lost.length <= 2).toBe(true);
        const isInWord = [text.length - end.length - 1, text.length - end.length].every((at) =>
          /[!-~]/.test(text.charAt(at)),
        );
        expect(isInWord).toBe(false);
      }),
    );
  });
});

describe('a storable text', () => {
  it('has a replacement character for each unit that Postgres refuses', () => {
    expect(storableText('a\0b\uD83Dc\uDE00d😀')).toBe('a\uFFFDb\uFFFDc\uFFFDd😀');
  });
});
