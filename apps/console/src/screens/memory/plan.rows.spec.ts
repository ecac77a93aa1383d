import { fragmentsOf, mergedInto, rowsOf, type Stored } from './plan.rows';

const stored = (text: string, version: number, ...former: string[]): Stored => ({
  fragment: { version, text },
  history: former.map((earlier, index) => ({ version: index + 1, text: earlier })),
});
const STORE = new Map([
  ['a', stored('a, third', 3, 'a, first', 'a, second')],
  ['b', stored('b', 2, 'b')],
  ['c', stored('c', 2, 'c, before')],
]);
const OPS = [
  { op: 'add', text: 'new', agent: 'ann', tags: ['x'], rationale: 'seen twice' },
  { op: 'modify', fragmentId: 'a', text: 'a, second', rationale: 'clearer' },
  { op: 'merge', fragmentIds: ['b', 'gone'], text: 'both', rationale: 'the same' },
  { op: 'delete', fragmentId: 'c', reason: 'vague', rationale: 'says nothing' },
];

describe('the rows of a plan', () => {
  it('show what was there before an applied operation, and what came of it', () => {
    const result = [
      { op: 'add', fragmentId: 'n', version: 1 },
      { op: 'modify', fragmentId: 'a', version: 2 },
      { op: 'merge', fragmentId: 'b', version: 2 },
      { op: 'merge', fragmentId: 'gone', version: 5 },
      { op: 'merge', fragmentId: 'm', version: 1 },
      { op: 'delete', fragmentId: 'c', version: 2 },
    ];
    const rows = rowsOf({ ops: OPS, result, state: 'applied' }, STORE);
    expect(rows.map(({ kind, before, after, madeId }) => [kind, before, after, madeId])).toEqual([
      ['add', [], 'new', 'n'],
      ['modify', [{ id: 'a', text: 'a, first' }], 'a, second', 'a'],
      [
        'merge',
        [
          { id: 'b', text: 'b' },
          { id: 'gone', text: null },
        ],
        'both',
        'm',
      ],
      ['delete', [{ id: 'c', text: 'c, before' }], null, 'c'],
    ]);
    expect(rows[0]).toMatchObject({ agent: 'ann', tags: ['x'], rationale: 'seen twice' });
    expect(rows[3]?.reason).toBe('vague');
    expect(mergedInto({ ops: OPS, result }, 'b')).toBe('m');
    expect(mergedInto({ ops: OPS, result }, 'a')).toBeNull();
    expect(mergedInto({ ops: OPS, result: null }, 'b')).toBeNull();
  });

  it('compare a proposed operation with the text of now', () => {
    const [, modify] = rowsOf({ ops: OPS, result: null, state: 'proposed' }, STORE);
    expect(modify).toMatchObject({ before: [{ id: 'a', text: 'a, third' }], after: 'a, second', madeId: null });
  });

  it('leave out what is no operation, such as one that was erased', () => {
    expect(rowsOf({ ops: [null, 7, { op: 'other' }, {}], result: null, state: 'rejected' }, STORE)).toEqual([]);
  });

  it('need each fragment once', () => {
    expect(fragmentsOf({ ops: [...OPS, { op: 'delete', fragmentId: 'a' }] })).toEqual(['a', 'b', 'gone', 'c']);
  });
});
