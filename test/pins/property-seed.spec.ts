import fc from 'fast-check';
import { drawPropertySeed, propertySeed } from '../support/property-seed';

describe('the properties', () => {
  it('run on one seed for all: the same examples in each run, on each machine', () => {
    expect(fc.readConfigureGlobal().seed).toBe(propertySeed(process.env));
    const drawn = [1, 2].map(() => {
      const values: number[] = [];
      fc.assert(fc.property(fc.integer(), (value) => void values.push(value)));
      return values;
    });
    expect(drawn[0]).toEqual(drawn[1]);
  });

  it('take the fixed seed unless another one is given', () => {
    expect(propertySeed({ PROPERTY_SEED: '' })).toBe(propertySeed({}));
    expect(propertySeed({ PROPERTY_SEED: '-1274397436' })).toBe(-1_274_397_436);
    expect(() => propertySeed({ PROPERTY_SEED: 'new' })).toThrow('PROPERTY_SEED is "new": it must be an integer');
  });

  it('draw a seed on demand only, and say how to repeat it', () => {
    expect(drawPropertySeed({}, 0.5)).toBeNull();
    expect(drawPropertySeed({ PROPERTY_SEED: '7' }, 0.5)).toBeNull();
    expect(drawPropertySeed({ PROPERTY_SEED: 'random' }, 0.5)).toEqual({
      seed: 1_073_741_824,
      message: 'Properties run on seed 1073741824: PROPERTY_SEED=1073741824 npm test repeats them.',
    });
  });
});
