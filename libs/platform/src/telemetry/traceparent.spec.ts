import fc from 'fast-check';
import { formatTraceparent, parseTraceparent, readTraceparent, traceIdOf } from './traceparent';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('traceparent', () => {
  it('is parsed by the standard, and passed on as version 00', () => {
    for (const [given, kept] of [
      [`00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-01`],
      [` 00-${TRACE}-${SPAN}-00 `, `00-${TRACE}-${SPAN}-00`],
      [`00-${TRACE}-${SPAN}-ff`, `00-${TRACE}-${SPAN}-01`],
      [`cc-${TRACE}-${SPAN}-01-what-the-future-will-be`, `00-${TRACE}-${SPAN}-01`],
    ]) {
      expect(readTraceparent(given)).toBe(kept);
    }
  });

  it.each([
    undefined,
    '',
    ['00-a', '00-b'],
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-1`,
    `00-${TRACE}-${SPAN}-01-more`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01\nid: 1`,
    `01-${TRACE}-${SPAN}-01-${'x'.repeat(300)}`,
  ])('is ignored if the standard does not allow it: %p', (header) => {
    expect(readTraceparent(header)).toBeNull();
  });

  it('contains only hexadecimal digits and hyphens, for any input', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((tail) => `01-${TRACE}-${SPAN}-01-${tail}`),
        ),
        (header) => {
          const kept = readTraceparent(header);
          expect(kept === null || /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/.test(kept)).toBe(true);
        },
      ),
    );
  });

  it('is formatted back from its parts', () => {
    const header = `00-${TRACE}-${SPAN}-01`;
    const context = parseTraceparent(header);
    expect(context).toEqual({ traceId: TRACE, spanId: SPAN, flags: 1 });
    expect(context && formatTraceparent(context)).toBe(header);
  });

  it('adds its trace to log lines, and no key without one', () => {
    expect(traceIdOf(`00-${TRACE}-${SPAN}-01`)).toEqual({ traceId: TRACE });
    expect(traceIdOf(null)).toEqual({});
  });
});
