import { NOTHING_LEFT_OUT, chosenHunks, toggled, totalsOf } from './hunk.choice';

const hunk = (number: number, path: string, added: number, removed: number) => ({
  number,
  path,
  header: '',
  added,
  removed,
});
const file = (path: string, added: number, removed: number) => ({
  path,
  kind: 'modify' as const,
  baseHash: null,
  resultHash: null,
  added,
  removed,
});
const DIFF = {
  hunks: [hunk(1, 'a', 1, 0), hunk(2, 'a', 2, 1), hunk(3, 'b', 4, 4)],
  files: [file('a', 3, 1), file('b', 4, 4)],
};

describe('the choice of parts', () => {
  it('names no hunks for the whole change', () => {
    expect(chosenHunks(DIFF, NOTHING_LEFT_OUT)).toBeUndefined();
    expect(totalsOf(DIFF, NOTHING_LEFT_OUT)).toEqual({ parts: 3, files: 2, added: 7, removed: 5 });
  });

  it('names exactly the hunks that are not left out', () => {
    const left = toggled(NOTHING_LEFT_OUT, [2]);
    expect(chosenHunks(DIFF, left)).toEqual([1, 3]);
    expect(totalsOf(DIFF, left)).toEqual({ parts: 2, files: 2, added: 5, removed: 4 });
  });

  it('counts a file only while one of its parts is chosen', () => {
    expect(totalsOf(DIFF, new Set([3])).files).toBe(1);
    expect(totalsOf(DIFF, new Set([1, 2, 3]))).toEqual({ parts: 0, files: 0, added: 0, removed: 0 });
  });

  it('takes a group of parts in again only when all of it is out', () => {
    expect([...toggled(new Set([1]), [1, 2])]).toEqual([1, 2]);
    expect([...toggled(new Set([1, 2]), [1, 2])]).toEqual([]);
  });

  it('counts the files of a change without hunks', () => {
    expect(totalsOf({ ...DIFF, hunks: [] }, NOTHING_LEFT_OUT)).toMatchObject({ files: 2, added: 7, removed: 5 });
  });
});
