import fc from 'fast-check';
import { capOutput } from './output-cap';

describe('capOutput', () => {
  it('leaves alone what fits', () => {
    const output = { content: 'x'.repeat(1_000) };
    expect(capOutput(output)).toBe(output);
  });

  it('keeps the beginning of a larger output, with a notice', () => {
    const capped = capOutput({ content: 'x'.repeat(2_000_000) });
    expect(capped).toMatchObject({
      truncated: true,
      notice: 'The answer has 2000014 bytes of JSON, at most 1048576 are kept: this is its beginning. Ask for less.',
      beginning: expect.stringMatching(/^\{"content":"x+$/),
    });
    expect(Buffer.byteLength(JSON.stringify(capped))).toBeLessThanOrEqual(1_048_576);
  });

  it('keeps within the bytes for any characters, and cuts none in half', () => {
    const most = 4_096;
    const pieces = fc.constantFrom('a', '"', '\\', '\n', '\u0001', 'ä', '漢', '😀');
    fc.assert(
      fc.property(fc.array(pieces, { minLength: 1, maxLength: 20 }), fc.nat(3), (list, shift) => {
        const content = 'b'.repeat(shift) + list.join('').repeat(Math.ceil(6_000 / list.length));
        const capped = JSON.stringify(capOutput({ content }, most));
        expect(Buffer.byteLength(capped)).toBeLessThanOrEqual(most);
        expect(String((JSON.parse(capped) as { beginning?: string }).beginning).isWellFormed()).toBe(true);
      }),
    );
  });
});
