import fc from 'fast-check';
import { mergeTexts, type MergedPart } from './text-merge';

const BASE = 'one\ntwo\nthree\nfour\nfive\n';
const mergedText = (parts: readonly MergedPart[]) =>
  parts.map((part) => (part.kind === 'merged' ? part.lines.join('') : '<conflict>')).join('');
const conflicts = (parts: readonly MergedPart[]) => parts.filter((part) => part.kind === 'conflict');

describe('mergeTexts', () => {
  it('takes what only one side changed', () => {
    const parts = mergeTexts(BASE, BASE.replace('one', '1'), BASE.replace('five', '5'));
    expect([conflicts(parts), mergedText(parts)]).toEqual([[], '1\ntwo\nthree\nfour\n5\n']);
  });

  it('reports lines that both sides changed, with both versions', () => {
    const parts = mergeTexts(BASE, `zero\n${BASE.replace('three', 'drei')}`, BASE.replace('three', 'trois'));
    expect(conflicts(parts)).toEqual([
      { kind: 'conflict', line: 4, base: ['three\n'], theirs: ['drei\n'], ours: ['trois\n'] },
    ]);
    expect(mergedText(parts)).toBe('zero\none\ntwo\n<conflict>four\nfive\n');
  });

  it('counts neighbouring changes as one conflict, like diff3', () => {
    expect(conflicts(mergeTexts(BASE, BASE.replace('two', '2'), BASE.replace('three', '3')))).toEqual([
      { kind: 'conflict', line: 2, base: ['two\n', 'three\n'], theirs: ['2\n', 'three\n'], ours: ['two\n', '3\n'] },
    ]);
  });

  it('distinguishes a final newline from none', () => {
    expect(conflicts(mergeTexts('a\nb\n', 'a\nb', 'a\nB\n'))).toEqual([
      { kind: 'conflict', line: 2, base: ['b\n'], theirs: ['b'], ours: ['B\n'] },
    ]);
  });

  it('counts everything between the shared ends as one conflict if the search for the smallest diff would take long', () => {
    const side = (word: string) => `head\n${Array.from({ length: 2_000 }, (_, i) => `${word}${i}\n`).join('')}tail\n`;
    const parts = mergeTexts(side('base'), side('theirs'), side('ours'));
    expect(parts.map(({ kind }) => kind)).toEqual(['merged', 'conflict', 'merged']);
    expect(mergedText(parts)).toBe('head\n<conflict>tail\n');
  });

  const text = fc
    .tuple(fc.array(fc.constantFrom('a', 'b', 'c', 'd', ''), { maxLength: 10 }), fc.constantFrom('', '\n'))
    .map(([lines, end]) => lines.join('\n') + end);

  it('takes the only change, or one that both sides share', () => {
    fc.assert(
      fc.property(text, text, (base, side) => {
        for (const parts of [
          mergeTexts(base, side, base),
          mergeTexts(base, base, side),
          mergeTexts(base, side, side),
        ]) {
          expect([conflicts(parts), mergedText(parts)]).toEqual([[], side]);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('loses no line of any side: with its part of every conflict the whole of it comes back', () => {
    fc.assert(
      fc.property(text, text, text, (base, theirs, ours) => {
        const found = conflicts(mergeTexts(base, theirs, ours));
        for (const [name, side] of Object.entries({ base, theirs, ours })) {
          for (const part of found) {
            expect(side).toContain(part[name as 'base' | 'theirs' | 'ours'].join(''));
          }
        }
        // A line that exists on one side only is either merged or shown.
        const shown = mergeTexts(base, theirs, ours)
          .flatMap((part) => (part.kind === 'merged' ? part.lines : [...part.theirs, ...part.ours]))
          .join('\n');
        for (const [side, other] of [
          [theirs, ours],
          [ours, theirs],
        ] as const) {
          for (const line of side.split('\n')) {
            if (!base.includes(line) && !other.includes(line)) expect(shown).toContain(line);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('gives the same conflicts with the sides exchanged', () => {
    fc.assert(
      fc.property(text, text, text, (base, theirs, ours) => {
        const there = conflicts(mergeTexts(base, theirs, ours)).map((part) => [part.base, part.theirs, part.ours]);
        const back = conflicts(mergeTexts(base, ours, theirs)).map((part) => [part.base, part.ours, part.theirs]);
        expect(back).toEqual(there);
      }),
      { numRuns: 1_000 },
    );
  });
});
