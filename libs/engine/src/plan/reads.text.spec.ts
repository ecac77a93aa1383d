import fc from 'fast-check';
import { readTexts } from './reads.text';

const read = (actionId: string, chars: number) => ({
  actionId,
  outcome: { kind: 'result', result: { kind: 'output', actionId, output: { text: 'x'.repeat(chars) } } },
});

describe('the results of a turn of reads', () => {
  it('are each the text of its output', () => {
    const reads = [read('a1', 3), { actionId: 'a2', outcome: { kind: 'error', error: { reason: 'not_found' } } }];
    expect(readTexts({ kind: 'reads', reads }, 100, 1_000)).toEqual([
      { actionId: 'a1', text: 'xxx' },
      { actionId: 'a2', text: JSON.stringify(reads[1]?.outcome) },
    ]);
  });

  it('are cut only where all of them together are too long, the longest ones first', () => {
    const texts = readTexts({ kind: 'reads', reads: [read('a1', 10), read('a2', 900), read('a3', 800)] }, 1_000, 1_010);
    expect(texts.map(({ text }) => text.length)).toEqual([10, expect.any(Number), expect.any(Number)]);
    expect(texts[0]?.text).not.toContain('[cut');
    for (const { text } of texts.slice(1)) expect(text).toMatch(/^x{500}\n\[cut: \d+ more characters\]$/);
  });

  it('may each have the whole length of a single result, but not all of them', () => {
    const lengths = fc.array(fc.nat(400), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        lengths,
        fc.integer({ min: 200, max: 400 }),
        fc.integer({ min: 400, max: 2_000 }),
        (chars, each, all) => {
          const texts = readTexts(
            { kind: 'reads', reads: chars.map((size, index) => read(`a${index}`, size)) },
            each,
            all,
          );
          const kept = texts.map(({ text }) => /^x*/.exec(text)?.[0].length ?? 0);
          expect(kept.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(all);
          kept.forEach((size, index) => expect(size).toBeLessThanOrEqual(Math.min(each, chars[index] ?? 0)));
          const wanted = chars.reduce((sum, size) => sum + Math.min(size, each), 0);
          if (wanted + 40 * chars.length <= all) expect(kept).toEqual(chars.map((size) => Math.min(size, each)));
        },
      ),
    );
  });
});
