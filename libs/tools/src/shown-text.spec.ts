import { shownText } from './shown-text';

describe('a text that is shown in part', () => {
  it('is redacted as far as it is needed', () => {
    const read: string[] = [];
    const redaction = () => ({
      push: (chunk: string) => {
        read.push(chunk);
        return chunk.toUpperCase();
      },
      end: () => '.',
    });
    const text = 'x'.repeat(1_000_000);
    expect(shownText(text, { redaction }, 200_000)).toMatch(/^X{200000,}$/);
    expect(read.join('').length).toBeLessThan(300_000);
    expect(shownText(text, { redaction }, 1_000_000)).toBe(`${text.toUpperCase()}.`);
  });
});
