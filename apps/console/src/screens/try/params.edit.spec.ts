import fc from 'fast-check';
import { freeId, listAt, numberAt, textAt, valueAt, withValue } from './params.edit';

const params = {
  goal: 'Look',
  beliefs: {
    assumptions: [
      { id: 'a', p: 0.5 },
      { id: 'b', p: 0.6 },
    ],
  },
};

describe('an edit of params', () => {
  it('changes one value and leaves the given ones as they are', () => {
    const before = structuredClone(params);
    const changed = withValue(params, ['beliefs', 'assumptions', 1, 'p'], 0.7);
    expect(params).toEqual(before);
    expect(numberAt(changed, ['beliefs', 'assumptions', 1, 'p'])).toBe(0.7);
    expect(numberAt(changed, ['beliefs', 'assumptions', 0, 'p'])).toBe(0.5);
  });

  it('removes a value, and makes what is missing on the way', () => {
    expect(listAt(withValue(params, ['beliefs', 'assumptions', 0], undefined), ['beliefs', 'assumptions'])).toEqual([
      { id: 'b', p: 0.6 },
    ]);
    expect(withValue({}, ['actions', 0, 'id'], 'x')).toEqual({ actions: [{ id: 'x' }] });
    expect(withValue({ goal: 'x' }, ['trace'], undefined)).toEqual({ goal: 'x' });
  });

  it('keeps the order of the names', () => {
    expect(Object.keys(withValue({ a: 1, b: 2, c: 3 }, ['b'], 4) as object)).toEqual(['a', 'b', 'c']);
  });

  it('reads back what was written, over any former value', () => {
    const places = fc.array(fc.oneof(fc.constantFrom('a', 'b'), fc.nat({ max: 1 })), { maxLength: 3 });
    fc.assert(
      fc.property(fc.jsonValue(), places, fc.integer(), (value, place, next) => {
        const isList = (at: unknown, key: string | number) => Array.isArray(at) && typeof key === 'string';
        fc.pre(!place.some((key, index) => isList(valueAt(value, place.slice(0, index)), key)));
        expect(valueAt(withValue(value, place, next), place)).toBe(next);
      }),
    );
  });

  it('reads nothing of another type, and finds a free id', () => {
    expect(textAt(params, ['beliefs'])).toBe('');
    expect(listAt(params, ['goal'])).toEqual([]);
    expect(valueAt(params, ['toString'])).toBeUndefined();
    expect(freeId('a', [{ id: 'a-2' }])).toBe('a-3');
  });
});
