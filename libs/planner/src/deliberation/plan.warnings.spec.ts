import { boundedWarnings } from './plan.warnings';

describe('the warnings of a plan', () => {
  it('are all there, in their order, as long as they are few and short', () => {
    expect(boundedWarnings(['a', 'b'], [], ['c'])).toEqual(['a', 'b', 'c']);
  });

  it('are cut to 500 characters each, and what is beyond 32 is counted', () => {
    const warnings = boundedWarnings(
      Array.from({ length: 40 }, () => 'x '.repeat(300)),
      ['last'],
    );
    expect(warnings).toEqual([...Array.from({ length: 31 }, () => `${'x '.repeat(249)}x…`), '... and 10 more.']);
    expect(boundedWarnings(Array.from({ length: 32 }, () => 'x'))).toHaveLength(32);
  });
});
