import fc from 'fast-check';
import { keptOutcome } from './kept-outcome';

const outcomeOf = (output: object) => ({ kind: 'result', result: { kind: 'output', actionId: 'a1', output } }) as never;

describe('an outcome that is too long to be stored', () => {
  it('keeps its form: the largest text is cut by whole lines, and says so', () => {
    const content = Array.from({ length: 2_000 }, (_, index) => `line "${index}"`).join('\n');
    const kept = keptOutcome(outcomeOf({ path: 'a.txt', content, totalLines: 2_000 }), 5_000);
    expect(JSON.stringify(kept).length).toBeLessThanOrEqual(5_000);
    const { result, cut } = kept as unknown as {
      result: { output: { path: string; content: string } };
      cut: { kept: number };
    };
    expect(result.output.path).toBe('a.txt');
    expect(result.output.content).toMatch(/^line "0"\n[^]*\d"\n$/);
    expect(content.startsWith(result.output.content)).toBe(true);
    expect(cut).toEqual({ member: 'content', kept: result.output.content.length, of: content.length });
  });

  it('keeps the first entries of a list', () => {
    const kept = keptOutcome(outcomeOf({ matches: Array.from({ length: 500 }, (_, line) => ({ line })) }), 1_000);
    const { result, cut } = kept as unknown as { result: { output: { matches: unknown[] } }; cut: { kept: number } };
    expect(result.output.matches.length).toBe(cut.kept);
    expect(result.output.matches[0]).toEqual({ line: 0 });
  });

  it('fits always, and is the same when it fits as it is', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 3_000, unit: 'grapheme' }), fc.string({ maxLength: 600 }), (text, other) => {
        const outcome = outcomeOf({ text, other });
        const kept = keptOutcome(outcome, 1_500);
        expect(JSON.stringify(kept).length).toBeLessThanOrEqual(3_100);
        if (JSON.stringify(outcome).length <= 1_500) expect(kept).toBe(outcome);
      }),
    );
  });

  it('is the beginning of its JSON when it has no output', () => {
    const error = { kind: 'error', error: { reason: 'invalid', message: 'x'.repeat(3_000) } };
    expect(keptOutcome(error, 1_000)).toEqual({
      kind: 'error',
      cut: JSON.stringify(error).slice(0, 1_000),
      chars: JSON.stringify(error).length,
    });
  });
});
