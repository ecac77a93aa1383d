import { KeySequence } from './key-sequence';

const BINDINGS = ['j', 'r', '?', 'g r', 'g a', 'Enter'];

function typed(...keys: readonly (readonly [key: string, at: number])[]): (string | null)[] {
  const sequence = new KeySequence();
  return keys.map(([key, at]) => sequence.press(key, at, BINDINGS));
}

describe('sequences of keys', () => {
  it('knows single keys, small and capital', () => {
    expect(typed(['j', 0], ['J', 1], ['?', 2], ['Enter', 3], ['q', 4])).toEqual(['j', 'j', '?', 'Enter', null]);
  });

  it('takes the second key of a pair before the same key alone', () => {
    expect(typed(['g', 0], ['r', 500], ['r', 600])).toEqual([null, 'g r', 'r']);
  });

  it('forgets the first key after a while, and after a key that belongs to no pair', () => {
    expect(typed(['g', 0], ['r', 2_000])).toEqual([null, 'r']);
    expect(typed(['g', 0], ['x', 100], ['a', 200])).toEqual([null, null, null]);
  });

  it('starts anew where the first key is pressed twice', () => {
    expect(typed(['g', 0], ['g', 100], ['a', 200])).toEqual([null, null, 'g a']);
  });
});
