import fc from 'fast-check';
import { rowsOf, stepOf } from './outline';
import { shapes, type Shape } from './testing/trees';

const tree: Shape = {
  id: 'root',
  children: [
    { id: 'apple', children: [{ id: 'seed', children: [] }] },
    { id: 'bread', children: [] },
  ],
};
const labelOf = ({ id }: Shape) => id;
const press = (focused: string, key: string, closed: readonly string[] = []) =>
  stepOf(rowsOf(tree, new Set(closed)), focused, key, labelOf);

describe('rows of an outline', () => {
  it('have level, position and whether they are open; what is below a closed one is left out', () => {
    const rows = rowsOf(tree, new Set(['apple']));
    expect(rows.map(({ item, level, position, size, isOpen }) => [item.id, level, position, size, isOpen])).toEqual([
      ['root', 1, 1, 1, true],
      ['apple', 2, 1, 2, false],
      ['bread', 2, 2, 2, null],
    ]);
  });

  it('show each item once when all are open', () => {
    fc.assert(
      fc.property(shapes, (root) => {
        const ids = rowsOf(root, new Set()).map(({ item }) => item.id);
        expect(new Set(ids).size).toBe(ids.length);
        const count = (shape: Shape): number => 1 + shape.children.reduce((sum, child) => sum + count(child), 0);
        expect(ids).toHaveLength(count(root));
      }),
    );
  });
});

describe('a key in a tree', () => {
  it('moves to the next, the former, the first and the last row', () => {
    expect(press('apple', 'ArrowDown')).toEqual({ kind: 'focus', id: 'seed' });
    expect(press('apple', 'ArrowDown', ['apple'])).toEqual({ kind: 'focus', id: 'bread' });
    expect(press('apple', 'ArrowUp')).toEqual({ kind: 'focus', id: 'root' });
    expect(press('bread', 'Home')).toEqual({ kind: 'focus', id: 'root' });
    expect(press('root', 'End')).toEqual({ kind: 'focus', id: 'bread' });
    expect(press('bread', 'ArrowDown')).toBeNull();
  });

  it('opens, then goes in; closes, then goes out', () => {
    expect(press('apple', 'ArrowRight', ['apple'])).toEqual({ kind: 'toggle', ids: ['apple'], open: true });
    expect(press('apple', 'ArrowRight')).toEqual({ kind: 'focus', id: 'seed' });
    expect(press('bread', 'ArrowRight')).toBeNull();
    expect(press('apple', 'ArrowLeft')).toEqual({ kind: 'toggle', ids: ['apple'], open: false });
    expect(press('apple', 'ArrowLeft', ['apple'])).toEqual({ kind: 'focus', id: 'root' });
    expect(press('root', 'ArrowLeft', ['root'])).toBeNull();
  });

  it('opens all rows beside it, selects, and finds by the first character', () => {
    expect(press('bread', '*', ['apple'])).toEqual({ kind: 'toggle', ids: ['apple'], open: true });
    expect(press('bread', '*')).toBeNull();
    expect(press('apple', 'Enter')).toEqual({ kind: 'select', id: 'apple' });
    expect(press('seed', 'a')).toEqual({ kind: 'focus', id: 'apple' });
    expect(press('seed', 'z')).toBeNull();
    expect(press('seed', 'Tab')).toBeNull();
  });
});
