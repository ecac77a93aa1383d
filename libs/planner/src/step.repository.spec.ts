import { insertStep } from './step.repository';

const read = (actionId: string, chars: number) => ({
  actionId,
  tool: 'file.read',
  args: {},
  outcome: { kind: 'result', result: { kind: 'output', actionId, output: { text: 'x'.repeat(chars) } } },
});
const LIMIT = 64_000;

/** The outcome of the step as stored by the statement. */
function stored(chars: readonly number[]): { reads: { outcome: { result: { output: { text: string } } } }[] } {
  const reads = chars.map((size, index) => read(`a${index + 1}`, size));
  const { values } = insertStep({
    step: 1,
    action: { kind: 'tool', label: 'reads' },
    outcome: { kind: 'reads', reads },
  }).sql;
  const text = values.find((value) => typeof value === 'string' && value.startsWith('{"kind":"reads"'));
  return JSON.parse(String(text)) as ReturnType<typeof stored>;
}

describe('the outcome of a turn of reads', () => {
  it('keeps each read as a step of its own would, all of them within one limit', () => {
    const lengthsOf = (chars: readonly number[]) =>
      stored(chars).reads.map(({ outcome }) => outcome.result.output.text.length);
    expect(lengthsOf([10, 60_000, 20])).toEqual([10, 60_000, 20]);
    const [short, long] = lengthsOf([10, 100_000]);
    expect([short, Number(long) > LIMIT / 2, Number(long) < LIMIT]).toEqual([10, true, true]);
    const many = lengthsOf(Array.from({ length: 32 }, () => 100_000));
    expect(Math.min(...many)).toBeGreaterThan(LIMIT / 8);
    expect(many.reduce((sum, size) => sum + size, 0)).toBeLessThan(8 * LIMIT);
  });
});
